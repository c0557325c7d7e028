//! Details of addresses. On the wire, empty means unknown.

#[cfg(feature = "remote")]
use crate::decision::{IpDetails, IpFlag, Location, Text, ThreatIntelligence};
#[cfg(all(feature = "wire", not(feature = "remote")))]
use crate::decision::{IpDetails, ThreatIntelligence};
use crate::wire::v1alpha1 as wire;

/// Details as the wire protocol has them.
#[cfg(feature = "wire")]
pub(in crate::decider) fn ip_details_to_wire(details: &IpDetails) -> wire::IpDetails {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    wire::IpDetails {
        latitude: details.latitude().unwrap_or_default(),
        longitude: details.longitude().unwrap_or_default(),
        accuracy_radius: i32::try_from(details.accuracy_radius().unwrap_or_default()).unwrap_or(i32::MAX),
        timezone: text(details.timezone()),
        postal_code: text(details.postal_code()),
        city: text(details.city()),
        region: text(details.region()),
        country: text(details.country()),
        country_name: text(details.country_name()),
        continent: text(details.continent()),
        continent_name: text(details.continent_name()),
        asn: text(details.asn()),
        asn_name: text(details.asn_name()),
        asn_domain: text(details.asn_domain()),
        asn_type: text(details.asn_type()),
        asn_country: text(details.asn_country()),
        service: text(details.service()),
        is_hosting: details.is_hosting(),
        is_vpn: details.is_vpn(),
        is_proxy: details.is_proxy(),
        is_tor: details.is_tor(),
        is_relay: details.is_relay(),
        is_abuser: details.is_abuser(),
        // What the official servers write there is not known, and no official SDK reads it.
        bots: Default::default(),
        threat: details.threat().map(threat_to_wire),
    }
}

#[cfg(feature = "wire")]
fn threat_to_wire(threat: &ThreatIntelligence) -> wire::ThreatIntelligence {
    let threat = threat.clone();
    wire::ThreatIntelligence {
        risk_level: threat.risk_level,
        confidence: threat.confidence,
        reputation: threat.reputation,
        is_safe: threat.is_safe,
        network_types: threat.network_types,
        activities: threat.activities,
        entities: threat.entities,
        entity_name: threat.entity_name.unwrap_or_default(),
        service: threat.service.unwrap_or_default(),
        background_noise: threat.background_noise,
    }
}

/// What a server knows about an address; `None` if it sent nothing.
#[cfg(feature = "remote")]
pub(in crate::decider) fn ip_details_from_wire(details: wire::IpDetails) -> Option<IpDetails> {
    let text = |text: String| (!text.is_empty()).then_some(Text::Owned(text));
    let mut read = IpDetails {
        location: location(&details),
        timezone: text(details.timezone),
        postal_code: text(details.postal_code),
        city: text(details.city),
        region: text(details.region),
        country: text(details.country),
        country_name: text(details.country_name),
        continent: text(details.continent),
        continent_name: text(details.continent_name),
        asn: text(details.asn),
        asn_name: text(details.asn_name),
        asn_domain: text(details.asn_domain),
        asn_type: text(details.asn_type),
        asn_country: text(details.asn_country),
        service: text(details.service),
        threat: details.threat.map(|threat| Box::new(threat_from_wire(threat))),
        ..IpDetails::default()
    };
    for (flag, set) in [
        (IpFlag::Hosting, details.is_hosting),
        (IpFlag::Vpn, details.is_vpn),
        (IpFlag::Proxy, details.is_proxy),
        (IpFlag::Tor, details.is_tor),
        (IpFlag::Relay, details.is_relay),
        (IpFlag::Abuser, details.is_abuser),
    ] {
        // A flag that is not set on the wire may also be one that the server knows nothing about.
        if set {
            read.flags.set(flag);
        }
    }
    (!read.is_empty()).then_some(read)
}

/// Zeros are a place off the coast of Africa only if a radius says that they are one.
#[cfg(feature = "remote")]
fn location(details: &wire::IpDetails) -> Option<Location> {
    let is_given = details.latitude != 0.0 || details.longitude != 0.0 || details.accuracy_radius != 0;
    is_given.then_some(Location {
        latitude: details.latitude,
        longitude: details.longitude,
        accuracy_radius: u32::try_from(details.accuracy_radius).unwrap_or(0),
    })
}

