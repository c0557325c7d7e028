//! A line of an access log in Common or Combined Log Format, as Apache and nginx write them.
//!
//! ```text
//! 192.0.2.1 - jane [10/Oct/2025:13:55:36 -0700] "GET /a?b HTTP/1.1" 200 2326 "https://example.com/" "Mozilla/5.0"
//! ```
//!
//! A line may begin with the virtual host (Apache's `vhost_combined`). Of what stands behind the user agent, one more quoted list of
//! addresses is taken for `X-Forwarded-For`, as in nginx's `main`; the rest is ignored.

use std::net::IpAddr;

use super::{Parts, Target, Unread, bad, time};

/// Whether a line is one of a log.
pub(in super::super) fn is_log_line(line: &[u8]) -> bool {
    !matches!(read(line.trim_ascii()), Err(Unread::Bad(_)))
}

/// Reads a line.
pub(super) fn read(line: &[u8]) -> Result<Parts, Unread> {
    let open = position(line, b'[').ok_or_else(|| bad("no time in brackets"))?;
    let close = position(&line[open..], b']').map(|at| open + at);
    let close = close.ok_or_else(|| bad("no time in brackets"))?;
    let time = std::str::from_utf8(&line[open + 1..close])
        .ok()
        .and_then(time::of_log);
    let time = time.ok_or_else(|| bad("the time in brackets is not as in 10/Oct/2025:13:55:36 -0700"))?;

    let client = String::from_utf8_lossy(&line[..open]);
    let mut names = client.split_whitespace();
    let first = names.next().ok_or_else(|| bad("no client"))?;
    // Address, identity and user; or the virtual host and then these.
    let is_ip = |text: &str| text.parse::<IpAddr>().is_ok();
    let second = names.next().filter(|second| is_ip(second) && !is_ip(first));
    let (host, ip) = match second {
        Some(ip) => (Some(first.to_owned()), ip),
        None => (None, first),
    };

    let mut rest = &line[close + 1..];
    let request = quoted(&mut rest).ok_or_else(|| bad("no request in quotes"))?;
    let (method, target, protocol) = request_line(&request)?;
    let mut parts = Parts {
        method,
        target,
        protocol,
        host: host.map(|host| host.strip_suffix(":80").unwrap_or(&host).to_owned()),
        ip: Some(ip.to_owned()),
        time: Some(time),
        ..Parts::default()
    };
    for name in ["referer", "user-agent"] {
        if let Some(value) = quoted(&mut rest).filter(|value| !value.is_empty() && value != b"-") {
            parts.headers.push((name.to_owned(), value));
        }
    }
    if let Some(value) = quoted(&mut rest)
        && std::str::from_utf8(&value).is_ok_and(|text| text.split(',').all(|address| is_ip(address.trim())))
    {
        parts.headers.push(("x-forwarded-for".to_owned(), value));
    }
    Ok(parts)
}

/// Method, target and protocol. A target may hold spaces, because clients may send them.
fn request_line(line: &[u8]) -> Result<(String, Target, Option<String>), Unread> {
    let text = String::from_utf8_lossy(line);
    if text.trim().is_empty() || text == "-" {
        return Err(Unread::Skipped("a connection without a request"));
    }
    let (method, rest) = text
        .split_once(' ')
        .ok_or(Unread::Skipped("not a request of HTTP"))?;
    if method.is_empty() || method.contains(|c: char| c.is_control()) {
        return Err(Unread::Skipped("not a request of HTTP"));
    }
    let (target, protocol) = match rest.rsplit_once(' ') {
        Some((target, protocol)) if protocol.starts_with("HTTP/") => (target, Some(protocol.to_owned())),
        _ => (rest, None),
    };
    Ok((method.to_owned(), Target::of(target), protocol))
}

/// The next text in quotes, without the escapes of Apache and nginx; `rest` is then what is behind it.
fn quoted(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let start = position(rest, b'"')? + 1;
    let mut value = Vec::new();
    let mut bytes = rest[start..].iter().copied().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                *rest = &rest[start + at + 1..];
                return Some(value);
            }
            b'\\' => {
                let inside = &rest[start + at + 1..];
                let (byte, length) = escape(inside).unwrap_or((b'\\', 0));
                value.push(byte);
                for _ in 0..length {
                    bytes.next();
                }
            }
            byte => value.push(byte),
        }
    }
    None
}

/// What stands behind a backslash: the byte, and how many bytes it is written in.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    Some(match text.first()? {
        b'x' | b'X' => {
            let digits = std::str::from_utf8(text.get(1..3)?).ok()?;
            (u8::from_str_radix(digits, 16).ok()?, 3)
        }
        b'n' => (b'\n', 1),
        b'r' => (b'\r', 1),
        b't' => (b'\t', 1),
        b'b' => (8, 1),
        b'v' => (11, 1),
        b'f' => (12, 1),
        byte @ (b'"' | b'\\') => (*byte, 1),
        _ => return None,
    })
}

