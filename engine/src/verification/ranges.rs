//! A set of addresses as sorted ranges.

use ipnet::IpNet;
use std::net::IpAddr;

/// Ranges of addresses that neither overlap nor touch, sorted. IPv4 addresses are at their place among IPv6 ones, `::ffff:0:0/96`.
#[derive(Clone, Default)]
pub(super) struct Ranges(Vec<(u128, u128)>);

impl Ranges {
    pub(super) fn contain(&self, ip: IpAddr) -> bool {
        let ip = number(ip);
        let next = self.0.partition_point(|(_, last)| *last < ip);
        self.0.get(next).is_some_and(|(first, _)| *first <= ip)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl FromIterator<IpNet> for Ranges {
    fn from_iter<I: IntoIterator<Item = IpNet>>(nets: I) -> Self {
        let mut all: Vec<(u128, u128)> = nets
            .into_iter()
            .map(|net| (number(net.network()), number(net.broadcast())))
            .collect();
        all.sort_unstable();
        let mut merged: Vec<(u128, u128)> = Vec::with_capacity(all.len());
        for (first, last) in all {
            match merged.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => merged.push((first, last)),
            }
        }
        Self(merged)
    }
}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    #[test]
    fn ranges_merge() {
        let nets = [
            "10.0.1.0/24",
            "10.0.0.0/24",
            "10.0.0.128/25",
            "::/0",
            "255.255.255.255/32",
        ];
        let ranges: Ranges = nets[..3].iter().map(|net| net.parse().unwrap()).collect();
        assert_eq!(ranges.len(), 1);
        let ranges: Ranges = nets.iter().map(|net| net.parse().unwrap()).collect();
        assert_eq!(ranges.len(), 1);
        assert!(ranges.contain("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff".parse().unwrap()));
        assert!(!Ranges::default().contain("::".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn a_range_contains_what_its_nets_contain(nets in vec((0_u32..64, 26_u8..=32), 0..12), ip in 0_u32..64) {
            let nets: Vec<IpNet> = nets
                .into_iter()
                .filter_map(|(ip, length)| IpNet::new(std::net::Ipv4Addr::from_bits(ip).into(), length).ok())
                .collect();
            let ip: IpAddr = std::net::Ipv4Addr::from_bits(ip).into();
            let ranges: Ranges = nets.iter().copied().collect();
            prop_assert_eq!(ranges.contain(ip), nets.iter().any(|net| net.contains(&ip)));
        }
    }
}
