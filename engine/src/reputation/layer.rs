//! The prefixes of one source, flattened: prefixes may lie inside of others, ranges don't.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

use super::ranges::{Number, Ranges};

/// Collects prefixes with values from 1.
#[derive(Debug, Default)]
pub(crate) struct LayerBuilder {
    v4: Vec<Span<u32>>,
    v6: Vec<Span<u128>>,
}

/// A prefix with its value, as the addresses that it holds.
#[derive(Clone, Copy, Debug)]
struct Span<A> {
    first: A,
    last: A,
    value: u32,
}

impl LayerBuilder {
    /// Adds a prefix. Bits behind its length don't count; prefixes of IPv4 may be mapped to IPv6.
    pub(crate) fn prefix(&mut self, prefix: IpNet, value: u32) {
        let prefix = unmap(prefix);
        match prefix {
            IpNet::V4(prefix) => self.v4.push(Span {
                first: prefix.network().to_bits(),
                last: prefix.broadcast().to_bits(),
                value,
            }),
            IpNet::V6(prefix) => self.v6.push(Span {
                first: prefix.network().to_bits(),
                last: prefix.broadcast().to_bits(),
                value,
            }),
        }
    }

    /// Adds all addresses from one to another, as the prefixes that they make. The two have to be of one version and in
    /// order.
    pub(crate) fn range(&mut self, first: IpAddr, last: IpAddr, value: u32) {
        match (first.to_canonical(), last.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                for prefix in Ipv4Subnets::new(first, last, 0) {
                    self.prefix(prefix.into(), value);
                }
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                for prefix in Ipv6Subnets::new(first, last, 0) {
                    self.prefix(prefix.into(), value);
                }
            }
            _ => {}
        }
    }

    /// How many prefixes there are.
    pub(crate) fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    /// Flattens the prefixes. Of those that an address is in, the longest has it, and of equal ones the last.
    pub(crate) fn build(self) -> (Ranges<u32>, Ranges<u128>) {
        (flatten(self.v4), flatten(self.v6))
    }
}

/// Prefixes lie inside each other or apart, so the ones that are open at an address are a stack.
fn flatten<A: Number>(mut spans: Vec<Span<A>>) -> Ranges<A> {
    // A stable sort: of equal prefixes, the last one added comes to lie on top.
    spans.sort_by(|a, b| a.first.cmp(&b.first).then(b.last.cmp(&a.last)));
    let mut ranges = Ranges::default();
    let mut open: Vec<Span<A>> = Vec::new();
    let close = |open: &mut Vec<Span<A>>, ranges: &mut Ranges<A>| {
        if let Some(closed) = open.pop()
            && let Some(next) = closed.last.next()
        {
            ranges.push(next, open.last().map_or(0, |outer| outer.value));
        }
    };
    for span in spans {
        while open.last().is_some_and(|top| top.last < span.first) {
            close(&mut open, &mut ranges);
        }
        ranges.push(span.first, span.value);
        open.push(span);
    }
    while !open.is_empty() {
        close(&mut open, &mut ranges);
    }
    ranges
}

