//! The forms of sources, each as its supplier writes it.

use super::*;

#[test]
fn lists_may_be_lines_csv_or_json() {
    let listed = [
        "192.0.2.0/24",
        "# comment\n; comment\n\n192.0.2.0/24 ; SBL1\n",
        "\u{feff}192.0.2.0/24\r\n",
        "192.0.2.7",
        "192.0.2.1-192.0.2.200",
        "192.0.2.1 - 192.0.2.200",
        "192.0.2.0,192.0.2.255",
        "3221225984,3221226239",
        "\"192.0.2.0\",\"192.0.2.255\",\"x\"",
        "ip_prefix,country,region,city\n192.0.2.0/24,US,US-NY,New York",
        "192.0.2.0/24,US,US-NY,New York,",
        "start_ip,end_ip,name\n192.0.2.0,192.0.2.255,x",
        // AWS
        r#"{"syncToken":"1","createDate":"2026-01-01","prefixes":[{"ip_prefix":"192.0.2.0/24","region":"x","service":"S3"}],"ipv6_prefixes":[{"ipv6_prefix":"2001:db8::/32"}]}"#,
        // Google
        r#"{"creationTime":"2026","prefixes":[{"ipv4Prefix":"192.0.2.0/24","service":"Google Cloud"},{"ipv6Prefix":"2001:db8::/32"}]}"#,
        // Azure
        r#"{"changeNumber":1,"values":[{"name":"AzureCloud","properties":{"region":"","addressPrefixes":["192.0.2.0/24","2001:db8::/32"]}}]}"#,
        // Cloudflare
        r#"{"result":{"ipv4_cidrs":["192.0.2.0/24"],"ipv6_cidrs":["2001:db8::/32"],"etag":"38f79d050aa027e3be3865e495dcc9bc"},"success":true}"#,
        // Oracle
        r#"{"last_updated_timestamp":"2026","regions":[{"region":"x","cidrs":[{"cidr":"192.0.2.0/24","tags":["OCI"]}]}]}"#,
        // Fastly
        r#"{"addresses":["192.0.2.0/24"],"ipv6_addresses":["2001:db8::/32"]}"#,
        // GitHub
        r#"{"verifiable_password_authentication":false,"hooks":["192.0.2.0/24"],"domains":{"website":["*.github.com"]}}"#,
        // Spamhaus
        "{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL1\"}\n{\"type\":\"metadata\",\"timestamp\":1}\n",
        r#"["192.0.2.0/24", "2001:db8::1"]"#,
    ];
    for text in listed {
        let reputation = Reputation::builder()
            .source(Source::text(Kind::Hosting, "list", text))
            .build()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(reputation.lookup(ip("192.0.2.7")).is_hosting(), "{text}");
        assert!(!reputation.lookup(ip("192.0.3.7")).is_hosting(), "{text}");
        let has_v6 = text.contains("2001:db8::");
        assert_eq!(
            reputation.lookup(ip("2001:db8::1")).is_hosting(),
            has_v6,
            "{text}"
        );
    }
}

#[test]
fn countries_may_be_written_in_many_ways() {
    for text in [
        "192.0.2.0/24,AT",
        "192.0.2.0/24 at",
        "192.0.2.0\t192.0.2.255\tAT",
        "192.0.2.0,192.0.2.255,AT,Vienna",
        "3221225984,3221226239,AT",
        r#""192.0.2.0","192.0.2.255","AT","Austria""#,
        "network,country\n192.0.2.0/24,AT",
        "network,geoname_id,country_iso_code\n192.0.2.0/24,2782113,AT",
        // IPinfo
        "start_ip,end_ip,country,country_name,continent,continent_name,asn\n192.0.2.0,192.0.2.255,AT,Austria,EU,Europe,AS64500",
        // Apple
        "192.0.2.0/24,AT,AT-9,Vienna,",
    ] {
        let details = lookup(Source::text(Kind::Country, "countries", text), "192.0.2.7");
        assert_eq!(details.country(), Some("AT"), "{text}");
        assert_eq!(details.country_name(), Some("Austria"), "{text}");
        assert_eq!(
            (details.continent(), details.continent_name()),
            (Some("EU"), Some("Europe"))
        );
    }
    let unknown = "192.0.2.0/24,AT\n198.51.100.0/24,ZZ\n203.0.113.0/24,-";
    for address in ["198.51.100.1", "203.0.113.1"] {
        assert_eq!(
            lookup(Source::text(Kind::Country, "countries", unknown), address).country(),
            None
        );
    }
}

