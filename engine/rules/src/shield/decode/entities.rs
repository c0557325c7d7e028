//! HTML character references: numbers, and the names of characters that matter in code.

use super::push_char;

/// Names of characters, of HTML's list, and whether the name counts without a semicolon.
const NAMES: [(&[u8], u8, bool); 38] = [
    (b"lt", b'<', true),
    (b"gt", b'>', true),
    (b"quot", b'"', true),
    (b"amp", b'&', true),
    (b"apos", b'\'', false),
    (b"nbsp", b' ', true),
    (b"Tab", b'\t', false),
    (b"NewLine", b'\n', false),
    (b"colon", b':', false),
    (b"semi", b';', false),
    (b"lpar", b'(', false),
    (b"rpar", b')', false),
    (b"lbrace", b'{', false),
    (b"lcub", b'{', false),
    (b"rbrace", b'}', false),
    (b"rcub", b'}', false),
    (b"lbrack", b'[', false),
    (b"lsqb", b'[', false),
    (b"rbrack", b']', false),
    (b"rsqb", b']', false),
    (b"equals", b'=', false),
    (b"sol", b'/', false),
    (b"bsol", b'\\', false),
    (b"dollar", b'$', false),
    (b"num", b'#', false),
    (b"percnt", b'%', false),
    (b"grave", b'`', false),
    (b"DiacriticalGrave", b'`', false),
    (b"comma", b',', false),
    (b"period", b'.', false),
    (b"excl", b'!', false),
    (b"quest", b'?', false),
    (b"ast", b'*', false),
    (b"plus", b'+', false),
    (b"lowbar", b'_', false),
    (b"verbar", b'|', false),
    (b"vert", b'|', false),
    (b"Hat", b'^', false),
];

/// The longest of these names.
const MAX_NAME: usize = 16;
/// The longest of those that count without a semicolon.
const MAX_BARE: usize = 4;

/// Decodes one layer into `out`; false if there was nothing to decode.
pub(super) fn decode(value: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    let mut changed = false;
    let mut rest = value;
    while let Some(at) = memchr::memchr(b'&', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let used = reference(rest, out);
        if used == 0 {
            out.push(b'&');
            rest = &rest[1..];
        } else {
            rest = &rest[used..];
            changed = true;
        }
    }
    out.extend_from_slice(rest);
    changed
}

/// Decodes the reference that a text begins with. Returns how many bytes it took, or 0 if there is none.
fn reference(text: &[u8], out: &mut Vec<u8>) -> usize {
    match text {
        [_, b'#', b'x' | b'X', rest @ ..] => number(rest, 16, out).map_or(0, |used| used + 3),
        [_, b'#', rest @ ..] => number(rest, 10, out).map_or(0, |used| used + 2),
        [_, rest @ ..] => name(rest, out).map_or(0, |used| used + 1),
        [] => 0,
    }
}

fn number(text: &[u8], radix: u32, out: &mut Vec<u8>) -> Option<usize> {
    let digit = |byte: &u8| char::from(*byte).to_digit(radix);
    let digits = text.iter().map_while(digit);
    let (count, code) = digits.fold((0, 0u32), |(count, code), digit| {
        (count + 1, code.saturating_mul(radix).saturating_add(digit))
    });
    if count == 0 {
        return None;
    }
    // What takes fewer bytes than the character's UTF-8 is no ASCII character, and no concern: `&#9` is 3 bytes for 1.
    push_char(out, code);
    Some(count + usize::from(text.get(count) == Some(&b';')))
}

fn name(text: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric();
    let length = text.iter().take(MAX_NAME + 1).take_while(is_name).count();
    let end = text.get(length);
    let closed = end == Some(&b';');
    if length < 2 || (!closed && (length > MAX_BARE || end == Some(&b'='))) {
        return None;
    }
    // Browsers respect case; filters between them and the client might not.
    let is_it =
        |(name, _, bare): &&(&[u8], u8, bool)| (closed || *bare) && text[..length].eq_ignore_ascii_case(name);
    let (_, byte, _) = NAMES.iter().find(is_it)?;
    out.push(*byte);
    Some(length + usize::from(closed))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn references_are_decoded_once() {
        for (value, expected) in [
            (&b"&lt;b&gt;"[..], &b"<b>"[..]),
            (b"&LT;&ltb", b"<&ltb"),
            (b"&lt b", b"< b"),
            (b"&lt=5", b"&lt=5"),
            (b"&#60;&#x3C;&#x3c", b"<<<"),
            (b"&#0000000000000060;", b"<"),
            (b"&#99999999999999;", "\u{fffd}".as_bytes()),
            (b"&#;&#x;&#xg", b"&#;&#x;&#xg"),
            (b"&amp;lt;", b"&lt;"),
            (b"java&NewLine;script&colon;", b"java\nscript:"),
            (b"a&b=c", b"a&b=c"),
            (b"&", b"&"),
        ] {
            let mut out = Vec::new();
            assert_eq!(
                decode(value, &mut out),
                expected != value,
                "{}",
                value.escape_ascii()
            );
            assert_eq!(out, expected, "{}", value.escape_ascii());
        }
    }
}
