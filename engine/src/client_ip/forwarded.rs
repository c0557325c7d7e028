//! The lists that proxies keep of whom they forwarded for, read from the right.

use std::net::{IpAddr, SocketAddr};

use crate::request::RequestDetails;

/// The header in which trusted proxies name whom they forward for.
///
/// Only one of them counts. A proxy that maintains one passes the other on as the client wrote it: were both read, every
/// client could name its own address in the one that the proxy does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ForwardedHeader {
    /// `X-Forwarded-For: 203.0.113.7, 10.0.0.1`: what most proxies write.
    #[default]
    XForwardedFor,
    /// `Forwarded: for=203.0.113.7;proto=https, for="[2001:db8::7]:4711"` (RFC 7239).
    Forwarded,
}

impl ForwardedHeader {
    /// The name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

/// The entries of all lines of a header, the last one first: each an address, or `None` where there is none.
///
/// Each proxy appends, so what stands left of a trusted proxy's entry was written by others, and must not change how that
/// entry is read: an unbalanced quote of the client's, for instance.
pub(super) fn from_the_right(
    request: &RequestDetails,
    header: ForwardedHeader,
) -> impl Iterator<Item = Option<IpAddr>> + '_ {
    let lines = request
        .headers()
        .rev()
        .filter(move |(name, _)| *name == header.name())
        .map(|(_, value)| value);
    Entries {
        lines,
        rest: None,
        header,
    }
}

struct Entries<'a, L> {
    lines: L,
    /// What is left of the line that is being read.
    rest: Option<&'a [u8]>,
    header: ForwardedHeader,
}

impl<'a, L: Iterator<Item = &'a [u8]>> Iterator for Entries<'a, L> {
    type Item = Option<IpAddr>;

    fn next(&mut self) -> Option<Option<IpAddr>> {
        let line = match self.rest.take() {
            Some(rest) => rest,
            None => self.lines.next()?,
        };
        let comma = match self.header {
            ForwardedHeader::XForwardedFor => line.iter().rposition(|byte| *byte == b','),
            ForwardedHeader::Forwarded => last_unquoted_comma(line),
        };
        let entry = match comma {
            Some(at) => {
                self.rest = Some(&line[..at]);
                &line[at + 1..]
            }
            None => line,
        };
        Some(match self.header {
            ForwardedHeader::XForwardedFor => address(entry),
            ForwardedHeader::Forwarded => forwarded_for(entry),
        })
    }
}

/// The last comma that is not inside a quoted string.
fn last_unquoted_comma(line: &[u8]) -> Option<usize> {
    let mut quoted = false;
    let mut at = line.len();
    while at > 0 {
        at -= 1;
        match line[at] {
            b'"' => {
                let escapes = line[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
                // An escaped quote is part of the string that it stands in.
                if !(quoted && escapes % 2 == 1) {
                    quoted = !quoted;
                }
                at -= escapes;
            }
            b',' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// The address in the parameter `for` of an element of `Forwarded`; `None` for `unknown`, for obfuscated names
/// (`_hidden`), without the parameter, and where it stands twice.
fn forwarded_for(element: &[u8]) -> Option<IpAddr> {
    let mut found = None;
    for parameter in parameters(element) {
        let Some(equals) = parameter.iter().position(|byte| *byte == b'=') else {
            continue;
        };
        let (name, value) = (parameter[..equals].trim_ascii(), &parameter[equals + 1..]);
        if name.eq_ignore_ascii_case(b"for") && found.replace(value.trim_ascii()).is_some() {
            return None;
        }
    }
    let value = found?;
    let value = value
        .strip_prefix(b"\"")
        .and_then(|value| value.strip_suffix(b"\""))
        .unwrap_or(value);
    address(value)
}

/// The parameters of an element, which semicolons outside of quoted strings part.
fn parameters(element: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    element.split(move |byte| {
        let is_escaped = std::mem::take(&mut escaped);
        match byte {
            b'"' if !is_escaped => quoted = !quoted,
            b'\\' if quoted && !is_escaped => escaped = true,
            b';' => return !quoted,
            _ => {}
        }
        false
    })
}

/// Reads `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]` and `[::1]:80`.
pub(super) fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry.trim_ascii()).ok()?;
    let ip = text
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()))
        .or_else(|_| {
            text.strip_prefix('[')
                .and_then(|text| text.strip_suffix(']'))
                .unwrap_or("")
                .parse()
        })
        .ok()?;
    Some(ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(lines: &[&str]) -> Vec<Option<String>> {
        let mut builder = RequestDetails::builder("GET", "/");
        for line in lines {
            builder = builder.header("forwarded", line.as_bytes());
        }
        from_the_right(&builder.build(), ForwardedHeader::Forwarded)
            .map(|entry| entry.map(|ip| ip.to_string()))
            .collect()
    }

    /// The first ones are the examples of RFC 7239.
    #[test]
    fn elements_of_forwarded() {
        for (lines, expected) in [
            (
                &["for=192.0.2.43, for=198.51.100.17"][..],
                &["198.51.100.17", "192.0.2.43"][..],
            ),
            (&["For=\"[2001:db8:cafe::17]:4711\""], &["2001:db8:cafe::17"]),
            (&["for=192.0.2.60;proto=http;by=203.0.113.43"], &["192.0.2.60"]),
            (
                &["for=192.0.2.43, for=\"[2001:db8:cafe::17]\""],
                &["2001:db8:cafe::17", "192.0.2.43"],
            ),
            (&["for=\"_gazonk\""], &["-"]),
            (&["for=_SEVKISEK, for=unknown"], &["-", "-"]),
            (&["for=\"192.0.2.43:47011\""], &["192.0.2.43"]),
            // Lines are one list.
            (
                &["for=192.0.2.1", "for=192.0.2.2, for=192.0.2.3"],
                &["192.0.2.3", "192.0.2.2", "192.0.2.1"],
            ),
            // White space, order and case.
            (&["proto=https ; FOR=192.0.2.1 "], &["192.0.2.1"]),
            // Commas and semicolons in strings part nothing.
            (&["for=192.0.2.1;by=\"a,b;for=192.0.2.9\""], &["192.0.2.1"]),
            (&["for=192.0.2.1;by=\"a\\\",b;for=192.0.2.9\""], &["192.0.2.1"]),
            // What is no element.
            (&["by=192.0.2.1"], &["-"]),
            (&["for=192.0.2.1;for=192.0.2.2"], &["-"]),
            (&["192.0.2.1"], &["-"]),
            (&[""], &["-"]),
            // A quote that the client left open hides nothing that a proxy appended.
            (&["for=\", for=192.0.2.1"], &["192.0.2.1", "-"]),
            (
                &["for=6.6.6.6;x=\", for=\"[2001:db8::1]\""],
                &["2001:db8::1", "6.6.6.6"],
            ),
            (
                &["for=6.6.6.6;x=\"\\, for=\"192.0.2.1:80\";proto=http"],
                &["192.0.2.1", "6.6.6.6"],
            ),
        ] {
            let found = entries(lines);
            let found: Vec<_> = found
                .iter()
                .map(|entry| entry.as_deref().unwrap_or("-"))
                .collect();
            assert_eq!(found, expected, "{lines:?}");
        }
    }
}
