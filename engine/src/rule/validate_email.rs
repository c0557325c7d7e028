//! E-mail addresses.

use std::fmt;

use super::{Mode, PassList};

/// Validates the e-mail address that a request brings along, see
/// [`RequestDetails::with_email`](crate::RequestDetails::with_email), and allows or denies it by its type.
///
/// An address that is not one is always denied ([`EmailType::Invalid`]), whatever the list.
///
/// ```
/// use arcjet_engine::{Arcjet, EmailType, ValidateEmail};
///
/// let arcjet = Arcjet::builder().rule(ValidateEmail::deny([EmailType::Disposable])).build()?;
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ValidateEmail {
    pub(crate) mode: Mode,
    pub(crate) types: PassList<EmailType>,
    pub(crate) level: EmailLevel,
    pub(crate) trusted_domains: Vec<String>,
    pub(crate) require_top_level_domain: bool,
    pub(crate) allow_domain_literal: bool,
}

/// How much of the grammar of e-mail addresses is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EmailLevel {
    /// What can be sent over SMTP (RFC 5321), quoted local parts among it. The default.
    #[default]
    Smtp,
    /// What can stand in the header of a message (RFC 5322): comments, white space and obsolete forms too.
    Rfc5322,
    /// What people write: no quotes, comments or brackets.
    Plain,
}

/// A type of e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum EmailType {
    /// Of a provider of addresses that last for minutes.
    Disposable,
    /// Of a provider that gives addresses to everyone.
    Free,
    /// Of a domain that accepts no mail: it has neither mail servers nor an address (RFC 5321, 5.1), or says so
    /// (RFC 7505). Found by DNS; while that fails, the address counts as not of this type.
    NoMxRecords,
    /// Without a picture at gravatar.com. Only a decision server that asks there can tell.
    NoGravatar,
    /// Not an e-mail address.
    Invalid,
    /// Of a role instead of a person, as `postmaster` (RFC 2142). The wire protocol doesn't have it.
    Role,
}

impl EmailType {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Disposable,
        Self::Free,
        Self::NoMxRecords,
        Self::NoGravatar,
        Self::Invalid,
        Self::Role,
    ];

    /// The name in all Arcjet SDKs, as in `NO_MX_RECORDS`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disposable => "DISPOSABLE",
            Self::Free => "FREE",
            Self::NoMxRecords => "NO_MX_RECORDS",
            Self::NoGravatar => "NO_GRAVATAR",
            Self::Invalid => "INVALID",
            Self::Role => "ROLE",
        }
    }

    /// The type of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|candidate| candidate.as_str() == name)
    }
}

impl fmt::Display for EmailType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ValidateEmail {
    /// Allows addresses of the listed types, and those of no type; denies all others, except that [`EmailType::Role`] is
    /// denied by name only.
    pub fn allow(types: impl IntoIterator<Item = EmailType>) -> Self {
        Self::new(PassList::allow(types))
    }

    /// Denies addresses of the listed types and allows all others that are valid.
    pub fn deny(types: impl IntoIterator<Item = EmailType>) -> Self {
        Self::new(PassList::deny(types))
    }

    fn new(types: PassList<EmailType>) -> Self {
        Self {
            mode: Mode::Live,
            types,
            level: EmailLevel::default(),
            trusted_domains: Vec::new(),
            require_top_level_domain: true,
            allow_domain_literal: false,
        }
    }

    /// Sets how much of the grammar is accepted; [`EmailLevel::Smtp`] unless set.
    #[must_use]
    pub fn level(mut self, level: EmailLevel) -> Self {
        self.level = level;
        self
    }

    /// Sets domains of which, and of the domains below them, only the grammar is judged: their addresses are of no type but
    /// [`EmailType::Invalid`].
    #[must_use]
    pub fn trusted_domains<I>(mut self, domains: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.trusted_domains = domains.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether a domain must have a dot in it, which `localhost` has not; it must unless set.
    #[must_use]
    pub fn require_top_level_domain(mut self, required: bool) -> Self {
        self.require_top_level_domain = required;
        self
    }

    /// Sets whether an address may stand in place of a domain, as in `a@[192.0.2.1]`; it may not unless set.
    #[must_use]
    pub fn allow_domain_literal(mut self, allowed: bool) -> Self {
        self.allow_domain_literal = allowed;
        self
    }

    /// Sets the mode; [`Mode::Live`] unless set.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }
}
