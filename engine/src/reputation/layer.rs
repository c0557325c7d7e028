//! The prefixes of one source, flattened: prefixes may lie inside of others, ranges don't.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

use super::table::{Address, AddressTable, RangeTable};

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
    pub(crate) fn build(self) -> AddressTable {
        AddressTable {
            v4: RangeTable::new(flatten(self.v4)),
            v6: RangeTable::new(flatten(self.v6)),
        }
    }
}

/// Where the value changes, ascending. Prefixes lie inside each other or apart, so the ones that are open at an address
/// are a stack.
fn flatten<A: Address>(mut spans: Vec<Span<A>>) -> Vec<(A, u32)> {
    // A stable sort: of equal prefixes, the last one added comes to lie on top.
    spans.sort_by(|a, b| a.first.cmp(&b.first).then(b.last.cmp(&a.last)));
    let mut changes = Vec::with_capacity(spans.len() * 2);
    let mut open: Vec<Span<A>> = Vec::new();
    let close = |open: &mut Vec<Span<A>>, changes: &mut Vec<(A, u32)>| {
        if let Some(closed) = open.pop()
            && let Some(next) = closed.last.next()
        {
            changes.push((next, open.last().map_or(0, |outer| outer.value)));
        }
    };
    for span in spans {
        while open.last().is_some_and(|top| top.last < span.first) {
            close(&mut open, &mut changes);
        }
        changes.push((span.first, span.value));
        open.push(span);
    }
    while !open.is_empty() {
        close(&mut open, &mut changes);
    }
    changes
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
