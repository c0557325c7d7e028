//! Values of a body that were looked at and found harmless: objects in a list repeat their keys and most of their values, and the second
//! one need not be looked at again.

use crate::swar;
use std::ops::Range;

/// How many values are remembered, a power of two. Another value in the same place pushes one out.
const PLACES: usize = 256;
/// How long a value is at most, in bytes.
const MAX_VALUE: usize = 512;
/// How many bytes of values are remembered; then it starts anew.
const MAX_BYTES: usize = 32 * 1024;

/// For how many bytes there is room from the beginning.
const USUAL_BYTES: usize = 4 * 1024;

/// What a value was looked at as: the same bytes elsewhere may mean something else.
pub(super) type Circumstances = u16;

/// The values, with the bytes themselves: whoever finds two values of one hash gains nothing.
#[derive(Debug, Default)]
pub(super) struct Known {
    entries: Vec<Entry>,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    start: u16,
    /// 0 if there is none.
    length: u16,
    circumstances: Circumstances,
}

impl Entry {
    fn range(self) -> Range<usize> {
        usize::from(self.start)..usize::from(self.start) + usize::from(self.length)
    }
}

/// Where a value is filed, unless it is too short or too long for that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filed(usize);

impl Known {
    /// Where this value would be filed, and whether it is known.
    pub(super) fn find(&self, value: &[u8], circumstances: Circumstances) -> (Option<Filed>, bool) {
        if value.len() > MAX_VALUE {
            return (None, false);
        }
        let place = hash(value) % PLACES;
        let known = self.entries.get(place).is_some_and(|entry| {
            entry.circumstances == circumstances
                && usize::from(entry.length) == value.len()
                && self
                    .bytes
                    .get(entry.range())
                    .is_some_and(|known| swar::equal(known, value))
        });
        (Some(Filed(place)), known)
    }

    /// Remembers a value.
    pub(super) fn add(&mut self, value: &[u8], circumstances: Circumstances, Filed(place): Filed) {
        if self.bytes.len() + value.len() > MAX_BYTES {
            self.entries.clear();
            self.bytes.clear();
        }
        if self.entries.is_empty() {
            self.entries.resize(PLACES, Entry::default());
            self.bytes.reserve(USUAL_BYTES);
        }
        let (Ok(start), Ok(length)) = (u16::try_from(self.bytes.len()), u16::try_from(value.len())) else {
            return;
        };
        if let Some(entry) = self.entries.get_mut(place) {
            self.bytes.extend_from_slice(value);
            *entry = Entry {
                start,
                length,
                circumstances,
            };
        }
    }
}

/// Eight bytes a step; the last step takes up bytes of the one before.
fn hash(value: &[u8]) -> usize {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |hash: u64, word: u64| {
        let product = (hash ^ word).wrapping_mul(FACTOR);
        product ^ product >> 29
    };
    let start = value.len() as u64;
    let hash = if let Some(last) = value.last_chunk::<8>() {
        let (words, _) = value.as_chunks::<8>();
        let hash = words
            .iter()
            .fold(start, |hash, word| mix(hash, u64::from_le_bytes(*word)));
        mix(hash, u64::from_le_bytes(*last))
    } else {
        let half = |bytes: Option<&[u8; 4]>| bytes.map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)));
        match value {
            [_, _, _, _, ..] => mix(start, half(value.first_chunk()) | half(value.last_chunk()) << 32),
            _ => value.iter().fold(start, |hash, byte| mix(hash, u64::from(*byte))),
        }
    };
    (hash >> 40) as usize
}

#[cfg(test)]
mod tests {
    use super::{Known, MAX_BYTES, MAX_VALUE};

    fn is_known(known: &mut Known, value: &[u8], circumstances: u16) -> bool {
        let (filed, is_known) = known.find(value, circumstances);
        if let Some(filed) = filed.filter(|_| !is_known) {
            known.add(value, circumstances, filed);
        }
        is_known
    }

    #[test]
    fn the_same_value_is_known_in_the_same_circumstances() {
        let mut known = Known::default();
        let values = [
            &b"abc"[..],
            b"abcd",
            b"abcde",
            b"abcdefgh",
            b"abcdefghi",
            b"xbcdefghi",
            b"abcdefghi and more of it",
        ];
        for value in values {
            assert!(!is_known(&mut known, value, 1), "{}", value.escape_ascii());
            assert!(is_known(&mut known, value, 1), "{}", value.escape_ascii());
            assert!(!is_known(&mut known, value, 2), "{}", value.escape_ascii());
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut known = Known::default();
        for number in 0..10_000 {
            let value = format!("{number:>width$}", width = number % (2 * MAX_VALUE));
            is_known(&mut known, value.as_bytes(), 0);
            assert!(known.bytes.len() <= MAX_BYTES);
        }
        assert!(!is_known(&mut known, &[b'a'; MAX_VALUE + 1], 0));
        assert!(!is_known(&mut known, &[b'a'; MAX_VALUE + 1], 0));
    }
}
