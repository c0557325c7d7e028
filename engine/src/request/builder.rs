//! Builds descriptions of requests.

use std::net::IpAddr;

use super::{RequestDetails, Span};

/// Builds [`RequestDetails`].
#[derive(Debug)]
pub struct RequestDetailsBuilder {
    details: RequestDetails,
}

impl RequestDetailsBuilder {
    pub(super) fn new(method: &str, path: &str) -> Self {
        let mut builder = Self {
            details: RequestDetails {
                text: String::with_capacity(384),
                ..RequestDetails::default()
            },
        };
        builder.details.method = builder.text(method);
        builder.details.path = builder.text(path);
        builder
    }

    /// Sets the host, as in `example.com`.
    #[must_use]
    #[inline]
    pub fn host(mut self, host: &str) -> Self {
        self.details.host = self.text(host);
        self
    }

    /// Sets the protocol, as in `http:` or `HTTP/1.1`.
    #[must_use]
    #[inline]
    pub fn protocol(mut self, protocol: &str) -> Self {
        self.details.protocol = self.text(protocol);
        self
    }

    /// Sets the query; a leading question mark is dropped.
    #[must_use]
    #[inline]
    pub fn query(mut self, query: &str) -> Self {
        self.details.query = self.text(query.strip_prefix('?').unwrap_or(query));
        self
    }

    /// Adds a header; the name may be in any case, the value may hold any byte.
    #[must_use]
    #[inline]
    pub fn header(mut self, name: &str, value: &[u8]) -> Self {
        self.push_header(name, value);
        self
    }

    /// Adds headers as [`header`](Self::header) does, without moving the description for each of them.
    #[must_use]
    pub fn headers<'a>(mut self, headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        for (name, value) in headers {
            self.push_header(name, value);
        }
        self
    }

    /// Sets the address of the other end of the connection.
    #[must_use]
    #[inline]
    pub fn peer(mut self, peer: IpAddr) -> Self {
        self.details.peer = Some(peer);
        self
    }

    /// Finishes the description.
    #[inline]
    pub fn build(self) -> RequestDetails {
        self.details
    }

    fn push_header(&mut self, name: &str, value: &[u8]) {
        if self.details.headers.is_empty() {
            // Room for those of a browser (about 12, with 700 bytes of names and values) without growing.
            self.details.values.reserve(640);
            self.details.headers.reserve(16);
        }
        let name_span = self.text(name);
        // The names that frameworks hand over are in lower case already; this touches only others.
        self.details.text[name_span.start as usize..].make_ascii_lowercase();
        let start = self.details.values.len();
        self.details.values.extend_from_slice(value);
        let value_span = span(start, self.details.values.len());
        self.details.headers.push((name_span, value_span));
    }

    #[inline]
    fn text(&mut self, text: &str) -> Span {
        let start = self.details.text.len();
        self.details.text.push_str(text);
        span(start, self.details.text.len())
    }
}

#[inline]
fn span(start: usize, end: usize) -> Span {
    // Web servers bound a request's head to kilobytes. Should one ever pass on 4 GiB, the excess reads as empty.
    match (u32::try_from(start), u32::try_from(end)) {
        (Ok(start), Ok(end)) => Span { start, end },
        _ => Span::default(),
    }
}