fn position(bytes: &[u8], wanted: u8) -> Option<usize> {
    bytes.iter().position(|byte| *byte == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(line: &str) -> Parts {
        read(line.as_bytes()).unwrap()
    }

    fn headers(parts: &Parts) -> Vec<(&str, &str)> {
        let text = |value| std::str::from_utf8(value).unwrap();
        parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), text(value)))
            .collect()
    }

    #[test]
    fn combined_common_and_what_has_more() {
        let combined = parts(
            r#"192.0.2.1 - jane doe [10/Oct/2025:13:55:36 -0700] "GET /a b?x=1 HTTP/1.1" 200 2326 "https://a.example/" "Mozilla/5.0 \"x\"""#,
        );
        assert_eq!(
            (combined.method.as_str(), combined.ip.as_deref()),
            ("GET", Some("192.0.2.1"))
        );
        assert_eq!(
            (combined.target.path.as_str(), combined.target.query.as_str()),
            ("/a b", "x=1")
        );
        assert_eq!(combined.protocol.as_deref(), Some("HTTP/1.1"));
        assert_eq!(combined.time, time::of_number(1_760_129_736.0));
        assert_eq!(
            headers(&combined),
            [
                ("referer", "https://a.example/"),
                ("user-agent", "Mozilla/5.0 \"x\"")
            ]
        );

        let common = parts(r#"2001:db8::1 - - [10/Oct/2025:20:55:36 +0000] "POST / HTTP/2.0" 404 -"#);
        assert_eq!(
            (common.ip.as_deref(), common.headers.len()),
            (Some("2001:db8::1"), 0)
        );

        let virtual_host = parts(
            r#"shop.example:80 192.0.2.1 - - [10/Oct/2025:20:55:36 +0000] "GET / HTTP/1.1" 200 1 "-" "curl/8""#,
        );
        assert_eq!(
            (virtual_host.host.as_deref(), virtual_host.ip.as_deref()),
            (Some("shop.example"), Some("192.0.2.1"))
        );
        assert_eq!(headers(&virtual_host), [("user-agent", "curl/8")]);

        let forwarded = parts(
            r#"10.0.0.1 - - [10/Oct/2025:20:55:36 +0000] "GET / HTTP/1.1" 200 1 "-" "curl/8" "192.0.2.1, 10.0.0.2" 0.5"#,
        );
        assert_eq!(headers(&forwarded)[1], ("x-forwarded-for", "192.0.2.1, 10.0.0.2"));
        let other =
            parts(r#"10.0.0.1 - - [10/Oct/2025:20:55:36 +0000] "GET / HTTP/1.1" 200 1 "-" "curl/8" "gzip""#);
        assert_eq!(headers(&other).len(), 1);
    }

    #[test]
    fn escapes_are_undone() {
        let parts = parts(
            r#"a - - [10/Oct/2025:20:55:36 +0000] "GET /\xc3\xa4\x22\\\q\n HTTP/1.1" 200 1 "-" "a\tb""#,
        );
        assert_eq!(parts.target.path, "/ä\"\\\\q\n");
        assert_eq!(headers(&parts), [("user-agent", "a\tb")]);
    }

    #[test]
    fn targets_without_protocol_and_of_proxies() {
        let line = |request: &str| {
            parts(&format!(
                r#"a - - [10/Oct/2025:20:55:36 +0000] "{request}" 400 0"#
            ))
        };
        assert_eq!(
            (line("GET /a").target.path.as_str(), line("GET /a").protocol),
            ("/a", None)
        );
        assert_eq!(
            line("GET http://a.example/b HTTP/1.1").target.host.as_deref(),
            Some("a.example")
        );
    }

    #[test]
    fn what_is_no_request_is_skipped_and_what_is_no_line_is_bad() {
        let line = |request: &str| {
            read(format!(r#"a - - [10/Oct/2025:20:55:36 +0000] "{request}" 400 0"#).as_bytes())
        };
        for request in ["-", "", r"\x16\x03\x01", r"\x16\x03 x", "quit"] {
            assert!(matches!(line(request), Err(Unread::Skipped(_))), "{request}");
        }
        for line in [
            "",
            "192.0.2.1 - - GET /",
            r#"[10/Oct/2025:20:55:36 +0000] "GET / HTTP/1.1""#,
            r#"a - - [yesterday] "GET / HTTP/1.1" 200 1"#,
            r#"a - - [10/Oct/2025:20:55:36 +0000] GET / HTTP/1.1"#,
            r#"a - - [10/Oct/2025:20:55:36 +0000] "GET / HTTP/1.1"#,
            r#"{"uri":"/"}"#,
        ] {
            assert!(matches!(read(line.as_bytes()), Err(Unread::Bad(_))), "{line}");
            assert!(!is_log_line(line.as_bytes()), "{line}");
        }
    }
}
