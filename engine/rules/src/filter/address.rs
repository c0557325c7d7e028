//! Addresses written in expressions, and sets of them.

use super::{
    cursor::Cursor,
    fault::Fault,
    number::{RangeSet, WRONG_BOUNDS},
};
use std::{
    net::{IpAddr, Ipv4Addr},
    ops::{Range, RangeInclusive},
};

const NO_ADDRESS: &str = "couldn't parse address in network: invalid IP address syntax";

/// Takes an address.
pub(super) fn take(cursor: &mut Cursor<'_>) -> Result<IpAddr, Fault> {
    let start = cursor.at();
    let written = take_written(cursor)?;
    written
        .parse()
        .map_err(|_| Fault::new(NO_ADDRESS, cursor.since(start)))
}

/// Takes everything that an address, a network or a range of addresses may be made of.
fn take_written<'t>(cursor: &mut Cursor<'t>) -> Result<&'t str, Fault> {
    cursor.take_while("IP address character", |c| {
        c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '/')
    })
}

/// Addresses that follow each other. The two versions are never mixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Addresses {
    V4(RangeInclusive<u32>),
    V6(RangeInclusive<u128>),
}

impl Addresses {
    fn between(first: IpAddr, last: IpAddr) -> Option<Self> {
        match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => {
                Some(Self::V4(first.to_bits()..=last.to_bits()))
            }
            (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => {
                Some(Self::V6(first.to_bits()..=last.to_bits()))
            }
            _ => None,
        }
    }

    /// Takes an address, a network (`10.0.0.0/8`, of which zeros at the end may be left out: `10/8`) or a range
    /// (`10.0.0.1..10.0.0.9`).
    pub(super) fn take(cursor: &mut Cursor<'_>) -> Result<Self, Fault> {
        let start = cursor.at();
        let written = take_written(cursor)?;
        let place = |part: Range<usize>| start + part.start..start + part.end;
        if let Some(dots) = written.find("..") {
            let address = |part: Range<usize>| {
                written[part.clone()]
                    .parse()
                    .map_err(|_| Fault::new(NO_ADDRESS, place(part)))
            };
            let (first, last) = (address(0..dots)?, address(dots + 2..written.len())?);
            return Self::between(first, last)
                .ok_or_else(|| Fault::new(WRONG_BOUNDS, place(0..written.len())));
        }
        let slash = written.find('/').unwrap_or(written.len());
        // With several slashes there is no address before the last one.
        let address = match written.get(slash + 1..) {
            Some(length) if length.contains('/') => None,
            _ => network_address(&written[..slash]),
        };
        let address = address.ok_or_else(|| Fault::new(NO_ADDRESS, place(0..slash)))?;
        let longest: u8 = if address.is_ipv4() { 32 } else { 128 };
        let length = match written.get(slash + 1..) {
            None => longest,
            Some(length) => length.parse().map_err(|error| {
                let what = format!("couldn't parse length in network: {error}");
                Fault::new(what, place(slash + 1..written.len()))
            })?,
        };
        if length > longest {
            let version = if address.is_ipv4() { "Ipv4" } else { "Ipv6" };
            let what = format!(
                "invalid length for network: Network length {length} is too long for {version} (maximum: {longest})"
            );
            return Err(Fault::new(what, place(0..written.len())));
        }
        Self::network(address, length)
            .ok_or_else(|| Fault::new("host part of address was not zero", place(0..slash)))
    }

    /// The network of this address and a length that its version has, unless bits after the length are set.
    fn network(address: IpAddr, length: u8) -> Option<Self> {
        match address {
            IpAddr::V4(address) => {
                let host = u32::MAX.checked_shr(length.into()).unwrap_or(0);
                let first = address.to_bits();
                (first & host == 0).then_some(Self::V4(first..=first | host))
            }
            IpAddr::V6(address) => {
                let host = u128::MAX.checked_shr(length.into()).unwrap_or(0);
                let first = address.to_bits();
                (first & host == 0).then_some(Self::V6(first..=first | host))
            }
        }
    }
}

/// An address, or the beginning of one of version 4 that only zeros were left out of.
fn network_address(written: &str) -> Option<IpAddr> {
    if let Ok(address) = written.parse() {
        return Some(address);
    }
    let mut octets = [0; 4];
    let mut places = octets.iter_mut();
    for octet in written.split('.') {
        *places.next()? = octet.parse().ok()?;
    }
    Some(Ipv4Addr::from(octets).into())
}

/// A set of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AddressSet {
    v4: RangeSet<u32>,
    v6: RangeSet<u128>,
}

impl AddressSet {
    pub(super) fn new(parts: Vec<Addresses>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for part in parts {
            match part {
                Addresses::V4(range) => v4.push(range),
                Addresses::V6(range) => v6.push(range),
            }
        }
        Self {
            v4: RangeSet::new(v4),
            v6: RangeSet::new(v6),
        }
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.contains(address.to_bits()),
            IpAddr::V6(address) => self.v6.contains(address.to_bits()),
        }
    }
}