#[test]
fn autonomous_systems_may_be_written_in_many_ways() {
    for (text, name, country, domain, kind) in [
        ("192.0.2.0/24,64500", None, None, None, None),
        ("192.0.2.0/24,AS64500,Example", Some("Example"), None, None, None),
        (
            "192.0.2.0,192.0.2.255,64500,\"Example, Inc.\"",
            Some("Example, Inc."),
            None,
            None,
            None,
        ),
        // iptoasn.com
        (
            "192.0.2.0\t192.0.2.255\t64500\tAT\tEXAMPLE",
            Some("EXAMPLE"),
            Some("AT"),
            None,
            None,
        ),
        // GeoLite2
        (
            "network,autonomous_system_number,autonomous_system_organization\n192.0.2.0/24,64500,Example",
            Some("Example"),
            None,
            None,
            None,
        ),
        // IPinfo
        (
            "start_ip,end_ip,asn,as_name,as_domain,as_type,as_country\n192.0.2.0,192.0.2.255,AS64500,Example,example.net,isp,AT",
            Some("Example"),
            Some("AT"),
            Some("example.net"),
            Some("isp"),
        ),
    ] {
        let details = lookup(Source::text(Kind::Asn, "systems", text), "192.0.2.7");
        assert_eq!(details.asn(), Some("64500"), "{text}");
        let described = (
            details.asn_name(),
            details.asn_country(),
            details.asn_domain(),
            details.asn_type(),
        );
        assert_eq!(described, (name, country, domain, kind), "{text}");
    }
    let unrouted = "192.0.2.0/24,64500\n198.51.100.0\t198.51.100.255\t0\tNone\tNot routed";
    assert_eq!(
        lookup(Source::text(Kind::Asn, "systems", unrouted), "198.51.100.1").asn(),
        None
    );
}

#[test]
fn bad_lines_cost_only_themselves() {
    let text = "192.0.2.0/24,AT\nnonsense\n192.0.2.0/99,DE\n198.51.100.0/24,Germany\n203.0.113.0/24,DE\n";
    let source = Source::text(Kind::Country, "countries", text);
    let reading = source.load().unwrap();
    assert_eq!((reading.prefixes, reading.rejects.count), (2, 3));
    let rejects: Vec<_> = reading
        .rejects
        .first
        .iter()
        .map(|reject| (reject.line, reject.problem.as_str()))
        .collect();
    assert_eq!(
        rejects,
        [
            (
                Some(2),
                "\"nonsense\" is no prefix, address or range of addresses"
            ),
            (
                Some(3),
                "\"192.0.2.0/99\" is no prefix, address or range of addresses"
            ),
            (Some(4), "\"Germany\" is no country"),
        ]
    );
    let json = r#"{"prefixes":[{"ip_prefix":"192.0.2.0/24"},{"ip_prefix":"192.0.2"}]}"#;
    let reading = Source::text(Kind::Hosting, "cloud", json).load().unwrap();
    assert_eq!((reading.prefixes, reading.rejects.count), (1, 1));
    assert_eq!(
        reading.rejects.first[0].problem,
        "prefixes[1].ip_prefix: \"192.0.2\" is no prefix, address or range of addresses"
    );
}

#[test]
fn what_is_wholly_bad_is_refused_with_its_place() {
    for (kind, text, expected) in [
        (
            Kind::Vpn,
            "\n<!DOCTYPE html>\n<html>",
            "list:2: \"<!DOCTYPE\" is no prefix, address or range of addresses; accepted: a prefix, an address or a range",
        ),
        (Kind::Vpn, "", "list: it lists no addresses; accepted: "),
        (Kind::Vpn, "# nothing", "list: it lists no addresses; accepted: "),
        (Kind::Vpn, "{\"prefixes\": [", "list:1: it is not valid JSON: "),
        (
            Kind::Vpn,
            "{\"error\": \"not found\"}",
            "list: it lists no addresses; accepted: ",
        ),
        (
            Kind::Country,
            "{\"prefixes\": []}",
            "list: JSON of networks says nothing about countries and autonomous systems; accepted: lines of",
        ),
        (Kind::Country, "192.0.2.0/24\n", "list: it lists no addresses"),
        (
            Kind::Country,
            "network,geoname_id\n192.0.2.0/24,2782113",
            "list:1: the header names no column with countries; accepted: lines of `PREFIX,COUNTRY`",
        ),
        (
            Kind::Asn,
            "192.0.2.0/24,Example",
            "list:1: \"Example\" is no number of an autonomous system",
        ),
    ] {
        let error = Reputation::builder()
            .source(Source::text(kind, "list", text))
            .build()
            .unwrap_err();
        assert!(error.to_string().starts_with(expected), "{text:?}: {error}");
    }
}

#[test]
fn only_the_first_bad_entries_are_told() {
    let mut text = "192.0.2.0/24\n".to_owned();
    text.push_str(&"x\n".repeat(1000));
    let reading = Source::text(Kind::Vpn, "list", text).load().unwrap();
    assert_eq!((reading.rejects.count, reading.rejects.first.len()), (1000, 10));
    let long = format!("192.0.2.0/24\n{}\n", "é".repeat(1000));
    let reading = Source::text(Kind::Vpn, "list", long).load().unwrap();
    assert!(reading.rejects.first[0].problem.len() < 250);
}