#[cfg(feature = "remote")]
fn threat_from_wire(threat: wire::ThreatIntelligence) -> ThreatIntelligence {
    let text = |text: String| (!text.is_empty()).then_some(text);
    ThreatIntelligence {
        risk_level: threat.risk_level,
        confidence: threat.confidence,
        reputation: threat.reputation,
        is_safe: threat.is_safe,
        network_types: threat.network_types,
        activities: threat.activities,
        entities: threat.entities,
        entity_name: text(threat.entity_name),
        service: text(threat.service),
        background_noise: threat.background_noise,
    }
}

#[cfg(all(test, feature = "wire", feature = "remote"))]
mod tests {
    use super::*;

    /// Every field of the message has a value that no other has.
    fn full() -> wire::IpDetails {
        wire::IpDetails {
            latitude: 48.2082,
            longitude: -16.3738,
            accuracy_radius: 20,
            timezone: "Europe/Vienna".into(),
            postal_code: "1010".into(),
            city: "Innere Stadt".into(),
            region: "Wien".into(),
            country: "AT".into(),
            country_name: "Austria".into(),
            continent: "EU".into(),
            continent_name: "Europe".into(),
            asn: "64500".into(),
            asn_name: "Example Net".into(),
            asn_domain: "example.net".into(),
            asn_type: "isp".into(),
            asn_country: "DE".into(),
            service: "Example".into(),
            is_hosting: true,
            is_vpn: true,
            is_proxy: true,
            is_tor: true,
            is_relay: true,
            is_abuser: true,
            bots: Default::default(),
            threat: Some(wire::ThreatIntelligence {
                risk_level: "high".into(),
                confidence: "low".into(),
                reputation: "suspicious".into(),
                is_safe: true,
                network_types: vec!["vpn".into()],
                activities: vec!["scanning".into()],
                entities: vec!["hosting".into()],
                entity_name: "Example Hosting".into(),
                service: "Example VPN".into(),
                background_noise: 7,
            }),
        }
    }

    #[test]
    fn every_field_survives_both_ways() {
        let read = ip_details_from_wire(full()).unwrap();
        assert_eq!(ip_details_to_wire(&read), full());
        assert_eq!(
            (read.latitude(), read.longitude()),
            (Some(48.2082), Some(-16.3738))
        );
        assert_eq!(read.asn_country(), Some("DE"));
        assert_eq!(
            read.threat().unwrap().entity_name.as_deref(),
            Some("Example Hosting")
        );
    }

    #[test]
    fn each_flag_is_its_own() {
        for (wire, flag) in [
            (
                wire::IpDetails {
                    is_hosting: true,
                    ..Default::default()
                },
                IpFlag::Hosting,
            ),
            (
                wire::IpDetails {
                    is_vpn: true,
                    ..Default::default()
                },
                IpFlag::Vpn,
            ),
            (
                wire::IpDetails {
                    is_proxy: true,
                    ..Default::default()
                },
                IpFlag::Proxy,
            ),
            (
                wire::IpDetails {
                    is_tor: true,
                    ..Default::default()
                },
                IpFlag::Tor,
            ),
            (
                wire::IpDetails {
                    is_relay: true,
                    ..Default::default()
                },
                IpFlag::Relay,
            ),
            (
                wire::IpDetails {
                    is_abuser: true,
                    ..Default::default()
                },
                IpFlag::Abuser,
            ),
        ] {
            let read = ip_details_from_wire(wire.clone()).unwrap();
            for other in IpFlag::ALL {
                assert_eq!(read.flag(other), (other == flag).then_some(true));
            }
            assert_eq!(ip_details_to_wire(&read), wire);
        }
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(ip_details_from_wire(wire::IpDetails::default()), None);
        assert_eq!(
            ip_details_to_wire(&IpDetails::default()),
            wire::IpDetails::default()
        );
        let null_island = wire::IpDetails {
            accuracy_radius: 100,
            ..Default::default()
        };
        let read = ip_details_from_wire(null_island).unwrap();
        assert_eq!((read.latitude(), read.longitude()), (Some(0.0), Some(0.0)));
    }
}
