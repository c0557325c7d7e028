//! Which bytes a value holds: decides in one pass what has to be done with it.

/// Letters, digits and `-_.~`: nothing to decode, and nothing that ends a text in any language.
pub(super) const SAFE: u32 = 0;
/// Space, tab and line ends.
pub(super) const SPACE: u32 = 1;
/// Line ends.
pub(super) const BREAK: u32 = 1 << 14;
/// `%`.
pub(super) const PERCENT: u32 = 1 << 1;
/// `+`.
pub(super) const PLUS: u32 = 1 << 2;
/// `&`.
pub(super) const AMPERSAND: u32 = 1 << 3;
/// `\`.
pub(super) const BACKSLASH: u32 = 1 << 4;
/// Bytes from 0x80 on.
pub(super) const HIGH: u32 = 1 << 5;
/// Control characters but tab and line ends.
pub(super) const CONTROL: u32 = 1 << 6;
/// `"`, `'` and `` ` ``.
pub(super) const QUOTE: u32 = 1 << 7;
/// `<`, `>`, `(`, `)`, `}`, `[` and `]`.
pub(super) const BRACKET: u32 = 1 << 8;
/// `;` and `|`.
pub(super) const SEPARATOR: u32 = 1 << 15;
/// `=`.
pub(super) const ASSIGN: u32 = 1 << 16;
/// `#` and `@`.
pub(super) const MARK: u32 = 1 << 17;
/// `(`, a bracket too.
pub(super) const OPEN: u32 = 1 << 18;
/// `)`, a bracket too.
pub(super) const CLOSE: u32 = 1 << 20;
/// `'` and `"`, quotes too.
pub(super) const STRING: u32 = 1 << 21;
/// `}`, a bracket too.
pub(super) const BRACE: u32 = 1 << 19;
/// What code is made of.
pub(super) const CODE: u32 = BRACKET | SEPARATOR | ASSIGN | MARK;
/// `/`.
pub(super) const SLASH: u32 = 1 << 9;
/// `^`.
pub(super) const CARET: u32 = 1 << 10;
/// `,`, `:` and `?`: neither letters nor much else.
pub(super) const PUNCTUATION: u32 = 1 << 11;
/// `$` and `{`, where a shell expands something.
pub(super) const EXPANSION: u32 = 1 << 12;
/// `*` and `!`, of which comments are made.
pub(super) const COMMENT: u32 = 1 << 13;

/// `.`: in safe values too.
pub(super) const DOT: u32 = 1 << 22;
/// What SQL's syntax needs where there is no quote: white space, control characters, brackets, operators, comments, variables.
pub(super) const SQL: u32 = 1 << 23;
/// `'`, a string's quote too.
pub(super) const SINGLE: u32 = 1 << 24;
/// `"`, a string's quote too.
pub(super) const DOUBLE: u32 = 1 << 25;
/// `` ` ``, a quote too.
pub(super) const BACKTICK: u32 = 1 << 26;
/// `:`, punctuation too.
pub(super) const COLON: u32 = 1 << 27;
/// `<`, a bracket too.
pub(super) const TAG: u32 = 1 << 28;
/// `[`, a bracket too.
pub(super) const SQUARE: u32 = 1 << 29;

/// `A` to `Z`: in safe values too, and in no view.
pub(super) const UPPER: u32 = 1 << 30;

/// What a value is made of that is a word or a number: no sign but those of safe values. The build script makes a table of the literals
/// that such values can hold.
pub(super) const OF_WORDS: u32 = DOT | UPPER;
/// What ordinary text, addresses and dates are made of, likewise.
pub(super) const OF_TEXT: u32 = OF_WORDS
    | SPACE
    | SQL
    | PERCENT
    | PLUS
    | HIGH
    | QUOTE
    | STRING
    | SINGLE
    | DOUBLE
    | ASSIGN
    | MARK
    | SLASH
    | PUNCTUATION
    | COLON;

static CLASSES: [u32; 256] = {
    let mut classes = [SAFE; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = class(byte as u8);
        byte += 1;
    }
    classes
};

