//! Escapes with a backslash: JavaScript's, JSON's and those of style sheets.

use super::push_char;
use crate::{shield::charset::hex, swar};

/// Decodes `\x3c`, `\u003c`, `\u{3c}` and `\074` into `out`; false if there was nothing to decode. Other escapes stay: in paths of
/// Windows a backslash is a separator.
pub(super) fn javascript(value: &[u8], out: &mut Vec<u8>) -> bool {
    replace(value, out, |text, out| {
        let (code, used) = match text {
            [_, b'x' | b'X', a, b, ..] => (digits(&[*a, *b])?, 4),
            [_, b'u' | b'U', b'{', rest @ ..] => {
                let end = rest.iter().take(9).position(|byte| *byte == b'}')?;
                (digits(&rest[..end])?, end + 4)
            }
            [_, b'u' | b'U', rest @ ..] => return utf16(text, rest, out),
            [_, a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] => (
                u32::from(a - b'0') * 64 + u32::from(b - b'0') * 8 + u32::from(c - b'0'),
                4,
            ),
            _ => return None,
        };
        push_char(out, code);
        Some(used)
    })
}

/// Whether a text holds an ASCII letter written as `\u0061`.
pub(super) fn has_escaped_letter(value: &[u8]) -> bool {
    let mut rest = value;
    while let Some(at) = swar::find(rest, [b'\\']) {
        rest = &rest[at + 1..];
        if let [b'u', b'0', b'0', b'4'..=b'7', _, ..] = rest
            && let Some(code) = rest.get(3..5).and_then(digits)
            && char::from_u32(code).is_some_and(|letter| letter.is_ascii_alphabetic())
        {
            return true;
        }
    }
    false
}

/// Decodes the escapes of a JSON string into `out`. What is no escape of JSON stays.
pub(in crate::shield) fn json(value: &[u8], out: &mut Vec<u8>) {
    replace(value, out, |text, out| {
        let byte = match text.get(1)? {
            b'u' => return utf16(text, &text[2..], out),
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            byte @ (b'"' | b'\\' | b'/') => *byte,
            _ => return None,
        };
        out.push(byte);
        Some(2)
    });
}

/// Decodes the escapes of style sheets, `\3c ` with up to six digits, into `out`; false if there was nothing to decode.
pub(in crate::shield) fn css(value: &[u8], out: &mut Vec<u8>) -> bool {
    replace(value, out, |text, out| {
        let count = text[1..]
            .iter()
            .take(6)
            .take_while(|byte| hex(**byte).is_some())
            .count();
        let code = digits(&text[1..=count])?;
        // The two-digit minimum keeps the output from growing; one digit is a control character.
        if count < 2 {
            return None;
        }
        push_char(out, code);
        let ends_with_space = matches!(text.get(count + 1), Some(b' ' | b'\t' | b'\n' | b'\r'));
        Some(count + 1 + usize::from(ends_with_space))
    })
}

/// Replaces escapes. The closure sees the text from a backslash on, writes what it stands for, and says how many bytes it took.
fn replace(value: &[u8], out: &mut Vec<u8>, escape: impl Fn(&[u8], &mut Vec<u8>) -> Option<usize>) -> bool {
    out.clear();
    let mut changed = false;
    let mut rest = value;
    while let Some(at) = swar::find(rest, [b'\\']) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        if let Some(used) = escape(rest, out) {
            rest = &rest[used..];
            changed = true;
        } else {
            out.push(b'\\');
            rest = &rest[1..];
        }
    }
    out.extend_from_slice(rest);
    changed
}

/// Decodes the four digits after `\u`, and a second escape if they are half of a pair.
fn utf16(text: &[u8], rest: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let code = digits(rest.get(..4)?)?;
    let second = match text.get(6..12) {
        Some([b'\\', b'u' | b'U', rest @ ..]) if (0xd800..0xdc00).contains(&code) => digits(rest),
        _ => None,
    };
    match second {
        Some(low @ 0xdc00..0xe000) => {
            push_char(out, 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00));
            Some(12)
        }
        _ => {
            push_char(out, code);
            Some(6)
        }
    }
}

/// The number that at most eight hexadecimal digits write.
fn digits(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 8 {
        return None;
    }
    text.iter()
        .try_fold(0u32, |code, byte| Some(code << 4 | u32::from(hex(*byte)?)))
}

#[cfg(test)]
mod tests {
    use super::{css, javascript, json};

    #[test]
    fn javascript_escapes() {
        for (value, expected) in [
            (&br"\x3cb\x3E"[..], &b"<b>"[..]),
            (br"\u003c\u{3c}\u{00003c}", b"<<<"),
            (br"\ud83d\ude00\ud83d", "\u{1f600}\u{fffd}".as_bytes()),
            (br"\074\101", b"<A"),
            (br"c:\users\new\x", br"c:\users\new\x"),
            (br"\u{}\u12", br"\u{}\u12"),
            (br"\u{1111111111}", br"\u{1111111111}"),
            (br"\", br"\"),
        ] {
            let mut out = Vec::new();
            assert_eq!(
                javascript(value, &mut out),
                expected != value,
                "{}",
                value.escape_ascii()
            );
            assert_eq!(out, expected, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn json_escapes() {
        let mut out = Vec::new();
        json(br#"a\"b\\n\u0041\n\/\q\"#, &mut out);
        assert_eq!(out, b"a\"b\\nA\n/\\q\\");
    }

    #[test]
    fn css_escapes() {
        for (value, expected) in [
            (&br"\6a avascript"[..], &b"javascript"[..]),
            (br"\00006aavascript", b"javascript"),
            (br"\65xpression", b"expression"),
            (br"\zoom\a", br"\zoom\a"),
        ] {
            let mut out = Vec::new();
            assert_eq!(
                css(value, &mut out),
                expected != value,
                "{}",
                value.escape_ascii()
            );
            assert_eq!(out, expected, "{}", value.escape_ascii());
        }
    }
}