/// A prefix of IPv4 in place of one that is mapped to IPv6.
fn unmap(prefix: IpNet) -> IpNet {
    let IpNet::V6(v6) = prefix else { return prefix };
    match (v6.network().to_ipv4_mapped(), v6.prefix_len().checked_sub(96)) {
        (Some(address), Some(length)) => {
            // 96 to 128 less 96 is a length that prefixes of IPv4 have.
            ipnet::Ipv4Net::new(address, length).map_or(prefix, IpNet::V4)
        }
        _ => prefix,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::table::AddressTable;
    use super::*;

    fn table(prefixes: &[(IpNet, u32)]) -> AddressTable {
        let mut layer = LayerBuilder::default();
        for (prefix, value) in prefixes {
            layer.prefix(*prefix, *value);
        }
        let (v4, v6) = layer.build();
        AddressTable::new(&v4, &v6)
    }

    /// The longest prefix that holds the address, the last of equal ones.
    fn naive(prefixes: &[(IpNet, u32)], ip: IpAddr) -> u32 {
        let holding = prefixes.iter().filter(|(prefix, _)| prefix.contains(&ip));
        holding
            .max_by_key(|(prefix, _)| prefix.prefix_len())
            .map_or(0, |(_, value)| *value)
    }

    /// The ends of a prefix, what lies next to them, and something inside.
    fn probes(prefix: IpNet) -> Vec<IpAddr> {
        match prefix {
            IpNet::V4(net) => {
                let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
                [
                    first,
                    last,
                    first.wrapping_sub(1),
                    last.wrapping_add(1),
                    first + (last - first) / 3,
                ]
                .map(|bits| IpAddr::V4(bits.into()))
                .to_vec()
            }
            IpNet::V6(net) => {
                let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
                [
                    first,
                    last,
                    first.wrapping_sub(1),
                    last.wrapping_add(1),
                    first + (last - first) / 3,
                ]
                .map(|bits| IpAddr::V6(bits.into()))
                .to_vec()
            }
        }
    }

    fn prefix_v4() -> impl Strategy<Value = IpNet> {
        // Few distinct addresses, so that prefixes lie inside each other and next to each other.
        (0u32..8, 0u32..4, 0u32..4, 0u8..=32).prop_map(|(high, middle, low, length)| {
            let bits = high << 29 | middle << 15 | low;
            ipnet::Ipv4Net::new(bits.into(), length).unwrap().trunc().into()
        })
    }

    fn prefix_v6() -> impl Strategy<Value = IpNet> {
        let part = || prop_oneof![Just(0u128), Just(1), Just(0xffff)];
        (0u128..4, part(), part(), part(), 0u8..=128).prop_map(|(high, upper, middle, low, length)| {
            let bits = 0x2000 << 112 ^ high << 125 | upper << 96 | middle << 64 | low;
            ipnet::Ipv6Net::new(bits.into(), length).unwrap().trunc().into()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn the_longest_prefix_has_the_address(
            prefixes in prop::collection::vec(prop_oneof![prefix_v4(), prefix_v6()], 0..40),
            others in prop::collection::vec((any::<u32>(), any::<u128>()), 8),
        ) {
            let prefixes: Vec<_> = prefixes.into_iter().zip(1..).collect();
            let table = table(&prefixes);
            let near = prefixes.iter().flat_map(|(prefix, _)| probes(*prefix));
            let anywhere = others
                .into_iter()
                .flat_map(|(v4, v6)| [IpAddr::V4(v4.into()), IpAddr::V6(v6.into()), IpAddr::V6((v6 >> 3 | 1 << 125).into())]);
            for ip in near.chain(anywhere) {
                // An IPv4 address that is mapped to IPv6 is one of IPv4, whatever prefix of IPv6 it is in.
                prop_assert_eq!(table.get(ip), naive(&prefixes, ip.to_canonical()), "{}", ip);
            }
        }

        #[test]
        fn ranges_are_all_addresses_between_their_ends(a in any::<u32>(), b in any::<u32>(), c in any::<u128>(), d in any::<u128>()) {
            let mut layer = LayerBuilder::default();
            let (first, last) = (a.min(b), a.max(b));
            layer.range(IpAddr::V4(first.into()), IpAddr::V4(last.into()), 1);
            let (first_v6, last_v6) = (c.min(d), c.max(d));
            layer.range(IpAddr::V6(first_v6.into()), IpAddr::V6(last_v6.into()), 2);
            let (v4, v6) = layer.build();
            let table = AddressTable::new(&v4, &v6);
            for bits in [first, last, first.wrapping_sub(1), last.wrapping_add(1)] {
                let inside = u32::from((first..=last).contains(&bits));
                prop_assert_eq!(table.get(IpAddr::V4(bits.into())), inside);
            }
            for bits in [first_v6, last_v6, first_v6.wrapping_sub(1), last_v6.wrapping_add(1)] {
                let ip = IpAddr::V6(bits.into());
                let inside = if (first_v6..=last_v6).contains(&bits) { 2 } else { 0 };
                if ip.to_canonical().is_ipv6() {
                    prop_assert_eq!(table.get(ip), inside);
                }
            }
        }
    }

    #[test]
    fn the_ends_of_the_address_space_are_addresses_too() {
        let prefixes: Vec<(IpNet, u32)> = [
            "0.0.0.0/0",
            "0.0.0.0/32",
            "255.255.255.255/32",
            "::/0",
            "::/128",
            "ffff::/16",
        ]
        .map(|prefix| prefix.parse().unwrap())
        .into_iter()
        .zip(1..)
        .collect();
        let table = table(&prefixes);
        for (ip, expected) in [
            ("0.0.0.0", 2),
            ("0.0.0.1", 1),
            ("255.255.255.254", 1),
            ("255.255.255.255", 3),
            ("::", 5),
            ("::1", 4),
            ("2001:db8::", 4),
            ("fffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 4),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 6),
        ] {
            assert_eq!(table.get(ip.parse().unwrap()), expected, "{ip}");
        }
    }

    #[test]
    fn mapped_addresses_and_prefixes_are_ipv4() {
        let table = table(&[
            ("::ffff:192.0.2.0/120".parse().unwrap(), 1),
            ("198.51.100.0/24".parse().unwrap(), 2),
        ]);
        for (ip, expected) in [
            ("192.0.2.9", 1),
            ("::ffff:192.0.2.9", 1),
            ("::ffff:198.51.100.1", 2),
            ("::192.0.2.9", 0),
        ] {
            assert_eq!(table.get(ip.parse().unwrap()), expected, "{ip}");
        }
    }

    #[test]
    fn an_empty_table_knows_nothing() {
        let table = table(&[]);
        for ip in ["0.0.0.0", "255.255.255.255", "::", "2001:db8::1", "ffff::"] {
            assert_eq!(table.get(ip.parse().unwrap()), 0, "{ip}");
        }
    }
}
