//! Integers written in expressions, and sets of them.

use super::{cursor::Cursor, fault::Fault};
use std::ops::RangeInclusive;

/// The fault of a range whose end is before its beginning.
pub(super) const WRONG_BOUNDS: &str = "incompatible range bounds";

/// Takes an integer: decimal, octal after a 0, hexadecimal after 0x.
pub(super) fn take(cursor: &mut Cursor<'_>) -> Result<i64, Fault> {
    if cursor.eat("0x") {
        let start = cursor.at();
        take_digits(cursor)?;
        value(cursor, start, 16)
    } else {
        let start = cursor.at();
        let radix = if cursor.peek() == Some('0') { 8 } else { 10 };
        cursor.eat("-");
        take_digits(cursor)?;
        value(cursor, start, radix)
    }
}

/// Takes digits of any radix, so that a wrong one is part of the number that the fault is in.
fn take_digits(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    cursor.take_while("digit", |c| c.is_ascii_hexdigit()).map(|_| ())
}

fn value(cursor: &Cursor<'_>, start: usize, radix: u32) -> Result<i64, Fault> {
    i64::from_str_radix(cursor.text_since(start), radix).map_err(|error| {
        let what = format!("{error} while parsing with radix {radix}");
        Fault::new(what, cursor.since(start))
    })
}

/// Takes an integer or a range of them.
pub(super) fn take_range(cursor: &mut Cursor<'_>) -> Result<RangeInclusive<i64>, Fault> {
    let start = cursor.at();
    let first = take(cursor)?;
    let last = if cursor.eat("..") { take(cursor)? } else { first };
    if last < first {
        return Err(Fault::new(WRONG_BOUNDS, cursor.since(start)));
    }
    Ok(first..=last)
}

/// A set of numbers as sorted ranges that don't touch each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RangeSet<N>(Box<[(N, N)]>);

impl<N: Copy + Ord> RangeSet<N> {
    /// The numbers in any of these ranges.
    pub(super) fn new(ranges: impl IntoIterator<Item = RangeInclusive<N>>) -> Self {
        let mut ranges: Vec<_> = ranges.into_iter().map(RangeInclusive::into_inner).collect();
        ranges.sort_unstable();
        ranges.dedup_by(|next, last| {
            let overlaps = next.0 <= last.1;
            if overlaps {
                last.1 = last.1.max(next.1);
            }
            overlaps
        });
        Self(ranges.into())
    }

    /// Whether a number is in the set: a binary search.
    pub(super) fn contains(&self, number: N) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= number);
        after > 0 && number <= self.0[after - 1].1
    }
}

#[cfg(test)]
mod tests {
    use super::RangeSet;

    #[test]
    fn sets_hold_what_their_ranges_hold() {
        let ranges = [3..=5, 0..=0, 4..=9, 5..=6, 11..=11, u32::MAX - 1..=u32::MAX];
        let set = RangeSet::new(ranges.clone());
        for number in (0..20).chain([u32::MAX - 2, u32::MAX - 1, u32::MAX]) {
            let expected = ranges.iter().any(|range| range.contains(&number));
            assert_eq!(set.contains(number), expected, "{number}");
        }
        assert!(!RangeSet::<u32>::new([]).contains(0));
    }
}
