//! The headers: which of them carry text of the client's choice, and cookies.

use super::{
    charset, command,
    finding::Place,
    inspector::{Encoding, Inspector},
    pairs,
    reason::Part,
    source::Source,
};
use crate::{browser, request::Request, swar};

/// Whether a header, given in lower case, has a syntax of its own that browsers and proxies write. Such a header is looked at only if
/// it holds what that syntax doesn't.
fn is_structured(name: &[u8]) -> bool {
    name.starts_with(b"sec-")
        || matches!(
            name,
            b"accept"
                | b"accept-charset"
                | b"accept-encoding"
                | b"accept-language"
                | b"access-control-request-headers"
                | b"access-control-request-method"
                | b"age"
                | b"alt-used"
                | b"cache-control"
                | b"cdn-loop"
                | b"connection"
                | b"content-encoding"
                | b"content-length"
                | b"content-type"
                | b"date"
                | b"dnt"
                | b"downlink"
                | b"ect"
                | b"expect"
                | b"host"
                | b"if-match"
                | b"if-modified-since"
                | b"if-none-match"
                | b"if-range"
                | b"if-unmodified-since"
                | b"keep-alive"
                | b"origin"
                | b"pragma"
                | b"priority"
                | b"proxy-connection"
                | b"purpose"
                | b"range"
                | b"rtt"
                | b"save-data"
                | b"te"
                | b"trailer"
                | b"transfer-encoding"
                | b"upgrade"
                | b"upgrade-insecure-requests"
                | b"via"
                | b"x-requested-with"
        )
}

/// The bytes that names of headers don't hold.
static ODD: [bool; 256] = {
    let mut odd = [true; 256];
    let mut byte = 0;
    while byte < 256 {
        odd[byte] = !((byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'-' | b'_'));
        byte += 1;
    }
    odd
};

/// The bytes that have no place in headers with a syntax of their own.
static FOREIGN: [bool; 256] = {
    let mut foreign = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        foreign[byte] = matches!(byte as u8, b'$' | b'{' | b'<' | b'`' | b'|' | b'%' | b'\'' | 0..=8 | 0x0a..=0x1f | 0x7f..);
        byte += 1;
    }
    foreign
};

/// Looks at all headers.
pub(super) fn inspect(request: &Request<'_>, inspector: &mut Inspector<'_>) {
    for (name, value) in request.headers {
        let mut buffer = [0; 64];
        // Servers hand on names in lower case, as HTTP/2 wants them.
        let name = match swar::has_upper(name) {
            true => lower(name, &mut buffer),
            false => name,
        };
        if inspector.is_excluded(name) {
            continue;
        }
        if name == b"cookie" {
            cookies(value, inspector);
            continue;
        }
        if charset::holds(name, &ODD) {
            inspector.value(
                name,
                Source::new(Part::Header, Place::HeaderName, name),
                Encoding::Plain,
            );
        }
        if name == b"user-agent" && browser::is_widespread(value) {
            continue;
        }
        let place = match name {
            b"user-agent" => Place::UserAgent,
            b"referer" if !is_hand_made(value) => Place::Referer,
            _ if is_file_name(name) => Place::FileName,
            _ => Place::HeaderValue,
        };
        if is_structured(name) && !charset::holds(value, &FOREIGN) {
            continue;
        }
        let value = if name == b"authorization" {
            credentials(value)
        } else {
            value
        };
        let source = Source::new(Part::Header, place, name);
        if command::is_name(name)
            && let Some(finding) = command::detect(value)
        {
            inspector.report(finding, source);
        }
        inspector.value(value, source, Encoding::Plain);
    }
}

/// Whether a text is no address, or one with characters that browsers write with a percent sign: then it is no page that somebody came from.
fn is_hand_made(address: &[u8]) -> bool {
    /// More than `android-app:` has.
    const LONGEST_SCHEME: usize = 16;
    let scheme = address.iter().take(LONGEST_SCHEME).position(|byte| *byte == b':');
    let is_address = scheme.is_some_and(|end| address[end..].starts_with(b"://"));
    !is_address || swar::find(address, [b'<', b'>', b'"']).is_some()
}

/// Whether a header says under which name an upload is kept: `X-File-Name`, `X_Filename`.
fn is_file_name(name: &[u8]) -> bool {
    let letters = name.iter().filter(|byte| !matches!(byte, b'-' | b'_' | b'.'));
    letters.eq(b"xfilename")
}

fn lower<'a>(name: &'a [u8], buffer: &'a mut [u8; 64]) -> &'a [u8] {
    match buffer.get_mut(..name.len()) {
        Some(lower) => {
            lower.copy_from_slice(name);
            lower.make_ascii_lowercase();
            lower
        }
        None => name,
    }
}

/// Credentials without the name of their scheme.
fn credentials(value: &[u8]) -> &[u8] {
    match value.iter().position(|byte| *byte == b' ') {
        Some(at) => value[at..].trim_ascii(),
        None => value,
    }
}

/// Looks at the names and values of cookies.
fn cookies(header: &[u8], inspector: &mut Inspector<'_>) {
    for cookie in swar::split(header, b';') {
        let (name, value) = pairs::split(cookie.trim_ascii());
        if inspector.is_excluded(name) {
            continue;
        }
        let source = Source::new(Part::Cookie, Place::Cookie, name);
        inspector.value(name, source, Encoding::Plain);
        if let Some(value) = value {
            let quoted = value
                .strip_prefix(b"\"")
                .and_then(|value| value.strip_suffix(b"\""));
            inspector.value(quoted.unwrap_or(value), source, Encoding::Plain);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Inspector, Part, Place, Source};
    use crate::{
        browser,
        shield::{
            config::{Settings, Shield},
            session::Origin,
        },
    };

    #[test]
    fn nothing_is_found_in_the_user_agents_that_are_passed_over() {
        let settings = Settings::new(0, &Shield::default()).expect("the defaults are right");
        for user_agent in browser::tests::all() {
            let mut inspector = Inspector::new(&settings, Origin::Unknown);
            let source = Source::new(Part::Header, Place::UserAgent, b"user-agent");
            inspector.value(user_agent.as_bytes(), source, Encoding::Plain);
            assert_eq!(inspector.finish().detections, [], "{user_agent}");
        }
    }
}
