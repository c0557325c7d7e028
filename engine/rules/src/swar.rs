//! Searches and comparisons that take eight bytes a step. In the sandbox, which looks at its deadline in each round of a loop and has no
//! vector instructions, loops over single bytes cost several times what they cost natively.

/// A byte in each place of a word.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGHEST: u64 = 0x80 * ONES;

/// Where the first byte of a text is that is one of these, none of which may be 0.
#[inline]
pub(crate) fn find<const N: usize>(text: &[u8], bytes: [u8; N]) -> Option<usize> {
    let first = |word: u64| {
        let found = bytes.iter().fold(0, |found, byte| found | places(word, *byte));
        (found != 0).then(|| found.trailing_zeros() as usize / 8)
    };
    let Some(last) = text.last_chunk::<8>() else {
        return first(short(text));
    };
    let (eights, rest) = text.as_chunks::<8>();
    for (at, eight) in eights.iter().enumerate() {
        if let Some(found) = first(u64::from_le_bytes(*eight)) {
            return Some(8 * at + found);
        }
    }
    match rest {
        [] => None,
        // It takes up bytes that were looked at already, in vain.
        _ => first(u64::from_le_bytes(*last)).map(|found| text.len() - 8 + found),
    }
}

/// What lies between the bytes of a text that are this one, which may not be 0.
pub(crate) fn split(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (part, after) = match find(text, [separator]) {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        rest = after;
        Some(part)
    })
}

/// Whether two texts are the same.
#[inline]
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(last_of_a), Some(last_of_b)) => {
            let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
            word(last_of_a) == word(last_of_b)
                && a.as_chunks::<8>()
                    .0
                    .iter()
                    .zip(b.as_chunks::<8>().0)
                    .all(|(a, b)| word(a) == word(b))
        }
        _ => short(a) == short(b),
    }
}

/// What follows a prefix of a text.
#[inline]
pub(crate) fn strip_prefix<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    equal(start, prefix).then_some(rest)
}

/// Whether a text holds an upper-case letter of ASCII.
#[inline]
pub(crate) fn has_upper(text: &[u8]) -> bool {
    let Some(last) = text.last_chunk::<8>() else {
        return upper(short(text)) != 0;
    };
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    text.as_chunks::<8>()
        .0
        .iter()
        .fold(upper(word(last)), |found, eight| found | upper(word(eight)))
        != 0
}

/// The highest bit of each byte that is this one; bits above the lowest one that is set may be wrong.
#[inline(always)]
fn places(word: u64, byte: u8) -> u64 {
    let differences = word ^ (u64::from(byte) * ONES);
    differences.wrapping_sub(ONES) & !differences & HIGHEST
}

/// The highest bit of each byte from `A` to `Z`.
#[inline(always)]
fn upper(word: u64) -> u64 {
    // Without their highest bits no sum of two bytes carries over to the next.
    let low = word & !HIGHEST;
    let from_a = low + u64::from(0x80 - b'A') * ONES;
    let behind_z = low + u64::from(0x80 - (b'Z' + 1)) * ONES;
    from_a & !behind_z & !word & HIGHEST
}

/// The bytes of a text of less than eight, the first one lowest; 0 where there is none.
#[inline(always)]
fn short(text: &[u8]) -> u64 {
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        // The two may have bytes in common, which are the same then.
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first))
                | u64::from(u32::from_le_bytes(*last)) << (8 * (text.len() - 4))
        }
        _ => match *text {
            [] => 0,
            [a] => u64::from(a),
            [a, b] => u64::from(a) | u64::from(b) << 8,
            [a, b, c, ..] => u64::from(a) | u64::from(b) << 8 | u64::from(c) << 16,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Few different bytes, so that texts have some in common; with neighbours of the ones that are looked for.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop::sample::select(&b"ab;:<=@AZ[z\x80\xbb\x01\xff"[..]);
        prop::collection::vec(byte, 0..40)
    }

    proptest! {
        #[test]
        fn a_byte_is_found_where_it_first_stands(text in text()) {
            let naive = |bytes: &[u8]| text.iter().position(|byte| bytes.contains(byte));
            prop_assert_eq!(find(&text, [b';']), naive(b";"));
            prop_assert_eq!(find(&text, [b'=', 0x80]), naive(b"=\x80"));
            prop_assert_eq!(find(&text, [b'<', b'Z', 0xff]), naive(b"<Z\xff"));
        }

        #[test]
        fn parts_are_those_of_the_standard_library(text in text()) {
            let naive: Vec<_> = text.split(|byte| *byte == b';').collect();
            prop_assert_eq!(split(&text, b';').collect::<Vec<_>>(), naive);
        }

        #[test]
        fn equal_is_what_is_equal(a in text(), b in text(), at in any::<prop::sample::Index>()) {
            prop_assert_eq!(equal(&a, &b), a == b);
            let mut other = a.clone();
            prop_assert!(equal(&a, &other));
            if !a.is_empty() {
                other[at.index(a.len())] ^= 0x20;
                prop_assert!(!equal(&a, &other));
            }
            prop_assert_eq!(strip_prefix(&a, &b), a.strip_prefix(&*b));
            let prefix = &a[..at.index(a.len() + 1)];
            prop_assert_eq!(strip_prefix(&a, prefix), a.strip_prefix(prefix));
        }

        #[test]
        fn upper_case_is_ascii(text in prop_oneof![text(), prop::collection::vec(any::<u8>(), 0..12)]) {
            prop_assert_eq!(has_upper(&text), text.iter().any(u8::is_ascii_uppercase));
        }
    }
}
