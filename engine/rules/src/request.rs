//! What rules see of a request.

#[cfg(any(target_arch = "wasm32", test, fuzzing))]
pub(crate) mod encoded;

use std::net::IpAddr;

/// A request as the rules see it: pieces of whatever buffers the caller has, nothing is copied.
///
/// Everything is optional in effect: an empty piece, or `None`, stands for "not there" or "not given", and a rule that can't judge
/// without it concludes [`Error`](crate::Conclusion::Error). [`Needs`](crate::Needs) tells which pieces a rule set reads.
///
/// ```
/// use arcjet_rules::Request;
///
/// let headers: [(&[u8], &[u8]); 1] = [(b"User-Agent", b"curl/8.14.1")];
/// let request = Request { path: b"/search", query: b"q=rust", headers: &headers, ..Request::default() };
/// assert_eq!(request.header("user-agent"), Some(&b"curl/8.14.1"[..]));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// The method as sent: `GET`.
    pub method: &'a [u8],
    /// The host as sent, with the port if there is one.
    pub host: &'a [u8],
    /// The path as sent: not decoded, without the query.
    pub path: &'a [u8],
    /// The query as sent: not decoded, without the question mark.
    pub query: &'a [u8],
    /// All headers in the order received, values as sent. Names are compared without regard to case.
    pub headers: &'a [(&'a [u8], &'a [u8])],
    /// The beginning of the body, or all of it.
    pub body: &'a [u8],
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// What is known about the client's address, as pairs of the filter language's field and value: `("ip.src.country", "AT")`,
    /// `("ip.src.vpn", "true")`. A field that is not there is unknown.
    pub ip_details: &'a [(&'a str, &'a str)],
    /// The e-mail address that the application asks about.
    pub email: Option<&'a str>,
    /// The text that the application wants searched for sensitive information.
    pub sensitive_text: Option<&'a str>,
    /// The message that the application wants searched for prompt injection.
    pub message: Option<&'a str>,
    /// Values that the application gives to filter expressions: `local["key"]`.
    pub local: &'a [(&'a str, &'a str)],
    /// What detectors of the application found in the sensitive text. Those that don't lie within it, or cut a character, are left
    /// out.
    pub application_spans: &'a [ApplicationSpan<'a>],
}

/// A piece of the sensitive text that a detector outside of this library found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplicationSpan<'a> {
    /// The place of the rule that it is found for, in the list that the rule set was made from.
    pub rule: u32,
    /// Where it starts, in bytes.
    pub start: u32,
    /// Where it ends, exclusive.
    pub end: u32,
    /// What it is: a label of the application's own or the name of a built-in kind.
    pub label: &'a str,
}

impl<'a> Request<'a> {
    /// The value of the first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        let (_, value) = self
            .headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name.as_bytes()))?;
        Some(value)
    }
}
