//! Networks as sources write them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Addresses that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    Prefix(IpNet),
    /// From the first to the last: of one version, and in order.
    Range(IpAddr, IpAddr),
}

impl Network {
    /// Reads a prefix (bits behind its length don't count), an address, or a range with a hyphen.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(prefix) = text.parse::<IpNet>() {
            return Some(Self::Prefix(prefix));
        }
        if let Some(address) = address(text) {
            return Some(Self::Prefix(address.into()));
        }
        let (first, last) = text.split_once('-')?;
        Self::between(address(first)?, address(last)?)
    }

    /// All addresses from one to another, unless they are of two versions or in the wrong order.
    pub(super) fn between(first: IpAddr, last: IpAddr) -> Option<Self> {
        let is_range = first.is_ipv4() == last.is_ipv4() && first <= last;
        is_range.then_some(Self::Range(first, last))
    }

    /// Reads the two ends of a range, which may also be numbers: `16777216`.
    pub(super) fn parse_ends(first: &str, last: &str) -> Option<Self> {
        if let (Some(first), Some(last)) = (address(first), address(last)) {
            return Self::between(first, last);
        }
        let (first, last): (u128, u128) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        match (u32::try_from(first), u32::try_from(last)) {
            (Ok(first), Ok(last)) => Self::between(Ipv4Addr::from(first).into(), Ipv4Addr::from(last).into()),
            _ => Self::between(Ipv6Addr::from(first).into(), Ipv6Addr::from(last).into()),
        }
    }
}

fn address(text: &str) -> Option<IpAddr> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_prefixes_addresses_and_ranges() {
        for (text, expected) in [
            ("192.0.2.0/24", "Some(Prefix(192.0.2.0/24))"),
            ("192.0.2.77/24", "Some(Prefix(192.0.2.77/24))"),
            ("0.0.0.0/0", "Some(Prefix(0.0.0.0/0))"),
            (" 2001:db8::/32 ", "Some(Prefix(2001:db8::/32))"),
            ("192.0.2.1", "Some(Prefix(192.0.2.1/32))"),
            ("2001:db8::1", "Some(Prefix(2001:db8::1/128))"),
            ("192.0.2.1-192.0.2.9", "Some(Range(192.0.2.1, 192.0.2.9))"),
            ("192.0.2.1 - 192.0.2.9", "Some(Range(192.0.2.1, 192.0.2.9))"),
            ("192.0.2.9-192.0.2.1", "None"),
            ("192.0.2.1-2001:db8::1", "None"),
            ("192.0.2.0/33", "None"),
            ("192.0.2", "None"),
            ("192.0.2.0/24/24", "None"),
            ("", "None"),
            ("-", "None"),
            ("example.com", "None"),
        ] {
            assert_eq!(format!("{:?}", Network::parse(text)), expected, "{text}");
        }
    }

    #[test]
    fn ends_may_be_numbers() {
        for (first, last, expected) in [
            ("16777216", "16777471", "Some(Range(1.0.0.0, 1.0.0.255))"),
            (
                "42540528726795050063891204319802818560",
                "42540528806023212578155541913346768895",
                "Some(Range(2001:200::, 2001:200:ffff:ffff:ffff:ffff:ffff:ffff))",
            ),
            ("1.0.0.0", "1.0.0.255", "Some(Range(1.0.0.0, 1.0.0.255))"),
            ("1.0.0.0", "16777471", "None"),
            ("16777471", "16777216", "None"),
            (
                "340282366920938463463374607431768211456",
                "340282366920938463463374607431768211457",
                "None",
            ),
        ] {
            assert_eq!(
                format!("{:?}", Network::parse_ends(first, last)),
                expected,
                "{first} to {last}"
            );
        }
    }
}
