//! Line ends and other control characters where they let a value become a header or end a text early.

use super::{
    charset::{BREAK, CONTROL, HIGH},
    decode::Decoded,
    finding::{Category, Finding, Place},
};

/// Headers that only an attacker puts after a line end.
const HEADERS: [&[u8]; 9] = [
    b"set-cookie",
    b"content-length",
    b"content-type",
    b"transfer-encoding",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"access-control-allow-origin",
    b"x-xss-protection",
    b"content-security-policy",
];
/// Headers whose names people write, too.
const WORDS: [&[u8]; 4] = [b"location", b"host", b"refresh", b"link"];

/// How long a value in a body is, at least, that may be source code.
const LONG: usize = 48;

/// Adds what a decoded value holds of that kind.
pub(super) fn detect(value: &[u8], seen: Decoded, place: Place, hits: &mut Vec<Finding>) {
    let mut add = |detector, category, score| {
        hits.push(Finding {
            detector,
            category,
            score,
        });
    };
    let in_body = matches!(place, Place::BodyName | Place::BodyValue | Place::Body);
    if seen.overlong {
        // Half characters of other encodings look like it, too, but they don't come alone.
        let score = if seen.classes & HIGH == 0 { 5 } else { 2 };
        add("protocol.overlong-utf8", Category::Protocol, score);
    }
    if seen.escaped_letter {
        // No program writes letters so; source code does now and then.
        add(
            "protocol.escaped-letter",
            Category::Protocol,
            if in_body && value.len() > LONG { 2 } else { 5 },
        );
    }
    if seen.broken_percent && !in_body {
        add("protocol.broken-percent", Category::Protocol, 1);
    }
    if seen.classes & CONTROL != 0 && value.contains(&0) {
        add("protocol.nul", Category::Protocol, if in_body { 3 } else { 5 });
    }
    if seen.classes & BREAK == 0 {
        return;
    }
    match place {
        Place::Path => add("header-injection.path-line-break", Category::HeaderInjection, 5),
        Place::QueryName => add("header-injection.name-line-break", Category::HeaderInjection, 5),
        _ => {}
    }
    if is_header_list(value, place) {
        return;
    }
    if let Some(score) = header_after_break(value, place) {
        add("header-injection.header-line", Category::HeaderInjection, score);
    }
}

/// Whether a value is a list of headers, as tools that watch requests report them in bodies: that was not injected into anything.
pub(super) fn is_header_list(value: &[u8], place: Place) -> bool {
    let in_body = matches!(place, Place::BodyValue | Place::Body);
    in_body && value.iter().any(is_break) && is_header(value.split(is_break).next().unwrap_or_default())
}

fn is_break(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Whether a line is a header of any name.
fn is_header(line: &[u8]) -> bool {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let colon = line.iter().take(64).position(|byte| *byte == b':');
    colon.is_some_and(|colon| colon > 0 && line[..colon].iter().all(is_token))
}

/// The highest score of a line that is a header or begins a message.
fn header_after_break(value: &[u8], place: Place) -> Option<u8> {
    let is_header_place = matches!(
        place,
        Place::HeaderValue | Place::Cookie | Place::UserAgent | Place::Referer
    );
    let lines = value.split(is_break).skip(1);
    lines
        .filter_map(|line| {
            let starts = |text: &[u8]| {
                line.get(..text.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(text))
            };
            if starts(b"http/1.") || starts(b"http/2") {
                return Some(5);
            }
            let colon = line.iter().take(64).position(|byte| *byte == b':')?;
            let name = line[..colon].trim_ascii();
            let among = |list: &[&[u8]]| list.iter().any(|known| name.eq_ignore_ascii_case(known));
            if among(&HEADERS) || (is_header_place && is_header(line)) {
                Some(5)
            } else if among(&WORDS) {
                Some(if matches!(place, Place::QueryValue | Place::Path) {
                    5
                } else {
                    2
                })
            } else {
                None
            }
        })
        .max()
}

#[cfg(test)]
mod tests {
    use super::{Decoded, Finding, Place, detect};
    use crate::shield::charset;

    #[test]
    fn line_ends_count_where_they_matter() {
        for (value, place, expected) in [
            (&b"a\r\nSet-Cookie: b=c"[..], Place::QueryValue, &[5][..]),
            (b"a\nLocation: Vienna", Place::BodyValue, &[2]),
            (b"a\nb: c", Place::BodyValue, &[]),
            (b"date: x\r\ncontent-type: text/plain", Place::BodyValue, &[]),
            (b"a\nb: c", Place::HeaderValue, &[5]),
            (b"a\nb", Place::Path, &[5]),
            (b"a\nb", Place::QueryName, &[5]),
            (b"two\nlines", Place::QueryValue, &[]),
            (b"x\r\n\r\nHTTP/1.1 200 OK", Place::QueryValue, &[5]),
            (b"a\0", Place::QueryValue, &[5]),
            (b"a\0", Place::BodyValue, &[3]),
        ] {
            let mut hits = Vec::new();
            let seen = Decoded {
                classes: charset::classes(value),
                ..Decoded::default()
            };
            detect(value, seen, place, &mut hits);
            let scores: Vec<u8> = hits.iter().map(|hit: &Finding| hit.score).collect();
            assert_eq!(scores, expected, "{}", value.escape_ascii());
        }
    }
}
