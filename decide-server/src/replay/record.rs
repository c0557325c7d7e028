//! One recorded request, whatever it was recorded in.

mod har;
mod json;
mod log;
mod target;
mod text;
mod time;

use std::net::{IpAddr, SocketAddr};

use arcjet_engine::{RequestDetails, Timestamp};
use serde_json::value::RawValue;

use super::input::Format;
use target::Target;

pub(super) use log::is_log_line;

/// A record that can be judged.
#[derive(Debug)]
pub(super) struct Record {
    /// The record's own id, as JSON.
    pub(super) id: Option<Box<RawValue>>,
    pub(super) request: RequestDetails,
    /// The client's address as recorded.
    pub(super) ip: Option<Box<str>>,
    pub(super) time: Option<Timestamp>,
}

/// Why something is no record that can be judged.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is well-formed, but not a request that rules could be asked about.
    Skipped(&'static str),
    /// It is not what its format says.
    Bad(String),
}

/// What is not in the records themselves.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context {
    /// The most bytes of a body that the rules look at.
    pub(super) body_window: usize,
    /// The address of records that have none.
    pub(super) client_ip: Option<IpAddr>,
}

impl Record {
    /// Reads a record; `None` if there is nothing but white space.
    pub(super) fn read(format: Format, bytes: &[u8], context: Context) -> Option<Result<Self, Unread>> {
        let bytes = bytes.trim_ascii();
        if bytes.is_empty() {
            return None;
        }
        let parts = match format {
            Format::Jsonl | Format::Json => text::retried(bytes, json::read),
            Format::Har => text::retried(bytes, har::read),
            Format::Log => log::read(bytes),
        };
        Some(parts.map(|parts| parts.build(context)))
    }
}

/// What a format found of a request.
#[derive(Debug, Default, PartialEq)]
struct Parts {
    id: Option<String>,
    method: String,
    target: Target,
    /// The host where neither the target nor a header names it.
    host: Option<String>,
    protocol: Option<String>,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    ip: Option<String>,
    time: Option<Timestamp>,
    email: Option<String>,
    message: Option<String>,
    sensitive_text: Option<String>,
    requested: Option<u32>,
    characteristics: Vec<(String, String)>,
    local: Vec<(String, String)>,
}

impl Parts {
    fn header(&self, name: &str) -> Option<&[u8]> {
        let header = self
            .headers
            .iter()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
        header.map(|(_, value)| value.as_slice())
    }

    fn build(mut self, context: Context) -> Record {
        // The target names the host with HTTP/2 and to proxies, and then overrides the header (RFC 9112, 3.2.2).
        let named = self
            .header("host")
            .map(|host| String::from_utf8_lossy(host).into_owned());
        let host = self
            .target
            .host
            .take()
            .or(named)
            .or(self.host.take())
            .unwrap_or_default();
        let ip = self
            .ip
            .as_deref()
            .and_then(address)
            .or(context.client_ip.map(Address::Ip));
        let mut builder = RequestDetails::builder(&self.method, &self.target.path)
            .query(&self.target.query)
            .host(&host)
            .protocol(self.protocol.as_deref().unwrap_or_default())
            .headers(
                self.headers
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_slice())),
            );
        if let Some(Address::Ip(ip)) = ip {
            builder = builder.peer(ip);
        }
        self.body.truncate(context.body_window);
        let mut request = builder.build().with_body(self.body);
        // What is not an address tells clients apart nevertheless, as a host name does.
        if let Some(Address::Text(text)) = &ip {
            request = request.with_ip(text.as_str());
        }
        if let Some(email) = self.email {
            request = request.with_email(email);
        }
        if let Some(message) = self.message {
            request = request.with_message(message);
        }
        if let Some(text) = self.sensitive_text {
            request = request.with_sensitive_text(text);
        }
        if let Some(units) = self.requested {
            request = request.with_requested(units);
        }
        for (key, value) in self.characteristics {
            request = request.with_characteristic(key, value);
        }
        for (key, value) in self.local {
            request = request.with_local(key, value);
        }
        Record {
            // It was a value of JSON when it was read.
            id: self.id.and_then(|id| RawValue::from_string(id).ok()),
            request,
            ip: ip.map(|ip| match ip {
                Address::Ip(ip) => ip.to_string().into(),
                Address::Text(text) => text.into(),
            }),
            time: self.time,
        }
    }
}

enum Address {
    Ip(IpAddr),
    Text(String),
}

/// The address that a text names, also with a port behind it or in brackets; `None` where it stands for nothing.
fn address(text: &str) -> Option<Address> {
    let text = text.trim();
    if text.is_empty() || text == "-" {
        return None;
    }
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let ip = bare
        .parse()
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    Some(ip.map_or_else(|_| Address::Text(text.to_owned()), Address::Ip))
}

fn bad(reason: impl Into<String>) -> Unread {
    Unread::Bad(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_what_surrounds_them() {
        for (text, expected) in [
            ("192.0.2.1", Some("192.0.2.1")),
            (" 192.0.2.1:8080 ", Some("192.0.2.1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("gateway.example", Some("gateway.example")),
            ("-", None),
            ("", None),
        ] {
            let found = address(text).map(|address| match address {
                Address::Ip(ip) => ip.to_string(),
                Address::Text(text) => text,
            });
            assert_eq!(found.as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn white_space_is_no_record() {
        assert!(Record::read(Format::Jsonl, b" \r", Context::default()).is_none());
    }
}
