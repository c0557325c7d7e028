//! Signs that a message is made to be read in two ways: what one server takes for the end of a request, another reads on from.

use super::{
    content_type,
    finding::{Category, Finding, Place},
    inspector::Inspector,
    reason::Part,
    source::Source,
};
use crate::{request::Request, swar};

/// Looks at the framing of a message and at its method.
pub(super) fn inspect(request: &Request<'_>, inspector: &mut Inspector<'_>) {
    let mut add = |detector, score, part, place, name: &[u8]| {
        let finding = Finding {
            detector,
            category: Category::Protocol,
            score,
        };
        inspector.report(finding, Source::new(part, place, name));
    };
    let mut header = |detector, name: &[u8]| add(detector, 5, Part::Header, Place::HeaderValue, name);
    let mut length: Option<&[u8]> = None;
    let mut coding: Option<&[u8]> = None;
    let mut host: Option<&[u8]> = None;
    for (name, value) in request.headers {
        let (name, value) = (*name, value.trim_ascii());
        if !begins_telling(name) {
            // None of those below.
        } else if name.eq_ignore_ascii_case(b"content-length") {
            if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
                header("protocol.content-length", name);
            }
            if length.is_some_and(|first| first != value) {
                header("protocol.two-content-lengths", name);
            }
            length = Some(value);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if coding.is_some() || !is_known_coding(value) {
                header("protocol.transfer-encoding", name);
            }
            coding = Some(value);
        } else if name.eq_ignore_ascii_case(b"host") {
            if host.is_some_and(|first| !first.eq_ignore_ascii_case(value)) {
                header("protocol.two-hosts", name);
            }
            host = Some(value);
        } else if name.eq_ignore_ascii_case(b"content-type") {
            if let Some(detector) = content_type::oddity(value) {
                header(detector, name);
            }
        } else if name.eq_ignore_ascii_case(b"connection") {
            let says = |word: &[u8]| options(value).any(|option| option.eq_ignore_ascii_case(word));
            if says(b"close") && says(b"keep-alive") || repeats(value) {
                header("protocol.connection", name);
            }
        } else if name.eq_ignore_ascii_case(b"range") {
            if !is_ordinary_range(value) {
                header("protocol.range", name);
            }
        } else if name.eq_ignore_ascii_case(b"request-range") {
            // The form of browsers of the nineties, which servers still answer and filters forget.
            header("protocol.request-range", name);
        } else if name.eq_ignore_ascii_case(b"accept") {
            let evades = options(value).any(|kind| content_type::oddity(kind) == Some("protocol.charset"));
            if evades {
                header("protocol.charset", name);
            }
        } else if name.eq_ignore_ascii_case(b"proxy") {
            // Becomes `HTTP_PROXY` in the environment of CGI programs, which many clients obey.
            header("protocol.proxy-header", name);
        } else if name.eq_ignore_ascii_case(b"cookie") {
            // Cookies of an obsolete standard, in which quotes hide semicolons.
            if value
                .get(..8)
                .is_some_and(|start| start.eq_ignore_ascii_case(b"$version"))
            {
                header("protocol.old-cookie", name);
            }
        }
        if matches!(name, [b, ..] | [.., b] if b.is_ascii_whitespace()) {
            // `Transfer-Encoding : chunked`.
            header("protocol.space-around-header-name", name.trim_ascii());
        }
    }
    if length.is_some() && coding.is_some() {
        header("protocol.length-and-transfer-encoding", b"transfer-encoding");
    }
    // The standard allows more, no method that is registered has it.
    let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !request.method.iter().all(is_usual) {
        add("protocol.method", 5, Part::Method, Place::Method, b"");
    }
}

/// Whether a header's name begins like one of those that say something of the framing: most of a browser's don't.
fn begins_telling(name: &[u8]) -> bool {
    let first = name.first().map_or(0, u8::to_ascii_lowercase);
    matches!(first, b'a' | b'c' | b'h' | b'p' | b'r' | b't')
}

/// The parts of a list.
fn options(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    swar::split(value, b',').map(<[u8]>::trim_ascii)
}

/// Whether `close` or `keep-alive` is said twice.
fn repeats(value: &[u8]) -> bool {
    [&b"close"[..], b"keep-alive"].iter().any(|word| {
        let said = options(value).filter(|option| option.eq_ignore_ascii_case(word));
        said.count() > 1
    })
}

