//! What detectors find, and what they are told about where they look.

/// A class of attacks. Each can be switched off; all but [`Policy`](Self::Policy) are on by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Category {
    /// SQL injection.
    Sqli,
    /// Injection into queries of document stores, such as MongoDB operators.
    Nosql,
    /// Cross-site scripting.
    Xss,
    /// Path traversal and local file inclusion.
    Traversal,
    /// Inclusion of remote files.
    Rfi,
    /// Injection of commands of a shell.
    Rce,
    /// Injection of PHP code.
    Php,
    /// Injection of Java code and of look-ups such as Log4Shell's.
    Java,
    /// Injection of server-side JavaScript, and prototype pollution.
    Node,
    /// Injection into templates and expression languages.
    Ssti,
    /// Requests that the server is made to send to internal addresses.
    Ssrf,
    /// External entities of XML.
    Xxe,
    /// Injection into LDAP filters.
    Ldap,
    /// Injection of mail commands and headers.
    Mail,
    /// Injection of headers by line ends (response splitting).
    HeaderInjection,
    /// Serialized objects that run code when they are read.
    Deserialization,
    /// Vulnerability scanners that say who they are.
    Scanner,
    /// Signs of request smuggling and of messages made to be read in two ways.
    Protocol,
    /// Attempts to set the session of another user.
    SessionFixation,
    /// Unusual methods, content types and headers: no attack by itself. Off by default.
    Policy,
}

impl Category {
    /// All categories.
    pub const ALL: [Self; 20] = [
        Self::Sqli,
        Self::Nosql,
        Self::Xss,
        Self::Traversal,
        Self::Rfi,
        Self::Rce,
        Self::Php,
        Self::Java,
        Self::Node,
        Self::Ssti,
        Self::Ssrf,
        Self::Xxe,
        Self::Ldap,
        Self::Mail,
        Self::HeaderInjection,
        Self::Deserialization,
        Self::Scanner,
        Self::Protocol,
        Self::SessionFixation,
        Self::Policy,
    ];

    /// Its name: `sqli`, `header-injection`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqli => "sqli",
            Self::Nosql => "nosql",
            Self::Xss => "xss",
            Self::Traversal => "traversal",
            Self::Rfi => "rfi",
            Self::Rce => "rce",
            Self::Php => "php",
            Self::Java => "java",
            Self::Node => "node",
            Self::Ssti => "ssti",
            Self::Ssrf => "ssrf",
            Self::Xxe => "xxe",
            Self::Ldap => "ldap",
            Self::Mail => "mail",
            Self::HeaderInjection => "header-injection",
            Self::Deserialization => "deserialization",
            Self::Scanner => "scanner",
            Self::Protocol => "protocol",
            Self::SessionFixation => "session-fixation",
            Self::Policy => "policy",
        }
    }

    /// The category of this name, as [`as_str`](Self::as_str) writes it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == name)
    }

    /// One bit, another one for each category.
    pub(crate) const fn mask(self) -> u32 {
        1 << self as u32
    }
}

/// What one detector found in one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The detector's name, with its category first: `sqli.union-select`.
    pub detector: &'static str,
    /// The class of attacks that it looks for.
    pub category: Category,
    /// How sure it is, from 1 to 5; 5 is certain enough alone.
    pub score: u8,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The request's method.
    Method,
    /// The path: one segment or all of it.
    Path,
    /// The name of a parameter in the query.
    QueryName,
    /// The value of a parameter in the query.
    QueryValue,
    /// The name of a header.
    HeaderName,
    /// The value of a header that has no place of its own.
    HeaderValue,
    /// The name or the value of a cookie.
    Cookie,
    /// The header `user-agent`.
    UserAgent,
    /// The header `referer`.
    Referer,
    /// The name of a field in the body, or a key of an object in it.
    BodyName,
    /// The value of a field in the body, or a string in it.
    BodyValue,
    /// The body as it is, if it has no fields.
    Body,
    /// The name of an uploaded file.
    FileName,
}

/// What was done to a value before it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ViewKind {
    /// Decoded as far as it goes, ASCII in lower case, runs of white space kept.
    Decoded,
    /// [`Decoded`](Self::Decoded), with quotes of a shell, `$IFS`, backslashes and carets removed.
    Shell,
    /// [`Decoded`](Self::Decoded), with comments (`/* */`, `<!-- -->`) taken out and all white space and control characters removed.
    Compact,
    /// [`Decoded`](Self::Decoded), with separators of paths made `/` and dots resolved; marks of a traversal are kept.
    Path,
}

#[cfg(test)]
mod tests {
    use super::Category;

    #[test]
    fn names_and_bits_are_distinct_and_lead_back() {
        let mut seen = 0;
        for category in Category::ALL {
            assert_eq!(Category::from_name(category.as_str()), Some(category));
            assert_eq!(seen & category.mask(), 0, "{category:?}");
            seen |= category.mask();
        }
        assert_eq!(Category::from_name("SQLI"), None);
    }
}
