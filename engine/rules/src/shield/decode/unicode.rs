//! Second ways to write ASCII characters: overlong UTF-8, fullwidth and other look-alike forms that servers and databases convert.

use super::push_char;

/// What became of a value.
pub(super) struct Step {
    pub changed: bool,
    /// UTF-8 that was longer than it need be.
    pub overlong: bool,
}

/// Writes ASCII for what stands for it into `out`, and drops characters that have no width.
pub(super) fn fold(value: &[u8], out: &mut Vec<u8>) -> Step {
    out.clear();
    let mut step = Step {
        changed: false,
        overlong: false,
    };
    let mut rest = value;
    // Fullwidth punctuation is ordinary in Chinese and Japanese text; between ASCII characters it is not.
    let mut after_ascii = true;
    while let Some(at) = rest.iter().position(|byte| *byte >= 0x80) {
        out.extend_from_slice(&rest[..at]);
        after_ascii |= at > 0;
        rest = &rest[at..];
        let (code, used) = character(rest);
        let folded = code.and_then(|code| ascii(code, after_ascii));
        match (code, folded) {
            (_, Some(text)) => {
                out.extend_from_slice(text);
                step.changed = true;
                after_ascii = true;
            }
            (Some(code @ 0..0x80), None) => {
                push_char(out, code);
                step.changed = true;
                step.overlong = true;
                after_ascii = true;
            }
            _ => {
                out.extend_from_slice(&rest[..used]);
                after_ascii = false;
            }
        }
        rest = &rest[used..];
    }
    out.extend_from_slice(rest);
    step
}

/// The character that a text begins with, and how many bytes it takes. Overlong forms of ASCII are read as what they stand for;
/// anything else that is not UTF-8 is one byte without a character.
fn character(text: &[u8]) -> (Option<u32>, usize) {
    let low = |byte: u8| u32::from(byte & 0x3f);
    let tail = |byte: u8| byte & 0xc0 == 0x80;
    match *text {
        [a @ 0xc0..0xe0, b, ..] if tail(b) => (Some(u32::from(a & 0x1f) << 6 | low(b)), 2),
        [a @ 0xe0..0xf0, b, c, ..] if tail(b) && tail(c) => {
            (Some(u32::from(a & 0x0f) << 12 | low(b) << 6 | low(c)), 3)
        }
        [a @ 0xf0..0xf8, b, c, d, ..] if tail(b) && tail(c) && tail(d) => (
            Some(u32::from(a & 0x07) << 18 | low(b) << 12 | low(c) << 6 | low(d)),
            4,
        ),
        _ => (None, 1),
    }
}

/// What a character stands for, if that is ASCII or nothing at all.
fn ascii(code: u32, after_ascii: bool) -> Option<&'static [u8]> {
    /// The printable characters of ASCII, in their order.
    const PRINTABLE: &[u8; 94] =
        br##"!"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~"##;
    let printable = |offset: u32| PRINTABLE.get(offset as usize..=offset as usize);
    match code {
        // Fullwidth forms.
        0xff01..=0xff5e if after_ascii => printable(code - 0xff01),
        // Letters in circles.
        0x24b6..=0x24cf => printable(code - 0x24b6 + 32),
        0x24d0..=0x24e9 => printable(code - 0x24d0 + 64),
        // Spaces.
        0xa0 | 0x2000..=0x200a | 0x202f | 0x205f | 0x3000 => Some(b" "),
        0x2028 | 0x2029 => Some(b"\n"),
        // No width: soft hyphen, joiners, marks of direction and of byte order.
        0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2064 | 0xfeff => Some(b""),
        // Slashes, dots, quotes.
        0x2044 | 0x2215 => Some(b"/"),
        0x2216 => Some(b"\\"),
        0x2024 => Some(b"."),
        0x2025 => Some(b".."),
        0x2b9 | 0x2bc | 0x2c8 => Some(b"'"),
        0x2ba => Some(b"\""),
        // What becomes an ASCII letter when its case is changed.
        0x212a => Some(b"k"),
        0x17f => Some(b"s"),
        0x130 | 0x131 => Some(b"i"),
        // What becomes a line end or an angle bracket when its upper byte is cut off.
        0x560a => Some(b"\n"),
        0x560d => Some(b"\r"),
        0x563c => Some(b"<"),
        0x563e => Some(b">"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn ascii_has_one_form() {
        for (value, expected, overlong) in [
            (&b"\xc0\xae\xc0\xaf"[..], &b"./"[..], true),
            (b"\xe0\x80\xaf\xf0\x80\x80\xaf", b"//", true),
            (
                "\u{ff1c}\u{ff53}\u{ff43}\u{ff52}\u{ff1e}".as_bytes(),
                b"<scr>",
                false,
            ),
            ("\u{24bc}\u{24de}\u{24de}gle".as_bytes(), b"Google", false),
            ("a\u{200b}b\u{a0}c".as_bytes(), b"ab c", false),
            (
                "\u{4f60}\u{597d}\u{ff08}\u{ff09}".as_bytes(),
                "\u{4f60}\u{597d}\u{ff08}\u{ff09}".as_bytes(),
                false,
            ),
            (b"\xff\xfe\xc0", b"\xff\xfe\xc0", false),
            ("caf\u{e9}".as_bytes(), "caf\u{e9}".as_bytes(), false),
        ] {
            let mut out = Vec::new();
            let step = fold(value, &mut out);
            assert_eq!(out, expected, "{}", value.escape_ascii());
            assert_eq!(
                (step.changed, step.overlong),
                (expected != value, overlong),
                "{}",
                value.escape_ascii()
            );
        }
    }
}