/// The class of a byte, or more than one.
pub(super) const fn class(byte: u8) -> u32 {
    let of_sql = matches!(
        byte,
        0..=b' '
            | b'`'
            | b'('
            | b')'
            | b'*'
            | b'#'
            | b';'
            | b'='
            | b'<'
            | b'>'
            | b'|'
            | b'&'
            | b'@'
            | b'$'
            | b'['
            | 0xA0
    );
    let own = match byte {
        b' ' | b'\t' => SPACE,
        b'\r' | b'\n' => SPACE | BREAK,
        b'%' => PERCENT,
        b'+' => PLUS,
        b'&' => AMPERSAND,
        b'\\' => BACKSLASH,
        0x80.. => HIGH,
        0..=0x1f | 0x7f => CONTROL,
        b'"' => QUOTE | STRING | DOUBLE,
        b'\'' => QUOTE | STRING | SINGLE,
        b'`' => QUOTE | BACKTICK,
        b'/' => SLASH,
        b'^' => CARET,
        b',' | b'?' => PUNCTUATION,
        b':' => PUNCTUATION | COLON,
        b'$' | b'{' => EXPANSION,
        b'(' => BRACKET | OPEN,
        b')' => BRACKET | CLOSE,
        b'}' => BRACKET | BRACE,
        b'<' => BRACKET | TAG,
        b'[' => BRACKET | SQUARE,
        b'>' | b']' => BRACKET,
        b';' | b'|' => SEPARATOR,
        b'=' => ASSIGN,
        b'#' | b'@' => MARK,
        b'*' | b'!' => COMMENT,
        b'.' => DOT,
        b'A'..=b'Z' => UPPER,
        _ => SAFE,
    };
    if of_sql { own | SQL } else { own }
}

/// The classes of all bytes of a value together.
pub(super) fn classes(value: &[u8]) -> u32 {
    let class = |byte: u8| CLASSES[usize::from(byte)];
    // Eight at a time: nothing has to be decided between them.
    let of_eight = |all: u32, &[a, b, c, d, e, f, g, h]: &[u8; 8]| {
        all | class(a) | class(b) | class(c) | class(d) | class(e) | class(f) | class(g) | class(h)
    };
    match value.last_chunk() {
        // The last eight take up bytes that were looked at already.
        Some(last) => of_eight(value.as_chunks().0.iter().fold(SAFE, of_eight), last),
        None => value.iter().fold(SAFE, |all, byte| all | class(*byte)),
    }
}

/// Whether a text holds a byte of a set: as fast for long texts without one.
pub(super) fn holds(text: &[u8], set: &[bool; 256]) -> bool {
    let has = |byte: u8| set[usize::from(byte)];
    let eight_have = |&[a, b, c, d, e, f, g, h]: &[u8; 8]| {
        has(a) | has(b) | has(c) | has(d) | has(e) | has(f) | has(g) | has(h)
    };
    match text.last_chunk() {
        // The last eight take up bytes that were looked at already.
        Some(last) => text.as_chunks().0.iter().any(eight_have) || eight_have(last),
        None => text.iter().any(|byte| has(*byte)),
    }
}

/// Whether a value of these classes holds letters, digits and `-_.~` only.
pub(super) fn is_safe(classes: u32) -> bool {
    classes & !(DOT | UPPER) == SAFE
}

/// The value of a hexadecimal digit.
pub(super) fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_all_bytes_add_up() {
        assert!(is_safe(classes(b"Az09-_.~")));
        for (value, expected) in [
            (&b"a b"[..], SPACE | SQL),
            (b"a\r\n", SPACE | BREAK | SQL),
            (b"%41+\\", PERCENT | PLUS | BACKSLASH),
            (
                "\u{e9}\0'".as_bytes(),
                HIGH | CONTROL | QUOTE | STRING | SINGLE | SQL,
            ),
            (
                b"<a/b^c,d&",
                BRACKET | TAG | SQL | SLASH | CARET | PUNCTUATION | AMPERSAND,
            ),
        ] {
            assert_eq!(classes(value), expected, "{}", value.escape_ascii());
            assert!(!is_safe(expected));
        }
    }

    #[test]
    fn no_byte_is_left_out() {
        let mut quotes = [false; 256];
        quotes[usize::from(b'\'')] = true;
        for length in 1..40 {
            for place in 0..length {
                let mut value = vec![b'a'; length];
                assert!(!holds(&value, &quotes));
                value[place] = b'\'';
                assert!(holds(&value, &quotes), "{place} of {length}");
                assert_eq!(classes(&value), class(b'\''), "{place} of {length}");
            }
        }
    }
}
