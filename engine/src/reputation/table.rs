//! A table of values by address.
//!
//! Ranges that don't overlap are searched for the last start that is not above the address. An index of regions and blocks
//! leaves a handful of candidates. Tables are read far more often than made, so they are laid out for that; of IPv6 they hold
//! the upper halves only, because hardly anybody has less than a /64.

use std::net::IpAddr;

use super::ranges::{Number, Ranges};

/// Values of all addresses.
#[derive(Debug)]
pub(crate) struct AddressTable {
    v4: RangeTable<u32>,
    v6: RangeTable<u64>,
    /// The ranges inside of those /64 that are divided.
    divided: Box<[(u128, u32)]>,
}

/// The value, among the upper halves, of a /64 that is divided.
const DIVIDED: u32 = u32::MAX;

impl AddressTable {
    pub(crate) fn new(v4: &Ranges<u32>, v6: &Ranges<u128>) -> Self {
        let (upper, divided) = divide(v6);
        Self {
            v4: RangeTable::new(v4),
            v6: RangeTable::new(&upper),
            divided: divided.into(),
        }
    }

    /// The value of an address; 0 if it has none. Addresses of IPv4 may be mapped to IPv6.
    pub(crate) fn get(&self, ip: IpAddr) -> u32 {
        match ip.to_canonical() {
            IpAddr::V4(ip) => self.v4.get(ip.to_bits()),
            IpAddr::V6(ip) => {
                let address = ip.to_bits();
                match self.v6.get((address >> 64) as u64) {
                    DIVIDED => self.get_divided(address),
                    value => value,
                }
            }
        }
    }

    #[cold]
    fn get_divided(&self, address: u128) -> u32 {
        let behind = self.divided.partition_point(|(start, _)| *start <= address);
        behind.checked_sub(1).map_or(0, |at| self.divided[at].1)
    }

    /// The bytes that the table takes.
    pub(crate) fn size(&self) -> usize {
        self.v4.size() + self.v6.size() + size_of_val(&*self.divided)
    }
}

/// Takes the /64 that are divided apart from the others.
fn divide(ranges: &Ranges<u128>) -> (Ranges<u64>, Vec<(u128, u32)>) {
    let mut upper = Ranges::default();
    let mut divided = Vec::new();
    let mut before = 0;
    for inside in ranges.as_slice().chunk_by(|a, b| a.0 >> 64 == b.0 >> 64) {
        let (first, value) = inside[0];
        let half = (first >> 64) as u64;
        // The last value of a /64 goes on behind it.
        let after = inside[inside.len() - 1].1;
        if inside.len() == 1 && first as u64 == 0 {
            upper.push(half, value);
        } else {
            upper.push(half, DIVIDED);
            if first as u64 != 0 {
                divided.push((u128::from(half) << 64, before));
            }
            divided.extend_from_slice(inside);
            if let Some(next) = half.checked_add(1) {
                upper.push(next, after);
            }
        }
        before = after;
    }
    (upper, divided)
}

/// A number that addresses are searched by.
trait Key: Number {
    /// How many regions there are.
    const REGIONS: usize;

    /// The number of the region that the key is in; rises with the key.
    fn region(self) -> usize;

    /// How far the key is from another one that is not above it, in units of 1 << `shift`.
    fn distance(self, from: Self, shift: u32) -> u64;
}

/// The networks that the first byte tells apart.
impl Key for u32 {
    const REGIONS: usize = 1 << 8;

    fn region(self) -> usize {
        (self >> 24) as usize
    }

    fn distance(self, from: Self, shift: u32) -> u64 {
        u64::from((self - from) >> shift)
    }
}

/// The upper half of an address of IPv6, told apart by its first two bytes. All addresses of the public internet are in 2000::/3
/// (RFC 4291); what is before and behind is a region each.
impl Key for u64 {
    const REGIONS: usize = (1 << 13) + 2;

    fn region(self) -> usize {
        match self >> 61 {
            0 => 0,
            1 => (self >> 48) as usize - (1 << 13) + 1,
            _ => Self::REGIONS - 1,
        }
    }

    fn distance(self, from: Self, shift: u32) -> u64 {
        (self - from) >> shift
    }
}

/// Ranges with values. In a large table each place that is looked at costs an access to memory, so a look-up needs few of them: the
/// region, which stays in the processor's cache; the block; and the ranges of the block, of which there are one or two on average.
#[derive(Debug)]
struct RangeTable<K: Copy> {
    /// Ascending; the first starts at 0.
    ranges: Box<[Range<K>]>,
    regions: Box<[Region<K>]>,
    /// For each block how many ranges start before it. There is one more than there are blocks.
    blocks: Box<[u32]>,
}

/// Where a range starts, and its value; without padding.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed(4))]
struct Range<K> {
    start: K,
    value: u32,
}

/// A part of all keys, divided into blocks from the first start in it to the last one: networks in use lie close together.
#[derive(Clone, Copy, Debug)]
struct Region<K> {
    /// The first start, or 0 if no range starts in it.
    first: K,
    /// The number of its first block.
    block: u32,
    /// How many other blocks it has.
    others: u32,
    /// A block has 1 << this many keys.
    shift: u32,
}

impl<K: Key> RangeTable<K> {
    fn new(ranges: &Ranges<K>) -> Self {
        let ranges = ranges.as_slice();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let mut regions = Vec::with_capacity(K::REGIONS);
        let mut blocks = Vec::with_capacity(ranges.len() + K::REGIONS);
        let mut before = 0;
        for region in 0..K::REGIONS {
            let rest = &ranges[before..];
            let own = &rest[..rest.partition_point(|(start, _)| start.region() <= region)];
            let first = own.first().map_or(K::ZERO, |(start, _)| *start);
            let last = own.last().map_or(K::ZERO, |(start, _)| *start);
            // As many blocks as ranges at most: more would be empty.
            let shift = (0..).find(|shift| last.distance(first, *shift) <= own.len() as u64);
            let shift = shift.unwrap_or_default();
            let others = last.distance(first, shift);
            regions.push(Region {
                first,
                block: number(blocks.len()),
                others: u32::try_from(others).unwrap_or(u32::MAX),
                shift,
            });
            for block in 0..=others {
                let in_earlier = |(start, _): &(K, u32)| start.distance(first, shift) < block;
                blocks.push(number(before + own.partition_point(in_earlier)));
            }
            before += own.len();
        }
        blocks.push(number(before));
        Self {
            ranges: ranges
                .iter()
                .map(|&(start, value)| Range { start, value })
                .collect(),
            regions: regions.into(),
            blocks: blocks.into(),
        }
    }

    fn get(&self, key: K) -> u32 {
        let region = &self.regions[key.region()];
        let behind = if key < region.first {
            self.blocks[region.block as usize] as usize
        } else {
            // Behind the last start the region goes on as its last block.
            let distance = key.distance(region.first, region.shift).min(region.others.into());
            let block = region.block as usize + distance as usize;
            let (from, to) = (self.blocks[block] as usize, self.blocks[block + 1] as usize);
            from + self.ranges[from..to].partition_point(|range| { range.start } <= key)
        };
        // The range that the key is in starts in its block or is the last one before it. There is one, because the first
        // starts at 0.
        self.ranges[behind - 1].value
    }

    fn size(&self) -> usize {
        size_of_val(&*self.ranges) + size_of_val(&*self.regions) + size_of_val(&*self.blocks)
    }
}
