//! Sources of every form and what comes of several together.

mod forms;
mod reloading;

use std::net::IpAddr;

use super::*;
use crate::decision::IpFlag;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// What a source alone knows about an address.
fn lookup(source: Source, address: &str) -> IpDetails {
    Reputation::builder()
        .source(source)
        .build()
        .unwrap()
        .lookup(ip(address))
}

#[test]
fn later_tables_win_and_lists_add_up() {
    let reputation = Reputation::builder()
        .source(Source::text(
            Kind::Country,
            "first",
            "192.0.2.0/24,AT\n198.51.100.0/24,DE",
        ))
        .source(Source::text(Kind::Hosting, "cloud", "192.0.2.0/25").service("A Cloud"))
        .source(Source::text(Kind::Vpn, "vpn", "192.0.2.64/26").service("A VPN"))
        .source(Source::text(Kind::Crawler, "crawler", "192.0.2.65").service("A Crawler"))
        .source(Source::text(Kind::Country, "second", "192.0.2.0/26,FR"))
        .source(Source::text(
            Kind::Asn,
            "systems",
            "192.0.2.0/24\tAS64500\tEXAMPLE",
        ))
        .build()
        .unwrap();
    for (address, country, service, sources) in [
        ("192.0.2.1", "FR", Some("A Cloud"), &["cloud"][..]),
        ("192.0.2.64", "AT", Some("A VPN"), &["cloud", "vpn"]),
        (
            "192.0.2.65",
            "AT",
            Some("A Crawler"),
            &["cloud", "vpn", "crawler"],
        ),
        ("192.0.2.200", "AT", None, &[]),
    ] {
        let details = reputation.lookup(ip(address));
        assert_eq!(details.country(), Some(country), "{address}");
        assert_eq!(details.service(), service, "{address}");
        assert_eq!(details.sources().collect::<Vec<_>>(), sources, "{address}");
        assert_eq!(
            (details.asn(), details.asn_name()),
            (Some("64500"), Some("EXAMPLE"))
        );
        assert_eq!(details.is_crawler(), details.crawler_name().is_some());
    }
    assert_eq!(reputation.lookup(ip("198.51.100.1")).country(), Some("DE"));
    assert_eq!(reputation.lookup(ip("198.51.100.1")).asn(), None);
}

#[test]
fn a_list_knows_what_it_does_not_list() {
    let details = lookup(Source::text(Kind::Tor, "exits", "192.0.2.1"), "192.0.2.2");
    assert_eq!(details.flag(IpFlag::Tor), Some(false));
    assert_eq!(details.flag(IpFlag::Vpn), None);
    assert!(!details.is_tor() && !details.is_empty());
    assert!(Reputation::empty().lookup(ip("192.0.2.1")).is_empty());
}

#[test]
fn every_kind_of_list_sets_its_flag() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_name(kind.as_str()), Some(kind));
        let Some(flag) = kind.flag() else { continue };
        let details = lookup(Source::text(kind, "list", "192.0.2.1"), "192.0.2.1");
        for other in IpFlag::ALL {
            assert_eq!(details.flag(other), (other == flag).then_some(true), "{kind}");
        }
    }
}

#[cfg(feature = "ip-data")]
#[test]
fn the_bundled_tables_know_well_known_addresses() {
    let reputation = Reputation::default();
    for (address, country) in [
        ("8.8.8.8", "US"),
        ("193.0.6.139", "NL"),
        ("202.12.29.175", "AU"),
        ("2001:4860:4860::8888", "US"),
        ("2001:67c:2e8:22::c100:68b", "NL"),
    ] {
        assert_eq!(
            reputation.lookup(ip(address)).country(),
            Some(country),
            "{address}"
        );
    }
    let cloud = reputation.lookup(ip("3.5.140.2"));
    assert!(cloud.is_hosting());
    assert_eq!(cloud.service(), Some("Amazon Web Services"));
    let relay = reputation.lookup(ip("104.28.28.1"));
    assert_eq!((relay.is_relay(), relay.is_vpn()), (true, false));
    assert_eq!(relay.service(), Some("iCloud Private Relay"));
    for address in ["10.0.0.1", "127.0.0.1", "::1", "192.168.1.1"] {
        let details = reputation.lookup(ip(address));
        assert_eq!(
            (details.country(), details.is_hosting()),
            (None, false),
            "{address}"
        );
    }
    assert_eq!(cloud.flag(IpFlag::Tor), None, "no list of Tor exits is bundled");
    // What the documentation says of its size.
    assert!(reputation.size() < 8 << 20, "{}", reputation.size());
}

#[cfg(feature = "ip-data")]
#[test]
fn own_sources_come_on_top_of_the_bundled_ones() {
    let reputation = Reputation::builder()
        .bundled()
        .source(Source::text(Kind::Country, "own", "8.8.8.8,AT"))
        .build()
        .unwrap();
    assert_eq!(reputation.lookup(ip("8.8.8.8")).country(), Some("AT"));
    assert_eq!(reputation.lookup(ip("8.8.8.9")).country(), Some("US"));
}
