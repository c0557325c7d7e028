//! The tokens of SQL, as far as an injection can be told by them.

use super::words::{Function, Keyword};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No token: the place behind the last one.
    End,
    /// A number, in any notation.
    Number,
    /// `null`, `true` or `false`.
    Literal,
    /// A string that is closed, or for the first token of a quoted context: the part of the application's string before its end.
    Text,
    /// A string that the value doesn't close.
    OpenText,
    /// A name that isn't in the table of words, or a quoted one.
    Name,
    /// The name of a known function. Only with a parenthesis behind it is it a call.
    Function(Function),
    /// A schema or table of the database's own catalogue.
    Catalogue,
    /// A word of the language.
    Keyword(Keyword),
    /// `@name`.
    Variable,
    /// `@@name`.
    SystemVariable,
    /// `=`, `<`, `>=`, `<=>`, `~`, `!=` …
    Compare,
    /// `+`, `-`.
    Sign,
    /// `*`.
    Star,
    /// `/`, `%`, `&`, `|`, `^`, `<<`, `>>`.
    Arithmetic,
    /// `||`.
    Pipes,
    /// `&&`.
    Ampersands,
    /// `!`, `~`.
    Not,
    /// `:=`.
    Assign,
    /// `::`.
    Cast,
    /// `(`.
    Open,
    /// `)`.
    Close,
    /// `,`.
    Comma,
    /// `;`.
    Semicolon,
    /// `.`.
    Dot,
    /// A comment that takes up the rest of the value: `--`, `#`, or `/*` without an end.
    Rest,
    /// Any other byte.
    Other,
}

impl Kind {
    /// Whether something that gives an injection away can start with such a token: see `construct`.
    pub(crate) fn begins_construct(self) -> bool {
        matches!(
            self,
            Self::Keyword(_)
                | Self::Function(_)
                | Self::Catalogue
                | Self::Name
                | Self::SystemVariable
                | Self::Number
                | Self::Cast
                | Self::Pipes
                | Self::Ampersands
                | Self::Semicolon
        )
    }
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// Its first byte.
    pub(crate) start: u32,
    /// The byte behind it.
    pub(crate) end: u32,
}

/// Where the application has put the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// Outside of strings: `where id = VALUE`.
    Bare,
    /// Inside a string that this quote closes.
    Quoted(u8),
}
