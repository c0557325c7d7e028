//! MaxMind's own test files: `tests/assets/mmdb`.

use std::path::PathBuf;

use super::super::{Kind, Reputation, Source};
use crate::decision::{IpDetails, IpFlag};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/assets/mmdb")
        .join(name)
}

fn lookup(name: &str, ip: &str) -> IpDetails {
    let reputation = Reputation::builder().database(file(name)).build().unwrap();
    reputation.lookup(ip.parse().unwrap())
}

#[test]
fn a_city() {
    let details = lookup("GeoIP2-City-Test.mmdb", "2.125.160.216");
    assert_eq!(
        (details.country(), details.country_name()),
        (Some("GB"), Some("United Kingdom"))
    );
    assert_eq!(
        (details.continent(), details.continent_name()),
        (Some("EU"), Some("Europe"))
    );
    assert_eq!(
        (details.city(), details.region()),
        (Some("Boxford"), Some("England"))
    );
    assert_eq!(
        (details.postal_code(), details.timezone()),
        (Some("OX1"), Some("Europe/London"))
    );
    assert_eq!(
        (details.latitude(), details.longitude()),
        (Some(51.75), Some(-1.25))
    );
    assert_eq!(details.accuracy_radius(), Some(100));
    assert_eq!(details.flag(IpFlag::Vpn), None);
    let japan = lookup("GeoIP2-City-Test.mmdb", "2001:218::1");
    assert_eq!(
        (japan.country(), japan.timezone()),
        (Some("JP"), Some("Asia/Tokyo"))
    );
    assert!(lookup("GeoIP2-City-Test.mmdb", "192.0.2.1").is_empty());
}

#[test]
fn an_autonomous_system() {
    let details = lookup("GeoLite2-ASN-Test.mmdb", "::ffff:1.128.0.1");
    assert_eq!(
        (details.asn(), details.asn_name()),
        (Some("1221"), Some("Telstra Pty Ltd"))
    );
    assert_eq!(details.country(), None);
}

#[test]
fn anonymous_addresses() {
    let all = lookup("GeoIP2-Anonymous-IP-Test.mmdb", "81.2.69.1");
    assert!(all.is_vpn() && all.is_hosting() && all.is_proxy() && all.is_tor());
    let hosting = lookup("GeoIP2-Anonymous-IP-Test.mmdb", "71.160.223.1");
    assert!(hosting.is_hosting() && !hosting.is_vpn());
    let residential = lookup("GeoIP2-Anonymous-IP-Test.mmdb", "6.1.0.4");
    assert!(residential.is_proxy());
    // What such a database doesn't list is not anonymous, and that is known.
    let other = lookup("GeoIP2-Anonymous-IP-Test.mmdb", "192.0.2.1");
    assert_eq!(other.flag(IpFlag::Vpn), Some(false));
    assert_eq!(other.flag(IpFlag::Relay), None);
}

#[test]
fn an_enterprise_database_has_it_all() {
    let details = lookup("GeoIP2-Enterprise-Test.mmdb", "74.209.24.0");
    assert_eq!((details.country(), details.asn()), (Some("US"), Some("14671")));
    assert_eq!(details.asn_domain(), Some("frpt.net"));
}

#[test]
fn databases_come_on_top_of_tables() {
    let reputation = Reputation::builder()
        .source(Source::text(
            Kind::Country,
            "countries",
            "2.125.160.0/24,AT\n192.0.2.0/24,AT",
        ))
        .database(file("GeoIP2-City-Test.mmdb"))
        .database(file("GeoIP2-Anonymous-IP-Test.mmdb"))
        .build()
        .unwrap();
    assert_eq!(reputation.lookup([2, 125, 160, 216].into()).country(), Some("GB"));
    let other = reputation.lookup([192, 0, 2, 1].into());
    assert_eq!(
        (other.country(), other.flag(IpFlag::Tor)),
        (Some("AT"), Some(false))
    );
}

#[test]
fn broken_databases_do_not_panic() {
    for name in ["corrupt-search-tree.mmdb", "unexpected-bytes.mmdb"] {
        let Ok(reputation) = Reputation::builder().database(file(name)).build() else {
            continue;
        };
        for ip in ["1.1.1.1", "81.2.69.160", "2001:218::1", "255.255.255.255"] {
            let _ = reputation.lookup(ip.parse().unwrap());
        }
    }
    let whole = std::fs::read(file("GeoLite2-ASN-Test.mmdb")).unwrap();
    let cut = std::env::temp_dir().join(format!("arcjet-cut-{}.mmdb", std::process::id()));
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let error = Reputation::builder().database(&cut).build().unwrap_err();
    std::fs::remove_file(&cut).unwrap();
    assert!(
        error
            .to_string()
            .ends_with("accepted: a database in MaxMind's format (.mmdb)"),
        "{error}"
    );
}
