//! Expressions over the request.

use super::{Mode, PassList};

/// Allows or denies requests by expressions over their address, host, path, query, headers and cookies.
///
/// The language is that of the official Arcjet SDKs; `docs/rules/filter.md` in the repository has all of it. What the
/// application knows itself comes in as `local["key"]`, see [`RequestDetails::with_local`](crate::RequestDetails::with_local).
/// An expression about something that isn't known, as a header that is not there, is neither true nor false: it denies
/// nothing.
///
/// ```
/// use arcjet_engine::{Arcjet, Filter};
///
/// let filter = Filter::deny([
///     r#"http.request.method eq "TRACE""#,
///     r#"http.request.uri.path wildcard "/admin/*" and not ip.src in { 10.0.0.0/8 }"#,
/// ]);
/// let arcjet = Arcjet::builder().rule(filter).build()?;
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    pub(crate) mode: Mode,
    pub(crate) expressions: PassList<String>,
}

impl Filter {
    /// Allows the requests that one of the expressions is true of, or may be true of, and denies all others; 1 to 10
    /// expressions of at most 1,024 bytes each.
    pub fn allow<I>(expressions: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self::new(PassList::allow(expressions))
    }

    /// Denies the requests that one of the expressions is true of, and allows all others; 1 to 10 expressions of at most
    /// 1,024 bytes each.
    pub fn deny<I>(expressions: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self::new(PassList::deny(expressions))
    }

    fn new(expressions: PassList<String>) -> Self {
        Self {
            mode: Mode::Live,
            expressions,
        }
    }

    /// Sets the mode; [`Mode::Live`] unless set.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }
}
