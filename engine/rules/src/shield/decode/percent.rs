//! Percent encoding: `%3c`, Microsoft's `%u003c`, and `+` for a space.

use super::push_char;
use crate::{shield::charset::hex, swar};

/// What became of a value.
pub(super) struct Step {
    pub changed: bool,
    /// A `%` that begins no encoded byte.
    pub broken: bool,
}

/// Decodes one layer into `out`.
pub(super) fn decode(value: &[u8], plus: bool, out: &mut Vec<u8>) -> Step {
    out.clear();
    let mut step = Step {
        changed: false,
        broken: false,
    };
    let mut rest = value;
    // Where there is no plus sign to find, it finds the percent sign twice.
    let encoded_as = [b'%', if plus { b'+' } else { b'%' }];
    while let Some(at) = swar::find(rest, encoded_as) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let used = if rest[0] == b'+' {
            out.push(b' ');
            1
        } else {
            encoded(rest, out)
        };
        if used == 0 {
            out.push(b'%');
            rest = &rest[1..];
            step.broken = true;
        } else {
            rest = &rest[used..];
            step.changed = true;
        }
    }
    out.extend_from_slice(rest);
    step
}

/// Decodes the encoded byte or character that a text begins with. Returns how many bytes it took, or 0 if there is none.
fn encoded(text: &[u8], out: &mut Vec<u8>) -> usize {
    match text {
        [_, b'u' | b'U', a, b, c, d, ..] => {
            let digits = [hex(*a), hex(*b), hex(*c), hex(*d)];
            let [Some(a), Some(b), Some(c), Some(d)] = digits else {
                return 0;
            };
            push_char(out, u32::from_be_bytes([0, 0, a << 4 | b, c << 4 | d]));
            6
        }
        [_, high, low, ..] => match (hex(*high), hex(*low)) {
            (Some(high), Some(low)) => {
                out.push(high << 4 | low);
                3
            }
            _ => 0,
        },
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn one_layer_comes_off() {
        for (value, plus, expected, broken) in [
            (&b"a%20b"[..], false, &b"a b"[..], false),
            (b"a+b", true, b"a b", false),
            (b"a+b", false, b"a+b", false),
            (b"%2541", false, b"%41", false),
            (b"%u0041%U00e9", false, "A\u{e9}".as_bytes(), false),
            (b"%ud800", false, "\u{fffd}".as_bytes(), false),
            (b"%zz%4", false, b"%zz%4", true),
            (b"%u00g1", false, b"%u00g1", true),
            (b"%%41", false, b"%A", true),
        ] {
            let mut out = Vec::new();
            let step = decode(value, plus, &mut out);
            assert_eq!(out, expected, "{}", value.escape_ascii());
            assert_eq!(
                (step.changed, step.broken),
                (expected != value, broken),
                "{}",
                value.escape_ascii()
            );
        }
    }
}
