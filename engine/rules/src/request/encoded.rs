//! A request as it crosses the border between host and guest; `engine/wit/rules.wit` has the table.

use super::{ApplicationSpan, Request};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str,
};

/// Tag and two lengths.
const HEAD: usize = 7;

/// As many headers as a browser sends.
const USUAL_HEADERS: usize = 20;

/// Calls `judge` with the request that `encoded` holds; `None` if it holds none.
pub(crate) fn decode<'a, T>(mut encoded: &'a [u8], judge: impl FnOnce(&Request<'_>) -> T) -> Option<T> {
    let mut request = Request::default();
    let mut headers: Vec<(&'a [u8], &'a [u8])> = Vec::new();
    let mut ip_details = Vec::new();
    let mut local = Vec::new();
    let mut application_spans = Vec::new();
    while let Some((head, rest)) = encoded.split_first_chunk::<HEAD>() {
        let [tag, n0, n1, v0, v1, v2, v3] = *head;
        let name_length = usize::from(u16::from_le_bytes([n0, n1]));
        let value_length = usize::try_from(u32::from_le_bytes([v0, v1, v2, v3])).ok()?;
        let (name, rest) = rest.split_at_checked(name_length)?;
        let (value, rest) = rest.split_at_checked(value_length)?;
        encoded = rest;
        match tag {
            0 => request.method = value,
            1 => request.host = value,
            2 => request.path = value,
            3 => request.query = value,
            4 => {
                if headers.is_empty() {
                    headers.reserve(USUAL_HEADERS);
                }
                headers.push((name, value));
            }
            5 => request.body = value,
            6 => request.ip = Some(ip(value)?),
            7 => ip_details.push((text(name)?, text(value)?)),
            8 => request.email = Some(text(value)?),
            9 => request.sensitive_text = Some(text(value)?),
            10 => request.message = Some(text(value)?),
            11 => local.push((text(name)?, text(value)?)),
            12 => application_spans.push(span(text(name)?, value)?),
            _ => {}
        }
    }
    encoded.is_empty().then(|| {
        judge(&Request {
            headers: &headers,
            ip_details: &ip_details,
            local: &local,
            application_spans: &application_spans,
            ..request
        })
    })
}

fn text(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes).ok()
}

fn span<'a>(label: &'a str, numbers: &[u8]) -> Option<ApplicationSpan<'a>> {
    let (numbers, []) = numbers.as_chunks::<4>() else {
        return None;
    };
    match *numbers {
        [rule, start, end] => Some(ApplicationSpan {
            rule: u32::from_le_bytes(rule),
            start: u32::from_le_bytes(start),
            end: u32::from_le_bytes(end),
            label,
        }),
        _ => None,
    }
}

fn ip(octets: &[u8]) -> Option<IpAddr> {
    match octets.len() {
        4 => <[u8; 4]>::try_from(octets)
            .ok()
            .map(|octets| Ipv4Addr::from(octets).into()),
        _ => <[u8; 16]>::try_from(octets)
            .ok()
            .map(|octets| Ipv6Addr::from(octets).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(encoded: &mut Vec<u8>, tag: u8, name: &[u8], value: &[u8]) {
        encoded.push(tag);
        encoded.extend_from_slice(&(name.len() as u16).to_le_bytes());
        encoded.extend_from_slice(&(value.len() as u32).to_le_bytes());
        encoded.extend_from_slice(name);
        encoded.extend_from_slice(value);
    }

    #[test]
    fn every_field_has_its_place() {
        let mut encoded = Vec::new();
        for (tag, name, value) in [
            (0, &b""[..], &b"POST"[..]),
            (1, b"", b"example.com"),
            (2, b"", b"/a%20b"),
            (3, b"", b"q=1"),
            (4, b"Accept", b"\xff"),
            (4, b"accept", b""),
            (5, b"", b"\0body"),
            (6, b"", &[192, 0, 2, 1]),
            (7, b"ip.src.country", b"AT"),
            (8, b"", b"a@example.com"),
            (9, b"", b"text"),
            (10, b"", b"message"),
            (11, b"key", b"value"),
            (12, b"TICKET", &[1, 0, 0, 0, 2, 1, 0, 0, 3, 0, 1, 0]),
            (200, b"later", b"versions"),
        ] {
            field(&mut encoded, tag, name, value);
        }
        let judged = decode(&encoded, |request| {
            assert_eq!(
                (request.method, request.host),
                (&b"POST"[..], &b"example.com"[..])
            );
            assert_eq!((request.path, request.query), (&b"/a%20b"[..], &b"q=1"[..]));
            assert_eq!(
                request.headers,
                [(&b"Accept"[..], &b"\xff"[..]), (b"accept", b"")]
            );
            assert_eq!(request.body, b"\0body");
            assert_eq!(request.ip, Some([192, 0, 2, 1].into()));
            assert_eq!(request.ip_details, [("ip.src.country", "AT")]);
            assert_eq!(
                (request.email, request.sensitive_text),
                (Some("a@example.com"), Some("text"))
            );
            assert_eq!(
                (request.message, request.local),
                (Some("message"), &[("key", "value")][..])
            );
            let span = ApplicationSpan {
                rule: 1,
                start: 0x102,
                end: 0x1_0003,
                label: "TICKET",
            };
            assert_eq!(request.application_spans, [span]);
        });
        assert!(judged.is_some());
    }

    #[test]
    fn an_empty_request_is_one_and_a_broken_one_is_none() {
        assert!(decode(b"", |request| assert_eq!(request.email, None)).is_some());
        let mut encoded = Vec::new();
        field(&mut encoded, 2, b"", b"/path");
        for end in 1..encoded.len() {
            assert!(decode(&encoded[..end], |_| ()).is_none(), "{end}");
        }
        for (tag, value) in [
            (6, &b"12345"[..]),
            (8, b"\xff"),
            (9, b"\xff"),
            (10, b"\xff"),
            (11, b"\xff"),
            (12, b"12345678901"),
            (12, b"1234567890123"),
            (12, b"1234567890123456"),
        ] {
            let mut encoded = Vec::new();
            field(&mut encoded, tag, b"", value);
            assert!(decode(&encoded, |_| ()).is_none(), "{tag}");
        }
    }
}
