//! A table of values by address.
//!
//! Ranges that don't overlap are searched for the last start that is not above the address. An index by the first bits
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
    /// The most bits that blocks are told apart by.
    const MOST_BITS: u32;

    /// The number of the block that the key is in, of 1 << `bits`; rises with the key.
    fn block(self, bits: u32) -> usize;
}

impl Key for u32 {
    const MOST_BITS: Self = 18;

    fn block(self, bits: u32) -> usize {
        self.checked_shr(Self::BITS - bits).unwrap_or(0) as usize
    }
}

/// The upper half of an address of IPv6. All addresses of the public internet are in 2000::/3 (RFC 4291), so only these are
/// told apart.
impl Key for u64 {
    const MOST_BITS: u32 = 19;

    fn block(self, bits: u32) -> usize {
        match self >> 61 {
            0 => 0,
            1 => (self << 3).checked_shr(Self::BITS - bits).unwrap_or(0) as usize,
            _ => (1 << bits) - 1,
        }
    }
}

/// Ranges with values.
#[derive(Debug)]
struct RangeTable<K> {
    /// Where ranges start, ascending, and their values; the first starts at 0. Side by side, because in a large table each array that
    /// is looked into costs an access to memory.
    ranges: Box<[(K, u32)]>,
    /// How many starts are in blocks before this one. There is one more than there are blocks.
    index: Box<[u32]>,
    /// How many bits tell the blocks apart.
    bits: u32,
}

impl<K: Key> RangeTable<K> {
    fn new(ranges: &Ranges<K>) -> Self {
        let ranges = ranges.as_slice();
        // As many blocks as ranges: more would be empty.
        let bits = ranges.len().ilog2().min(K::MOST_BITS);
        let mut index = Vec::with_capacity((1 << bits) + 1);
        let mut before = 0;
        for block in 0..=1usize << bits {
            while ranges
                .get(before)
                .is_some_and(|(start, _)| start.block(bits) < block)
            {
                before += 1;
            }
            index.push(u32::try_from(before).unwrap_or(u32::MAX));
        }
        Self {
            ranges: ranges.into(),
            index: index.into(),
            bits,
        }
    }

    fn get(&self, key: K) -> u32 {
        let block = key.block(self.bits);
        let (from, to) = (self.index[block] as usize, self.index[block + 1] as usize);
        let behind = from + self.ranges[from..to].partition_point(|(start, _)| *start <= key);
        // The range that the key is in starts in its block or is the last one before it. There is one, because the first
        // starts at 0.
        self.ranges[behind - 1].1
    }

    fn size(&self) -> usize {
        size_of_val(&*self.ranges) + size_of_val(&*self.index)
    }
}
