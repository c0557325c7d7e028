//! Texts written in expressions: `"quoted"`, `r"raw"`, `r#"raw"#`, and bytes such as `0a:65-ff.00`.

use super::{cursor::Cursor, fault::Fault};

const NO_END: &str = "could not find an ending quote";
const EXPECTED_QUOTE: &str = "expected \" or r";
/// There is nothing where something must be.
pub(super) const NOTHING_LEFT: &str = "unrecognised input";

/// Takes a text in any of the ways to write it.
pub(super) fn take(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, Fault> {
    match cursor.peek() {
        Some('"' | 'r') => take_string(cursor),
        Some(_) => take_bytes(cursor),
        None => Err(cursor.fault(NOTHING_LEFT)),
    }
}

/// Takes a quoted or raw text.
pub(super) fn take_string(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, Fault> {
    if cursor.eat("\"") {
        take_quoted(cursor)
    } else if cursor.eat("r") {
        Ok(take_raw(cursor)?.as_bytes().to_vec())
    } else if cursor.is_at_end() {
        Err(cursor.fault(NOTHING_LEFT))
    } else {
        Err(cursor.fault(EXPECTED_QUOTE))
    }
}

/// Takes the rest of a quoted text, after its first quote.
pub(super) fn take_quoted(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, Fault> {
    let start = cursor.at();
    let mut text = Vec::new();
    loop {
        match cursor.next() {
            None => return Err(cursor.fault_from(start, NO_END)),
            Some('"') => return Ok(text),
            Some('\\') => text.extend(take_escape(cursor, start)?.encode()),
            Some(other) => text.extend(Piece::Character(other).encode()),
        }
    }
}

/// Part of a quoted text.
enum Piece {
    Character(char),
    Byte(u8),
}

impl Piece {
    fn encode(&self) -> impl Iterator<Item = u8> + use<> {
        let mut bytes = [0; 4];
        let count = match *self {
            Self::Character(character) => character.encode_utf8(&mut bytes).len(),
            Self::Byte(byte) => {
                bytes[0] = byte;
                1
            }
        };
        bytes.into_iter().take(count)
    }
}

/// Takes what follows a backslash.
fn take_escape(cursor: &mut Cursor<'_>, start: usize) -> Result<Piece, Fault> {
    let escaped = cursor.at();
    match cursor.peek() {
        None => Err(cursor.fault_from(start, NO_END)),
        Some('0'..='7') => Ok(Piece::Byte(take_byte(cursor, 3, 8)?)),
        Some(other) => {
            cursor.next();
            match other {
                '"' | '\\' => Ok(Piece::Character(other)),
                'x' => Ok(Piece::Byte(take_byte(cursor, 2, 16)?)),
                _ => Err(Fault::new(
                    "expected \", xHH or OOO after \\",
                    cursor.since(escaped),
                )),
            }
        }
    }
}

/// Takes a byte in digits.
fn take_byte(cursor: &mut Cursor<'_>, digits: usize, radix: u32) -> Result<u8, Fault> {
    let start = cursor.at();
    let digits = cursor.take(digits)?;
    u8::from_str_radix(digits, radix).map_err(|error| {
        let what = format!("{error} while parsing with radix {radix}");
        Fault::new(what, cursor.since(start))
    })
}

/// Takes bytes in hexadecimal digits, at least two.
fn take_bytes(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, Fault> {
    let mut bytes = vec![take_byte(cursor, 2, 16)?];
    let start = cursor.at();
    let separator = cursor.take(1)?;
    if !is_separator(separator) {
        return Err(Fault::new("expected byte separator", cursor.since(start)));
    }
    loop {
        bytes.push(take_byte(cursor, 2, 16)?);
        let mut ahead = *cursor;
        match ahead.take(1) {
            Ok(separator) if is_separator(separator) => *cursor = ahead,
            _ => return Ok(bytes),
        }
    }
}

fn is_separator(text: &str) -> bool {
    matches!(text, ":" | "-" | ".")
}

/// Takes the rest of a raw text, after its `r`: it ends at a quote with as many `#` after it as there are before its first.
pub(super) fn take_raw<'t>(cursor: &mut Cursor<'t>) -> Result<&'t str, Fault> {
    let start = cursor.at();
    let mut hashes = 0;
    while cursor.eat("#") {
        hashes += 1;
    }
    if hashes > usize::from(u8::MAX) {
        let what = "invalid raw string hash count, there can't be more than 255 #s";
        return Err(cursor.fault_from(start, what));
    }
    if !cursor.eat("\"") {
        return Err(cursor.fault("expected \" or #"));
    }
    let text = cursor.rest();
    let mut after = 0;
    for part in text.split_inclusive('"') {
        after += part.len();
        let closing = text[after..]
            .bytes()
            .take(hashes)
            .take_while(|byte| *byte == b'#')
            .count();
        if part.ends_with('"') && closing == hashes {
            cursor.eat(&text[..after + hashes]);
            return Ok(&text[..after - 1]);
        }
    }
    Err(cursor.fault_from(start, NO_END))
}
