//! Decodes a value as far as it goes: whatever layers of encoding an application could take off.
//!
//! A round takes off one layer of each kind, in the order of their use on the way from a client to an interpreter. Rounds are
//! repeated until nothing changes, at most [`MAX_ROUNDS`] times. No step makes a value longer, so the work is linear.

pub(super) mod base64;
mod entities;
mod escapes;
mod percent;
pub(super) mod unicode;

use super::charset::{self, AMPERSAND, BACKSLASH, HIGH, PERCENT, PLUS};

pub(super) use escapes::{css, json};

/// How often a value is decoded: more layers than any chain of real applications takes off.
const MAX_ROUNDS: usize = 5;

/// What was seen while decoding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The [classes](charset::classes) of the decoded bytes.
    pub classes: u32,
    /// A `%` that begins no encoded byte, in the value as sent.
    pub broken_percent: bool,
    /// UTF-8 that is longer than it need be: a second way to write an ASCII character.
    pub overlong: bool,
    /// An ASCII letter that was written as `\u0061`.
    pub escaped_letter: bool,
}

/// Decodes a value whose [classes](charset::classes) are known into `out`, with `spare` as a second buffer. In a `form`, a plus sign
/// stands for a space.
pub(super) fn decode(
    value: &[u8],
    classes: u32,
    form: bool,
    out: &mut Vec<u8>,
    spare: &mut Vec<u8>,
) -> Decoded {
    let mut seen = Decoded {
        classes,
        ..Decoded::default()
    };
    out.clear();
    out.extend_from_slice(value);
    for round in 0..MAX_ROUNDS {
        let plus = form && round == 0;
        let mut changed = false;
        if seen.classes & PERCENT != 0 || (plus && seen.classes & PLUS != 0) {
            let step = percent::decode(out, plus, spare);
            seen.broken_percent |= step.broken && round == 0;
            if step.changed {
                std::mem::swap(out, spare);
                seen.classes = charset::classes(out);
                changed = true;
            }
        }
        if seen.classes & AMPERSAND != 0 && entities::decode(out, spare) {
            std::mem::swap(out, spare);
            seen.classes = charset::classes(out);
            changed = true;
        }
        if seen.classes & BACKSLASH != 0 && escapes::javascript(out, spare) {
            seen.escaped_letter |= escapes::has_escaped_letter(out);
            std::mem::swap(out, spare);
            seen.classes = charset::classes(out);
            changed = true;
        }
        if seen.classes & HIGH != 0 {
            let step = unicode::fold(out, spare);
            seen.overlong |= step.overlong;
            if step.changed {
                std::mem::swap(out, spare);
                seen.classes = charset::classes(out);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    seen
}

/// Decodes one layer of the encoding of forms into `out`.
pub(super) fn form(value: &[u8], out: &mut Vec<u8>) {
    percent::decode(value, true, out);
}

/// Adds a character as UTF-8.
fn push_char(out: &mut Vec<u8>, code: u32) {
    // Halves of surrogate pairs and numbers that are no character stand for one that can't be shown.
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
pub(super) fn decoded(value: &[u8], form: bool) -> Vec<u8> {
    let (mut out, mut spare) = (Vec::new(), Vec::new());
    decode(value, charset::classes(value), form, &mut out, &mut spare);
    out
}

#[cfg(test)]
mod tests {
    use super::{decode, decoded};
    use crate::shield::charset;
    use proptest::prelude::*;

    #[test]
    fn layers_come_off_in_any_order() {
        for (value, expected) in [
            (&b"plain"[..], &b"plain"[..]),
            (b"a+b", b"a+b"),
            (b"%3Cscript%3E", b"<script>"),
            (b"%253Cscript%253E", b"<script>"),
            (b"%25253Cscript%25253E", b"<script>"),
            (b"%26lt%3Bscript%26%2362%3B", b"<script>"),
            (b"\\u003cscript\\x3e", b"<script>"),
            (b"%5Cu003cscript%5Cu003e", b"<script>"),
            (b"%c0%ae%c0%ae%c0%af", b"../"),
            (b"%25c0%25ae", b"."),
            (b"%uff1cscript%uff1e", b"<script>"),
            (b"100% sure", b"100% sure"),
            (b"%", b"%"),
            (b"%4", b"%4"),
            (b"", b""),
        ] {
            assert_eq!(decoded(value, false), expected, "{}", value.escape_ascii());
        }
        assert_eq!(decoded(b"a+b%2Bc", true), b"a b+c");
    }

    #[test]
    fn what_was_odd_is_noted() {
        let notes = |value: &[u8]| {
            let (mut out, mut spare) = (Vec::new(), Vec::new());
            let seen = decode(value, charset::classes(value), false, &mut out, &mut spare);
            (seen.broken_percent, seen.overlong, seen.escaped_letter)
        };
        assert_eq!(notes(b"50%25 off"), (false, false, false));
        assert_eq!(notes(b"50% off"), (true, false, false));
        assert_eq!(notes(b"%c0%af"), (false, true, false));
        assert_eq!(notes(b"%5cu0061lert"), (false, false, true));
        assert_eq!(notes(b"\\u003calert"), (false, false, false));
    }

    proptest! {
        #[test]
        fn decoding_never_panics_and_never_grows(value in proptest::collection::vec(any::<u8>(), 0..200), form: bool) {
            prop_assert!(decoded(&value, form).len() <= value.len());
        }

        #[test]
        fn encodings_never_panic_and_never_grow(value in "([%&#\\\\xu0-9a-f{};\u{ff00}-\u{ff5e}]|&lt;|%[0-9a-f]{2}|\\\\u[0-9a-f]{4}){0,80}") {
            prop_assert!(decoded(value.as_bytes(), true).len() <= value.len());
        }

        #[test]
        fn safe_values_stay(value in "[A-Za-z0-9_.~-]{0,80}") {
            prop_assert_eq!(decoded(value.as_bytes(), true), value.as_bytes());
        }
    }
}
