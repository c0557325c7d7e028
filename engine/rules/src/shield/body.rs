//! The body: what format it has, whatever it says, and how that is opened.

mod form;
pub(super) mod graphql;
pub(super) mod json;
mod multipart;
mod xml;

use std::{borrow::Cow, ops::Range};

use super::{
    charset,
    finding::{Category, Finding, Place},
    inspector::{Encoding, Inspector},
    reason::Part,
    source::Source,
};
use crate::request::Request;

/// The body as a whole.
pub(super) const BODY: Source<'static> = Source::new(Part::Body, Place::Body, b"");
/// How much of the beginning of a body decides whether it is text.
const SNIFFED: usize = 1024;
/// How serialized objects of Java begin.
const JAVA_STREAM: &[u8] = b"\xac\xed\x00\x05";

/// Formats of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Form,
    Multipart,
    Json,
    Xml,
    Graphql,
    Plain,
    /// No text, or only at its beginning.
    Binary,
    /// A picture, a sound or a font, which nobody reads as text.
    Media,
}

/// Looks at the body, as far as the configuration wants it.
pub(super) fn inspect(request: &Request<'_>, inspector: &mut Inspector<'_>) {
    let limit = inspector.settings.body_limit.min(request.body.len());
    let body = &request.body[..limit];
    if body.is_empty() {
        return;
    }
    inspector.begin_body(body.len());
    if body.starts_with(JAVA_STREAM) {
        let finding = Finding {
            detector: "deserialization.java-stream",
            category: Category::Deserialization,
            score: 5,
        };
        inspector.report(finding, BODY);
    }
    let content_type = request.header("content-type").unwrap_or_default();
    match format(content_type, body) {
        Format::Form => {
            form::inspect(body, inspector);
            // Which of both the application reads, nobody says.
            if body.trim_ascii_start().starts_with(b"<?xml") {
                let _ = xml::inspect(body, inspector);
            }
        }
        Format::Multipart => multipart::inspect(body, content_type, inspector),
        Format::Json if json::inspect(body, Source::new(Part::Body, Place::BodyValue, b""), inspector) => {}
        Format::Xml => {
            let json = xml::inspect(body, inspector);
            // Without the name it may be a piece of a page.
            if !contains_ignore_case(content_type, b"xml") {
                inspector.value(&without(body, &json), BODY, Encoding::Plain);
            }
        }
        Format::Graphql => graphql::inspect(body, BODY, inspector),
        Format::Json | Format::Plain => inspector.value(body, BODY, Encoding::Form),
        Format::Binary => inspector.value(text_start(body), BODY, Encoding::Plain),
        Format::Media => {}
    }
}

/// The body without the pieces at `places`.
fn without<'b>(body: &'b [u8], places: &[Range<usize>]) -> Cow<'b, [u8]> {
    if places.is_empty() {
        return body.into();
    }
    let mut rest = Vec::with_capacity(body.len());
    let mut from = 0;
    for place in places {
        rest.extend_from_slice(&body[from..place.start]);
        from = place.end;
    }
    rest.extend_from_slice(&body[from..]);
    rest.into()
}

