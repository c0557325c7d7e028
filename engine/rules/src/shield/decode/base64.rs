//! Text in base64, in both alphabets, with or without padding.

use crate::shield::charset::{ASSIGN, PLUS, SLASH, SPACE, SQL};

/// The [classes](crate::shield::charset::classes) of which the digits and the padding are.
pub(in crate::shield) const CLASSES: u32 = SPACE | PLUS | SLASH | ASSIGN | SQL;
/// The shortest value that is tried: six bytes of text.
const MIN_LENGTH: usize = 8;
/// How many bytes decide whether a value is decoded.
const PROBE: usize = 9;
/// How long a value is at most: shorter text never hides among so much.
const MAX_LENGTH: usize = 16 * 1024;

/// Decodes a value into `out` if it is the base64 of text; false if it is not.
///
/// A value that lost or gained characters at its beginning is tried at all four places where a group can begin.
pub(in crate::shield) fn text(value: &[u8], out: &mut Vec<u8>) -> bool {
    let value = trim(value);
    if value.len() < MIN_LENGTH || value.len() > MAX_LENGTH {
        return false;
    }
    (0..4).any(|shift| begins_as_text(value, shift) && decode(value, shift, out))
}

/// Whether the first bytes that [`decode`] knows as a whole are text; most words end here.
fn begins_as_text(value: &[u8], shift: u32) -> bool {
    let Some(digits) = value.first_chunk::<5>() else {
        return false;
    };
    let digits = digits.map(|byte| DIGITS[usize::from(byte)]);
    if digits.contains(&NO_DIGIT) {
        return false;
    }
    let bits = digits.iter().fold(0, |bits, digit| bits << 6 | u32::from(*digit));
    // Of the thirty bits, what comes before the first whole byte was with the missing characters.
    let before = (8 - 6 * shift % 8) % 8;
    (1..=3).all(|byte| is_text((bits >> (30 - before - 8 * byte)) as u8))
}

fn trim(value: &[u8]) -> &[u8] {
    let padding = value.iter().rev().take_while(|byte| **byte == b'=').count();
    // Two at most belong there; lenient readers take no notice of one more.
    if padding > 3 {
        &[]
    } else {
        &value[..value.len() - padding]
    }
}

/// Decodes a value as if `shift` characters were missing at its beginning.
fn decode(value: &[u8], shift: u32, out: &mut Vec<u8>) -> bool {
    out.clear();
    let (mut bits, mut count) = (0u32, 6 * shift);
    // The first byte or two of a shifted value are only half known.
    let mut unknown = (6 * shift).div_ceil(8);
    let mut odd = 0;
    for byte in value {
        let digit = DIGITS[usize::from(*byte)];
        if digit == NO_DIGIT {
            return false;
        }
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count < 8 {
            continue;
        }
        count -= 8;
        let byte = (bits >> count) as u8;
        bits &= (1 << count) - 1;
        if unknown > 0 {
            unknown -= 1;
            if byte.is_ascii_graphic() {
                out.push(byte);
            }
            continue;
        }
        if !is_text(byte) {
            odd += 1;
            if out.len() < PROBE {
                return false;
            }
        }
        out.push(byte);
    }
    // Nineteen of twenty bytes are text, or all but one, as a NUL byte at the end.
    out.len() >= MIN_LENGTH * 3 / 4 - 1 && (odd <= 1 || odd * 20 <= out.len())
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n')
}

/// What stands for no digit in [`DIGITS`].
const NO_DIGIT: u8 = u8::MAX;

static DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut byte = 0;
    while byte < 256 {
        digits[byte] = match byte as u8 {
            letter @ b'A'..=b'Z' => letter - b'A',
            letter @ b'a'..=b'z' => letter - b'a' + 26,
            digit @ b'0'..=b'9' => digit - b'0' + 52,
            // A plus sign that was read as that of a form is a space.
            b'+' | b'-' | b' ' => 62,
            b'/' | b'_' => 63,
            _ => NO_DIGIT,
        };
        byte += 1;
    }
    digits
};

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn text_is_decoded_and_other_things_are_not() {
        for (value, expected) in [
            (
                &b"PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="[..],
                Some(&b"<script>alert(1)</script>"[..]),
            ),
            (
                b"PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg",
                Some(b"<script>alert(1)</script>"),
            ),
            (b"DQpRVUlUDQo", Some(b"\r\nQUIT\r\n")),
            // One and two characters of the group before.
            (b"BwcHJvY2Vzc2J1aWxkZXI", Some(b"processbuilder")),
            (b"BpbnZva2VydHJhbnNmb3JtZXI", Some(b"invokertransformer")),
            (b"short", None),
            (b"application", None),
            (b"d41d8cd98f00b204e9800998ecf8427e", None),
            (b"not base64!", None),
            (b"====", None),
        ] {
            let mut out = Vec::new();
            let found = text(value, &mut out).then_some(&*out);
            let ends = |found: &[u8]| expected.is_some_and(|expected| found.ends_with(expected));
            assert_eq!(found.is_some(), expected.is_some(), "{}", value.escape_ascii());
            assert!(
                found.is_none_or(ends),
                "{} {}",
                value.escape_ascii(),
                out.escape_ascii()
            );
        }
    }
}