/// Whether a server can answer the ranges that are asked for without harm: not many of them, none backwards.
fn is_ordinary_range(value: &[u8]) -> bool {
    const MAX_RANGES: usize = 5;
    let Some(at) = value.iter().position(|byte| *byte == b'=') else {
        return true;
    };
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<u64>().ok();
    let backwards = |range: &[u8]| {
        let dash = range.iter().position(|byte| *byte == b'-');
        let ends = dash.and_then(|dash| number(&range[..dash]).zip(number(&range[dash + 1..])));
        ends.is_some_and(|(first, last)| last < first)
    };
    let ranges = &value[at + 1..];
    options(ranges).count() <= MAX_RANGES && !options(ranges).any(backwards)
}

/// Whether transfer codings are ones that exist.
fn is_known_coding(value: &[u8]) -> bool {
    let known = [
        &b"chunked"[..],
        b"gzip",
        b"deflate",
        b"compress",
        b"x-gzip",
        b"identity",
    ];
    options(value).all(|coding| known.iter().any(|known| coding.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::inspect;
    use crate::{
        request::Request,
        shield::{
            config::{Settings, Shield},
            inspector::Inspector,
            session::Origin,
        },
    };

    fn found(method: &str, headers: &[(&str, &str)]) -> Vec<&'static str> {
        let headers: Vec<(&[u8], &[u8])> = headers
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
            .collect();
        let request = Request {
            method: method.as_bytes(),
            headers: &headers,
            ..Request::default()
        };
        let settings = Settings::new(0, &Shield::default()).expect("the defaults are right");
        let mut inspector = Inspector::new(&settings, Origin::Unknown);
        inspect(&request, &mut inspector);
        inspector
            .finish()
            .detections
            .iter()
            .map(|detection| detection.detector)
            .collect()
    }

    #[test]
    fn messages_with_two_readings_are_found() {
        for (headers, expected) in [
            (&[("content-length", "5")][..], &[][..]),
            (&[("Transfer-Encoding", "gzip, chunked")], &[]),
            (&[("content-length", "5"), ("content-length", "5")], &[]),
            (
                &[("content-length", "5"), ("Content-Length", "6")],
                &["protocol.two-content-lengths"],
            ),
            (&[("content-length", "+5")], &["protocol.content-length"]),
            (
                &[("content-length", "5"), ("transfer-encoding", "chunked")],
                &["protocol.length-and-transfer-encoding"],
            ),
            (
                &[("transfer-encoding", "xchunked")],
                &["protocol.transfer-encoding"],
            ),
            (&[("connection", "keep-alive, close")], &["protocol.connection"]),
            (&[("connection", "keep-alive, upgrade")], &[]),
            (&[("connection", "close, close")], &["protocol.connection"]),
            (&[("Request-Range", "bytes=0-1")], &["protocol.request-range"]),
            (
                &[("accept", "text/html;q=0.9;charset=cp1026,*/*")],
                &["protocol.charset"],
            ),
            (&[("accept", "text/html;q=0.9;charset=utf-8,*/*")], &[]),
            (&[("range", "bytes=0-99,200-,-5")], &[]),
            (&[("range", "bytes=5-0")], &["protocol.range"]),
            (&[("range", "bytes=0-,1-,2-,3-,4-,5-")], &["protocol.range"]),
            (&[("Proxy", "http://a")], &["protocol.proxy-header"]),
            (&[("cookie", "$Version=1; a=\"b; c\"")], &["protocol.old-cookie"]),
            (
                &[("content-type", "text/plain; charset=utf-7")],
                &["protocol.charset"],
            ),
            (&[("host", "a"), ("host", "b")], &["protocol.two-hosts"]),
            (
                &[("transfer-encoding ", "chunked")],
                &["protocol.space-around-header-name"],
            ),
        ] {
            assert_eq!(found("GET", headers), expected, "{headers:?}");
        }
        assert_eq!(found("GET /a", &[]), ["protocol.method"]);
        assert_eq!(found("|GET", &[]), ["protocol.method"]);
        assert_eq!(found("VERSION-CONTROL", &[]), <[&str; 0]>::default());
    }
}