/// What format a body has: what it says, unless it looks like something else. Whether it is compressed is told by its looks only: most
/// servers don't read `content-encoding`, so it may say anything.
fn format(content_type: &[u8], body: &[u8]) -> Format {
    let essence = content_type
        .split(|byte| *byte == b';')
        .next()
        .unwrap_or_default()
        .trim_ascii();
    let is = |name: &[u8]| essence.eq_ignore_ascii_case(name);
    let starts = |name: &[u8]| {
        essence
            .get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let ends = |name: &[u8]| {
        let from = essence.len().saturating_sub(name.len());
        essence[from..].eq_ignore_ascii_case(name)
    };
    if starts(b"multipart/") {
        return Format::Multipart;
    }
    let declared_form = is(b"application/x-www-form-urlencoded");
    // Some bytes that are no text don't keep an application from reading what it expects.
    let is_readable = || match body.trim_ascii_start() {
        [b'{' | b'[', ..] => is(b"application/json") || ends(b"+json"),
        _ => declared_form && looks_like_form(body),
    };
    if is_binary(body) && !is_readable() {
        return Format::Binary;
    }
    if [&b"image/"[..], b"video/", b"audio/", b"font/"]
        .iter()
        .any(|name| starts(name))
        && !ends(b"+xml")
    {
        return Format::Media;
    }
    if is(b"application/graphql") {
        return Format::Graphql;
    }
    match body.trim_ascii_start() {
        // A form's first name can begin with a bracket; if this is no JSON it is looked at as text.
        [b'{' | b'[', ..] if !declared_form || json::is_likely(body) => Format::Json,
        [b'<', b'?' | b'!' | b'a'..=b'z' | b'A'..=b'Z', ..] if !declared_form => Format::Xml,
        [0xef, 0xbb, 0xbf, b'<', ..] => Format::Xml,
        _ if declared_form || looks_like_form(body) => Format::Form,
        _ => Format::Plain,
    }
}

/// Whether the body is a form, whatever it says: a short name, then `=`.
fn looks_like_form(body: &[u8]) -> bool {
    const MAX_NAME: usize = 256;
    let start = &body[..body.len().min(MAX_NAME)];
    let Some(end) = start.iter().position(|byte| *byte == b'=') else {
        return false;
    };
    let classes = charset::classes(&start[..end]);
    end > 0 && classes & (charset::SPACE | charset::CONTROL | charset::HIGH) == 0
}

fn contains_ignore_case(text: &[u8], searched: &[u8]) -> bool {
    text.windows(searched.len())
        .any(|part| part.eq_ignore_ascii_case(searched))
}

/// What comes before the first NUL byte or other control character: programs in C read no further.
pub(super) fn text_start(body: &[u8]) -> &[u8] {
    let end = body.iter().position(|byte| is_control(*byte));
    &body[..end.unwrap_or(body.len())]
}

const fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f)
}

/// Whether bytes are no text: NUL bytes or other control characters, or much that is not UTF-8.
pub(super) fn is_binary(body: &[u8]) -> bool {
    let start = &body[..body.len().min(SNIFFED)];
    let control = |byte: &u8| u8::from(is_control(*byte));
    // So many at a time that one byte can count them, as vectors of bytes do.
    let controls = start.chunks(usize::from(u8::MAX));
    let controls: usize = controls
        .map(|part| usize::from(part.iter().map(control).sum::<u8>()))
        .sum();
    let mut broken = 0;
    if std::str::from_utf8(start).is_err() {
        for chunk in start.utf8_chunks() {
            broken += chunk.invalid().len();
        }
    }
    // The cut may go through a character.
    controls * 50 > start.len() || broken.saturating_sub(3) * 10 > start.len()
}

#[cfg(test)]
mod tests {
    use super::{Format, format};

    #[test]
    fn formats_are_recognised_by_what_is_said_and_by_looks() {
        use Format::{Binary, Form, Graphql, Json, Multipart, Plain, Xml};
        for (content_type, body, expected) in [
            (
                "application/x-www-form-urlencoded; charset=utf-8",
                &b"a=b"[..],
                Form,
            ),
            ("APPLICATION/X-WWW-FORM-URLENCODED", b"justtext", Form),
            ("application/x-www-form-urlencoded", b"{\"a\": 1}", Json),
            ("application/x-www-form-urlencoded", b"[x]=1&b=2", Form),
            ("application/json", b" {\"a\": 1}", Json),
            ("text/plain", b"[1, 2]", Json),
            ("text/plain", b"a=b", Form),
            ("text/plain", b"hello, x = y", Plain),
            ("", b"<a/>", Xml),
            ("application/soap+xml", b"\xef\xbb\xbf<a/>", Xml),
            ("application/json", b"<a/>", Xml),
            ("text/plain", b"< 3", Plain),
            ("multipart/form-data; boundary=x", b"\0\0", Multipart),
            ("application/graphql", b"{ me { id } }", Graphql),
            ("image/png", b"text", Format::Media),
            ("image/svg+xml", b"<svg/>", Xml),
            ("application/x-protobuf", b"\x08\x96\x01\x12\x07test=in", Binary),
            ("application/octet-stream", b"\x1f\x8b\x08\0\0\0", Binary),
            ("", "\u{4f60}\u{597d}".as_bytes(), Plain),
            ("application/x-www-form-urlencoded", b"a=\x01\x02\xff&b=c", Form),
            (
                "application/x-www-form-urlencoded",
                b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR=",
                Binary,
            ),
            ("application/json", b"{\"a\": \"\xff\xff\xff\xff\xff\"}", Json),
            ("application/json", b"\x1f\x8b\x08\0\0\0\0\0\0\x03", Binary),
        ] {
            assert_eq!(
                format(content_type.as_bytes(), body),
                expected,
                "{content_type} {}",
                body.escape_ascii()
            );
        }
    }
}
