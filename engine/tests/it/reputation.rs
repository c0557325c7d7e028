//! What is known about addresses, in decisions and in filters.

use arcjet_engine::Filter;
use arcjet_engine::reputation::{Kind, Reputation, Source};

use super::*;

fn reputation() -> Reputation {
    Reputation::builder()
        .source(Source::text(
            Kind::Country,
            "countries",
            "192.0.2.0/24,AT\n198.51.100.0/24,DE\n2001:db8::/32,FR",
        ))
        .source(Source::text(
            Kind::Asn,
            "systems",
            "192.0.2.0/24,64500,Example Net",
        ))
        .source(Source::text(Kind::Vpn, "vpn", "192.0.2.128/25").service("Example VPN"))
        .build()
        .unwrap()
}

async fn filtered(rule: Filter, ip: &str) -> Decision {
    let (builder, _) = builder();
    let arcjet = builder.rule(rule).reputation(reputation()).build().unwrap();
    arcjet.protect(&request(ip, FIREFOX)).await
}

fn expressions(decision: &Decision) -> (&[String], &[String]) {
    match decision.results()[0].reason() {
        arcjet_engine::Reason::Filter(filter) => (&filter.matched, &filter.undetermined),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn filters_read_what_is_known_about_the_address() {
    for (expression, ip, denied) in [
        (r#"ip.src.country in {"AT" "BE"}"#, "192.0.2.1", true),
        (r#"ip.src.country in {"AT" "BE"}"#, "198.51.100.1", false),
        (r#"ip.src.country eq "FR""#, "2001:db8::7", true),
        (r#"ip.src.country.name eq "Austria""#, "192.0.2.1", true),
        (
            r#"ip.src.continent eq "EU" and ip.src.continent.name eq "Europe""#,
            "192.0.2.1",
            true,
        ),
        (
            r#"ip.src.asnum eq "64500" and ip.src.asnum.name contains "Example""#,
            "192.0.2.1",
            true,
        ),
        (r#"ip.src.service eq "Example VPN""#, "192.0.2.129", true),
        ("ip.src.vpn", "192.0.2.129", true),
        ("ip.src.vpn", "192.0.2.1", false),
        ("not ip.src.vpn", "192.0.2.1", true),
    ] {
        let decision = filtered(Filter::deny([expression]), ip).await;
        assert_eq!(decision.is_denied(), denied, "{expression} of {ip}");
        assert!(expressions(&decision).1.is_empty(), "{expression} of {ip}");
    }
}

#[tokio::test]
async fn what_is_not_known_is_undetermined() {
    for (expression, ip) in [
        // No list for it was given.
        ("ip.src.tor", "192.0.2.1"),
        ("ip.src.hosting or ip.src.proxy", "192.0.2.1"),
        // No table lists the address.
        (r#"ip.src.country eq "AT""#, "203.0.113.1"),
        (r#"ip.src.city eq "Vienna""#, "192.0.2.1"),
    ] {
        let decision = filtered(Filter::deny([expression]), ip).await;
        assert!(decision.is_allowed());
        assert_eq!(
            expressions(&decision),
            (&[][..], &[expression.to_owned()][..]),
            "{expression} of {ip}"
        );
    }
}

#[tokio::test]
async fn every_decision_tells_what_is_known() {
    let (builder, _) = builder();
    let arcjet = builder
        .rule(arcjet_engine::DetectBot::deny(["CURL"]))
        .reputation(reputation())
        .build()
        .unwrap();
    for (user_agent, denied) in [(FIREFOX, false), (CURL, true), (CURL, true)] {
        let decision = arcjet.protect(&request("192.0.2.200", user_agent)).await;
        assert_eq!(decision.is_denied(), denied);
        let details = decision.ip_details().unwrap();
        assert_eq!((details.country(), details.is_vpn()), (Some("AT"), true));
        assert_eq!(details.sources().collect::<Vec<_>>(), ["vpn"]);
    }
    let without_address = RequestDetails::builder("GET", "/").build();
    assert_eq!(arcjet.protect(&without_address).await.ip_details(), None);
}

#[tokio::test]
async fn a_derived_client_reads_the_same_tables() {
    let (builder, _) = builder();
    let arcjet = builder.reputation(reputation()).build().unwrap();
    let derived = arcjet.with_rule(Filter::deny(["ip.src.vpn"])).unwrap();
    assert!(
        derived
            .protect(&request("192.0.2.200", FIREFOX))
            .await
            .is_denied()
    );
}

#[cfg(feature = "ip-data")]
#[tokio::test]
async fn the_bundled_tables_need_no_configuration() {
    let (builder, _) = builder();
    let arcjet = builder
        .rule(Filter::deny([r#"ip.src.country eq "US" and ip.src.hosting"#]))
        .build()
        .unwrap();
    let cloud = arcjet.protect(&request("3.5.140.2", FIREFOX)).await;
    assert_eq!(cloud.ip_details().unwrap().service(), Some("Amazon Web Services"));
    let google = arcjet.protect(&request("8.8.8.8", FIREFOX)).await;
    assert_eq!(google.ip_details().unwrap().country(), Some("US"));
    assert!(google.is_denied());
}
