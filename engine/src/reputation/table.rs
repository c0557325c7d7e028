//! A table of values by address: which value has the longest prefix that an address is in.
//!
//! Prefixes are flattened into ranges that don't overlap, because tables are read far more often than made: a look-up is
//! then a search for the last start that is not above the address, with an index by the first bits. An entry takes its
//! start and four bytes.

use std::net::IpAddr;

/// An address as a number.
pub(crate) trait Address: Copy + Ord + std::fmt::Debug {
    const MIN: Self;
    const MAX: Self;

    fn next(self) -> Option<Self>;
    /// The upper 16 bits.
    fn block(self) -> usize;
}

impl Address for u32 {
    const MIN: Self = Self::MIN;
    const MAX: Self = Self::MAX;

    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    fn block(self) -> usize {
        (self >> 16) as usize
    }
}

impl Address for u128 {
    const MIN: Self = Self::MIN;
    const MAX: Self = Self::MAX;

    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    fn block(self) -> usize {
        (self >> 112) as usize
    }
}

/// The number of values of the upper 16 bits.
const BLOCKS: usize = 1 << 16;

/// Values of all addresses of one version of IP.
#[derive(Debug)]
pub(crate) struct RangeTable<A> {
    /// Where ranges start, ascending; the first is the lowest address there is.
    starts: Box<[A]>,
    /// The value of each range.
    values: Box<[u32]>,
    /// For each value of the upper 16 bits, how many starts are below that block.
    index: Box<[u32]>,
}

impl<A: Address> RangeTable<A> {
    /// A table of ranges that start at these addresses, ascending, and end where the next one starts. Addresses below the
    /// first one have the value 0.
    pub(crate) fn new(ranges: impl IntoIterator<Item = (A, u32)>) -> Self {
        let (mut starts, mut values) = (vec![A::MIN], vec![0]);
        for (start, value) in ranges {
            let last = values.len() - 1;
            if starts[last] == start {
                values[last] = value;
                // What was replaced may now be the same as what stands before it.
                if last > 0 && values[last - 1] == value {
                    starts.pop();
                    values.pop();
                }
            } else if values[last] != value {
                starts.push(start);
                values.push(value);
            }
        }
        let mut index = Vec::with_capacity(BLOCKS + 1);
        let mut below = 0;
        for block in 0..=BLOCKS {
            while starts.get(below).is_some_and(|start| start.block() < block) {
                below += 1;
            }
            index.push(u32::try_from(below).unwrap_or(u32::MAX));
        }
        Self {
            starts: starts.into(),
            values: values.into(),
            index: index.into(),
        }
    }

    /// The value of an address.
    pub(crate) fn get(&self, address: A) -> u32 {
        let block = address.block();
        let (from, to) = (self.index[block] as usize, self.index[block + 1] as usize);
        // The range that the address is in starts in its block or is the last one before.
        let at = from + self.starts[from..to].partition_point(|start| *start <= address);
        // The first range starts at the lowest address, so that at least one start is not above any address.
        self.values[at - 1]
    }

    /// How many ranges there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The bytes that the table takes.
    pub(crate) fn size(&self) -> usize {
        size_of_val(&*self.starts) + size_of_val(&*self.values) + size_of_val(&*self.index)
    }

    /// The ranges: where they start, and their values.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (A, u32)> {
        self.starts.iter().copied().zip(self.values.iter().copied())
    }
}

/// Values of all addresses.
#[derive(Debug)]
pub(crate) struct AddressTable {
    pub(crate) v4: RangeTable<u32>,
    pub(crate) v6: RangeTable<u128>,
}

impl AddressTable {
    /// The value of an address; 0 if it has none. Addresses of IPv4 may be mapped to IPv6.
    pub(crate) fn get(&self, ip: IpAddr) -> u32 {
        match ip.to_canonical() {
            IpAddr::V4(ip) => self.v4.get(ip.to_bits()),
            IpAddr::V6(ip) => self.v6.get(ip.to_bits()),
        }
    }
}
