//! The description of one request that rules judge.

mod builder;
mod extras;

use std::fmt;
use std::net::IpAddr;

pub use builder::RequestDetailsBuilder;
use extras::Extras;

/// A request as the rules see it: owned, and free of any web framework's types.
///
/// Adapters build one per request with [`RequestDetails::builder`]. Text and header values live in two buffers,
/// so that describing a request costs a few allocations however many headers it has.
///
/// ```
/// use arcjet_engine::RequestDetails;
///
/// let request = RequestDetails::builder("GET", "/search")
///     .query("q=rust")
///     .host("example.com")
///     .header("user-agent", b"Mozilla/5.0")
///     .peer("203.0.113.7".parse().unwrap())
///     .build();
/// assert_eq!(request.header("User-Agent"), Some(&b"Mozilla/5.0"[..]));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RequestDetails {
    /// Everything that is text: method, protocol, host, path, query, header names.
    text: String,
    /// Header values, which may hold any byte.
    values: Vec<u8>,
    method: Span,
    protocol: Span,
    host: Span,
    path: Span,
    query: Span,
    headers: Vec<(Span, Span)>,
    peer: Option<IpAddr>,
    /// What most requests have nothing of, boxed: a description is moved a few times on its way.
    extras: Option<Box<Extras>>,
}

/// A piece of one of the two buffers.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn of<T: ?Sized + std::ops::Index<std::ops::Range<usize>>>(self, buffer: &T) -> &T::Output {
        &buffer[self.start as usize..self.end as usize]
    }
}

impl RequestDetails {
    /// Starts the description of a request; `path` without the query.
    pub fn builder(method: &str, path: &str) -> RequestDetailsBuilder {
        RequestDetailsBuilder::new(method, path)
    }

    /// The method, as in `GET`.
    pub fn method(&self) -> &str {
        self.method.of(self.text.as_str())
    }

    /// The protocol, as the client of the wire protocol named it (`http:`, `HTTP/1.1`); may be empty.
    pub fn protocol(&self) -> &str {
        self.protocol.of(self.text.as_str())
    }

    /// The host, as in `example.com`; may be empty.
    pub fn host(&self) -> &str {
        self.host.of(self.text.as_str())
    }

    /// The path as sent, without the query.
    pub fn path(&self) -> &str {
        self.path.of(self.text.as_str())
    }

    /// The query as sent, without the question mark; may be empty.
    pub fn query(&self) -> &str {
        self.query.of(self.text.as_str())
    }

    /// All headers in the order received, names in lower case.
    pub fn headers(&self) -> impl DoubleEndedIterator<Item = (&str, &[u8])> + ExactSizeIterator {
        self.headers
            .iter()
            .map(|(name, value)| (name.of(self.text.as_str()), value.of(self.values.as_slice())))
    }

    /// The first value of a header; `name` in any case.
    pub fn header<'a>(&'a self, name: &str) -> Option<&'a [u8]> {
        self.headers()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The address of the other end of the connection.
    pub fn peer(&self) -> Option<IpAddr> {
        self.peer
    }
}

/// Header values, queries and characteristics may hold personal data: only what identifies the route is shown.
impl fmt::Debug for RequestDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestDetails")
            .field("method", &self.method())
            .field("path", &self.path())
            .field("headers", &self.headers.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_it_was_given() {
        let request = RequestDetails::builder("POST", "/a b")
            .query("?x=1&y=%20")
            .host("example.com")
            .protocol("http:")
            .header("X-Many", b"one")
            .headers([("x-many", &b"\xff\x00"[..])])
            .peer([127, 0, 0, 1].into())
            .build()
            .with_characteristic("userId", "a")
            .with_characteristic("userId", "b")
            .with_requested(3)
            .with_correlation_id("wf_1")
            .with_body(&b"body"[..])
            .with_email("a@example.com")
            .with_sensitive_text("text")
            .with_message("message")
            .with_local("plan", "free")
            .with_local("plan", "pro");
        assert_eq!(
            (request.body(), request.email()),
            (&b"body"[..], Some("a@example.com"))
        );
        assert_eq!(
            (request.sensitive_text(), request.message()),
            (Some("text"), Some("message"))
        );
        assert_eq!(request.local().collect::<Vec<_>>(), [("plan", "pro")]);
        assert_eq!(
            (request.method(), request.path(), request.query()),
            ("POST", "/a b", "x=1&y=%20")
        );
        assert_eq!((request.host(), request.protocol()), ("example.com", "http:"));
        let headers: Vec<_> = request.headers().collect();
        assert_eq!(headers, [("x-many", &b"one"[..]), ("x-many", &b"\xff\x00"[..])]);
        assert_eq!(request.characteristics().collect::<Vec<_>>(), [("userId", "b")]);
        assert_eq!((request.requested(), request.correlation_id()), (3, Some("wf_1")));
    }

    #[test]
    fn debug_shows_no_personal_data() {
        let request = RequestDetails::builder("GET", "/p")
            .query("token=s3cret")
            .header("cookie", b"s3cret")
            .build();
        assert!(!format!("{request:?}").contains("s3cret"));
    }
}
