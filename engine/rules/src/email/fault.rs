//! Why an address is invalid.

use std::fmt;

/// Why an address is invalid: the first thing that the configured level doesn't allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmailFault {
    /// There is no `@`.
    NoAt,
    /// Nothing stands before the `@`.
    NoLocalPart,
    /// Nothing stands after the `@`.
    NoDomain,
    /// A dot is first, last, or follows another one.
    Dot,
    /// A character may not stand where it does.
    Character,
    /// A control character is quoted or in a comment; only RFC 5322's obsolete forms have that.
    Control,
    /// A quoted string, comment or bracket is not closed.
    Unclosed,
    /// A line break that is no folding.
    LineBreak,
    /// A label of the domain starts or ends with a hyphen.
    Hyphen,
    /// The local part has more than 64 bytes, a label of the domain more than 63, or the whole more than 254.
    TooLong,
    /// There is a comment.
    Comment,
    /// There is white space.
    WhiteSpace,
    /// The local part is a quoted string, or several.
    Quoted,
    /// The domain is an address literal, or what is in the brackets is no address.
    DomainLiteral,
    /// The domain is a single label, or its last label can't be a top-level domain.
    NoTopLevelDomain,
}

impl EmailFault {
    /// The fault in words: one line, lower case, no full stop.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoAt => "there is no @",
            Self::NoLocalPart => "nothing stands before the @",
            Self::NoDomain => "nothing stands after the @",
            Self::Dot => "a dot is first, last or doubled",
            Self::Character => "a character may not stand where it does",
            Self::Control => "there is a control character",
            Self::Unclosed => "a quoted string, comment or bracket is not closed",
            Self::LineBreak => "there is a line break",
            Self::Hyphen => "a label of the domain starts or ends with a hyphen",
            Self::TooLong => "the address, its local part or a label of its domain is too long",
            Self::Comment => "there is a comment",
            Self::WhiteSpace => "there is white space",
            Self::Quoted => "the local part is quoted",
            Self::DomainLiteral => "the domain is an address in brackets",
            Self::NoTopLevelDomain => "the domain has no top-level domain",
        }
    }
}

impl fmt::Display for EmailFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
