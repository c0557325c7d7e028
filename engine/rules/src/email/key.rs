//! Hashes of names, so that a list of names is a table of numbers. The build script makes the tables with this same code.

/// How many of the hash's bits choose the place in a table and how many are compared. Of names that are in no list, one in a hundred
/// million is taken for one of the longest list.
pub(super) const PLACE_BITS: u32 = 10;
pub(super) const COMPARED_BITS: u32 = 32;

/// A hash that is fed from a name's last byte to its first, so that all parent domains are hashed on the way.
///
/// FNV-1a; the lists are public and fixed, nobody gains from a collision but a false positive of their own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key(u64);

impl Key {
    pub(super) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(super) const fn with(self, byte: u8) -> Self {
        Self((self.0 ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3))
    }

    /// The place in a table, and what is compared there.
    pub(super) const fn split(self) -> (usize, u32) {
        // FNV's upper bits are the better ones after a multiplication that mixes the lower ones into them.
        let mixed = (self.0 ^ self.0 >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = mixed >> (u64::BITS - PLACE_BITS);
        let compared = mixed >> (u64::BITS - PLACE_BITS - COMPARED_BITS);
        (place as usize, compared as u32)
    }
}

/// The key of a whole name.
pub(super) fn of(name: &str) -> Key {
    name.bytes().rev().fold(Key::new(), Key::with)
}
