//! Statements other than queries, alone and stacked behind a semicolon.

use super::{
    super::work,
    anywhere::Match,
    grammar::{Nature, Shape},
    token::{Context, Kind},
    words::Keyword,
};

impl Shape<'_> {
    /// A statement that starts with the keyword here.
    pub(crate) fn statement(&self, index: usize) -> Option<Match> {
        let Kind::Keyword(keyword) = self.at(index) else {
            return None;
        };
        let next = index + 1;
        let behind = index > 0 && self.at(index - 1) == Kind::Semicolon;
        let head = self.heads(index);
        let score = match keyword {
            Keyword::Insert | Keyword::Replace if self.keyword(next, Keyword::Into) => {
                let filled = (next + 2..next + 16).any(|at| {
                    matches!(
                        self.at(at),
                        Kind::Keyword(Keyword::Values | Keyword::Select | Keyword::Set)
                    )
                });
                if filled
                    && matches!(
                        self.at(next + 1),
                        Kind::Name | Kind::Keyword(Keyword::Object) | Kind::Catalogue
                    )
                {
                    5
                } else {
                    3
                }
            }
            Keyword::Update => {
                let set = (next + 1..next + 5).find(|&at| self.keyword(at, Keyword::Set))?;
                if (set + 2..set + 5).any(|at| self.at(at) == Kind::Compare) {
                    5
                } else {
                    3
                }
            }
            Keyword::Delete if self.keyword(next, Keyword::From) => {
                let (end, nature) = self.chain(next + 1)?;
                let filtered = self.keyword(end, Keyword::Where) && self.condition(end + 1).is_some();
                if filtered || (head && nature <= Nature::Name && self.ends(end)) {
                    5
                } else {
                    3
                }
            }
            Keyword::Define
                if self.keyword(next, Keyword::Object) || self.keyword(next, Keyword::Procedure) =>
            {
                let named = matches!(
                    self.at(next + 1),
                    Kind::Name
                        | Kind::Text
                        | Kind::Keyword(Keyword::If | Keyword::Object)
                        | Kind::Function(_)
                        | Kind::Catalogue
                );
                let more = matches!(
                    self.at(next + 2),
                    Kind::Open | Kind::Keyword(Keyword::Define | Keyword::Set | Keyword::As) | Kind::Dot
                );
                let altered = ["add", "change", "modify"]
                    .iter()
                    .any(|word| self.bytes(next + 2).eq_ignore_ascii_case(word.as_bytes()));
                if named && (more || altered || head || self.ends(next + 2) && self.at(next + 2) != Kind::End)
                {
                    5
                } else if named && self.ends(next + 2) {
                    4
                } else {
                    return None;
                }
            }
            Keyword::Execute => match self.at(next) {
                Kind::Variable => 5,
                Kind::Open if self.bytes(next + 1) == b"@" => 5,
                Kind::Open
                    if matches!(
                        self.at(next + 1),
                        Kind::Text | Kind::OpenText | Kind::Variable | Kind::Function(_)
                    ) =>
                {
                    5
                }
                Kind::Text | Kind::OpenText if head => 5,
                Kind::Name
                    if self.at(next + 1) == Kind::Dot
                        && self.adjacent(next + 1)
                        && self.adjacent(next + 2) =>
                {
                    5
                }
                Kind::Name
                    if self.bytes(next).eq_ignore_ascii_case(b"immediate")
                        && matches!(self.at(next + 1), Kind::Text | Kind::OpenText | Kind::Variable) =>
                {
                    5
                }
                _ => return None,
            },
            Keyword::Declare if self.at(next) == Kind::Variable => 5,
            Keyword::Set
                if self.at(next) == Kind::Variable
                    && matches!(self.at(next + 1), Kind::Compare | Kind::Assign) =>
            {
                5
            }
            Keyword::Set if self.at(next) == Kind::SystemVariable => 5,
            Keyword::Shutdown if behind => match self.at(next) {
                Kind::End | Kind::Rest | Kind::Semicolon | Kind::Number | Kind::Keyword(Keyword::Other) => 5,
                _ => return None,
            },
            Keyword::Shutdown if head && self.at(next) == Kind::Rest => 5,
            Keyword::Administer if self.administers(index) => 5,
            Keyword::Block | Keyword::Administer if head => {
                let last = self.tokens.len() - 1;
                if self.at(last) == Kind::Rest && self.comment_is_bare(last) {
                    5
                } else {
                    return None;
                }
            }
            _ => return None,
        };
        Some(("sqli.statement", score))
    }

    /// Whether a statement here would be run: behind a semicolon, or behind the end of the application's string.
    fn heads(&self, index: usize) -> bool {
        index > 0
            && match self.at(index - 1) {
                Kind::Semicolon => true,
                Kind::Text | Kind::Close => {
                    self.context != Context::Bare && self.skip(1, Kind::Close) == index
                }
                _ => false,
            }
    }

    fn ends(&self, index: usize) -> bool {
        matches!(
            self.at(index),
            Kind::End | Kind::Rest | Kind::Semicolon | Kind::Comma
        )
    }

    /// `load data infile`, `attach database`, `copy … from program`, `handler t open`.
    fn administers(&self, index: usize) -> bool {
        let is = |at: usize, words: &[&str]| {
            words
                .iter()
                .any(|word| self.bytes(at).eq_ignore_ascii_case(word.as_bytes()))
        };
        match () {
            () if is(index, &["load"]) => {
                is(index + 1, &["data", "xml"])
                    && (index + 2..index + 5).any(|at| is(at, &["infile", "local"]))
            }
            () if is(index, &["attach"]) => {
                is(index + 1, &["database"]) && matches!(self.at(index + 2), Kind::Text | Kind::OpenText)
            }
            () if is(index, &["copy"]) => (index + 2..index + 12).any(|at| {
                is(at, &["program"]) || (is(at, &["from", "to"]) && matches!(self.at(at + 1), Kind::Text))
            }),
            () if is(index, &["handler"]) => is(index + 2, &["open", "read"]),
            () if is(index, &["grant"]) => {
                (index + 2..index + 8).any(|at| self.keyword(at, Keyword::On))
                    && (index + 3..index + 12).any(|at| is(at, &["to"]))
            }
            () => false,
        }
    }

    /// What a semicolon ends and starts: a comment right behind it cuts off the application's query.
    pub(crate) fn stacked(&self, index: usize) -> Option<Match> {
        let closed = self.context != Context::Bare && self.skip(1, Kind::Close) == index;
        match self.at(index + 1) {
            Kind::Rest if closed && self.comment_is_bare(index + 1) => Some(("sqli.comment", 5)),
            Kind::Keyword(Keyword::Select)
                if self
                    .chain(index + 2)
                    .is_some_and(|(_, nature)| nature != Nature::Name) =>
            {
                Some(("sqli.statement", 5))
            }
            Kind::End
                if closed
                    && index == 1
                    && self.tokens[0].end > 4
                    && !self.value[..self.tokens[0].end as usize].contains(&b' ') =>
            {
                Some(("sqli.comment", 5))
            }
            Kind::Keyword(Keyword::Select) if closed => Some(("sqli.statement", 5)),
            _ => None,
        }
    }

    /// Whether a comment says nothing: prose does behind two dashes, an attack needs not.
    pub(crate) fn comment_is_bare(&self, index: usize) -> bool {
        let text = self.bytes(index);
        // Prose says more than that at once, and asking often must cost little.
        let text = &text[..text.len().min(64)];
        work::spend(text.len());
        let (text, most) = match text.strip_prefix(b"#") {
            Some(text) => (text, 1),
            None => (text.get(2..).unwrap_or_default(), 4),
        };
        // SQL Server keeps statements with this word out of its logs.
        text.starts_with(b"sp_password")
            || (text.iter().filter(|byte| byte.is_ascii_alphanumeric()).count() <= most
                && !text.iter().any(|byte| matches!(byte, b'"' | b'\'')))
    }
}
