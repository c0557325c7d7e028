//! Reading the texts of a request that expressions are about.

use crate::{needs::Needs, request::Request};
use std::borrow::Cow;

/// What separates the values of a header, a cookie or an argument that comes more than once, as in the standard for headers
/// (RFC 9110, section 5.3).
const JOINT: &[u8] = b", ";

/// A text that every request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plain {
    Host,
    Method,
    Path,
}

/// Texts by key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Map {
    Headers,
    Cookies,
    Args,
    Local,
}

/// Where a text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Plain(Plain),
    Entry(Map, Box<str>),
    /// A field about the address, by its name.
    Detail(&'static str),
}

/// What becomes of the letters A to Z of a text before it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    AsIs,
    Lower,
    Upper,
}

/// A text of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) source: Source,
    pub(super) case: Case,
}

impl Text {
    /// Adds what must be there to read it.
    pub(super) fn needs(&self, needs: &mut Needs) {
        match &self.source {
            Source::Entry(Map::Headers, name) => needs.header(&name.to_ascii_lowercase()),
            Source::Entry(Map::Cookies, _) => needs.header("cookie"),
            Source::Entry(Map::Local, _) => needs.local = true,
            Source::Detail(_) => needs.ip_details = true,
            Source::Plain(_) | Source::Entry(Map::Args, _) => {}
        }
    }

    /// The text, or nothing if it is not known. The scratch space is written only for what doesn't stand in the request as it is:
    /// decoded arguments, repeated values, changed case.
    pub(super) fn read<'a>(&self, request: &Request<'a>, scratch: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        let text = self.source.read(request, scratch)?;
        let change = match self.case {
            Case::AsIs => return Some(text.unwrap_or(scratch)),
            Case::Lower => <[u8]>::make_ascii_lowercase,
            Case::Upper => <[u8]>::make_ascii_uppercase,
        };
        if let Some(text) = text {
            scratch.clear();
            scratch.extend_from_slice(text);
        }
        change(scratch);
        Some(scratch)
    }
}

impl Source {
    /// Nothing if the text is not known; a piece of the request; or else (an inner nothing) what is in the scratch space.
    fn read<'a>(&self, request: &Request<'a>, scratch: &mut Vec<u8>) -> Option<Option<&'a [u8]>> {
        match self {
            Self::Plain(Plain::Host) => Some(Some(request.host)),
            Self::Plain(Plain::Method) => Some(Some(request.method)),
            Self::Plain(Plain::Path) => Some(Some(request.path)),
            Self::Detail(name) => detail(request, name).map(|text| Some(text.as_bytes())),
            Self::Entry(Map::Local, key) => {
                let (_, value) = request.local.iter().find(|(own, _)| *own == &**key)?;
                Some(Some(value.as_bytes()))
            }
            Self::Entry(Map::Headers, name) => joined(headers(request, name), scratch),
            Self::Entry(Map::Cookies, name) => joined(cookies(request, name.as_bytes()), scratch),
            Self::Entry(Map::Args, name) => args(request.query, name.as_bytes(), scratch),
        }
    }
}

/// What is known about the address under this name.
pub(super) fn detail<'a>(request: &Request<'a>, name: &str) -> Option<&'a str> {
    let (_, value) = request.ip_details.iter().find(|(own, _)| *own == name)?;
    Some(value)
}

fn headers<'a>(request: &Request<'a>, name: &str) -> impl Iterator<Item = &'a [u8]> {
    let same = move |(own, _): &&(&[u8], &'a [u8])| own.eq_ignore_ascii_case(name.as_bytes());
    request.headers.iter().filter(same).map(|(_, value)| *value)
}

/// The values of the cookies of this name, as sent: neither decoded nor unquoted. HTTP/2 may send several cookie headers.
fn cookies<'a>(request: &Request<'a>, name: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    headers(request, "cookie")
        .flat_map(|header| header.split(|byte| *byte == b';'))
        .filter_map(move |pair| {
            let equals = pair.iter().position(|byte| *byte == b'=')?;
            let (own, value) = (pair[..equals].trim_ascii(), pair[equals + 1..].trim_ascii());
            (own == name && !own.is_empty()).then_some(value)
        })
}

/// One value as it is, several joined in the scratch space.
fn joined<'a>(mut values: impl Iterator<Item = &'a [u8]>, scratch: &mut Vec<u8>) -> Option<Option<&'a [u8]>> {
    let first = values.next()?;
    let Some(second) = values.next() else {
        return Some(Some(first));
    };
    scratch.clear();
    scratch.extend_from_slice(first);
    for value in std::iter::once(second).chain(values) {
        scratch.extend_from_slice(JOINT);
        scratch.extend_from_slice(value);
    }
    Some(None)
}

/// The arguments of this name in a query, read as HTML forms write it; as they are if there is one and nothing to decode.
fn args<'a>(query: &'a [u8], name: &[u8], scratch: &mut Vec<u8>) -> Option<Option<&'a [u8]>> {
    let mut values = query
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .filter_map(|pair| {
            let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let value = pair.get(equals + 1..).unwrap_or_default();
            Decoded(&pair[..equals]).eq(name.iter().copied()).then_some(value)
        });
    let first = values.next()?;
    let second = values.next();
    if second.is_none() && !first.iter().any(|byte| matches!(byte, b'%' | b'+' | 0x80..)) {
        return Some(Some(first));
    }
    scratch.clear();
    scratch.extend(Decoded(first));
    for value in second.into_iter().chain(values) {
        scratch.extend_from_slice(JOINT);
        scratch.extend(Decoded(value));
    }
    if let Cow::Owned(replaced) = String::from_utf8_lossy(scratch) {
        *scratch = replaced.into_bytes();
    }
    Some(None)
}

/// The bytes that a part of a query stands for: a plus is a space, and `%41` an A. What is no such sequence stands for itself.
struct Decoded<'a>(&'a [u8]);

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        match first {
            b'+' => Some(b' '),
            b'%' => match rest {
                [high, low, after @ ..] => match (hex_digit(*high), hex_digit(*low)) {
                    (Some(high), Some(low)) => {
                        self.0 = after;
                        Some(high << 4 | low)
                    }
                    _ => Some(b'%'),
                },
                _ => Some(b'%'),
            },
            other => Some(*other),
        }
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}
