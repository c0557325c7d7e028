//! Text in base64, in hexadecimal digits, or in the escapes of URLs, HTML and programming languages.

/// How long a run of characters has to be, and how much of it is decoded, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 20..=4096;

/// How many escapes a text has to have to be read without them.
const LEAST_ESCAPES: usize = 3;

/// The texts that are encoded within a text.
pub(super) fn texts(text: &str) -> impl Iterator<Item = String> {
    runs(text).chain(unescaped(text))
}

fn runs(text: &str) -> impl Iterator<Item = String> {
    let is_part = |byte: char| byte.is_ascii_alphanumeric() || matches!(byte, '+' | '/' | '-' | '_');
    text.split(move |character| !is_part(character))
        .filter(|run| run.len() >= *LENGTHS.start())
        .filter_map(|run| {
            let run = &run.as_bytes()[..run.len().min(*LENGTHS.end())];
            hexadecimal(run).or_else(|| base64(run))
        })
}

fn hexadecimal(run: &[u8]) -> Option<String> {
    let (pairs, []) = run.as_chunks::<2>() else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let bytes = pairs
        .iter()
        .map(|[high, low]| Some((digit(*high)? * 16 + digit(*low)?) as u8))
        .collect::<Option<Vec<_>>>()?;
    readable(bytes)
}

/// Both alphabets of RFC 4648, without padding.
fn base64(run: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(run.len() / 4 * 3);
    let mut bits: u32 = 0;
    let mut count = 0;
    for byte in run {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    readable(bytes)
}

/// The bytes as text, if they are text for people: words and spaces.
fn readable(mut bytes: Vec<u8>) -> Option<String> {
    // The last character may be cut.
    if let Err(error) = std::str::from_utf8(&bytes) {
        if error.error_len().is_some() {
            return None;
        }
        bytes.truncate(error.valid_up_to());
    }
    let text = String::from_utf8(bytes).ok()?;
    let is_text = |character: char| !character.is_control() || matches!(character, '\n' | '\r' | '\t');
    (text.contains(' ') && text.chars().all(is_text)).then_some(text)
}

/// The text without its escapes: `%20`, `&#32;`, `&#x20;`, `\x20`, `\u0020`. Nothing if there are hardly any.
fn unescaped(text: &str) -> Option<String> {
    if !text.contains(['%', '&', '\\']) {
        return None;
    }
    let mut result = String::with_capacity(text.len());
    let mut count = 0;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        match escape(rest) {
            Some((length, decoded)) => {
                result.push(decoded);
                count += 1;
                rest = &rest[length..];
            }
            None => {
                result.push(character);
                rest = &rest[character.len_utf8()..];
            }
        }
    }
    (count >= LEAST_ESCAPES).then_some(result)
}

/// The escape that the text starts with, its length and character. Bytes of characters beyond ASCII are not put together.
fn escape(text: &str) -> Option<(usize, char)> {
    let number = |start: usize, length: usize, radix: u32| {
        let digits = text.get(start..start + length)?;
        let value = u32::from_str_radix(digits, radix).ok()?;
        Some((start + length, char::from_u32(value)?))
    };
    match text.as_bytes() {
        [b'%', ..] => number(1, 2, 16),
        [b'\\', b'x', ..] => number(2, 2, 16),
        [b'\\', b'u', ..] => number(2, 4, 16),
        [b'&', b'#', hex @ (b'x' | b'X' | b'0'..=b'9'), ..] => {
            let (start, radix) = if hex.is_ascii_digit() { (2, 10) } else { (3, 16) };
            let length = text.get(start..)?.bytes().take(7).position(|byte| byte == b';')?;
            let (end, character) = number(start, length, radix)?;
            Some((end + 1, character))
        }
        _ => None,
    }
}
