//! Operands and conditions: the part of SQL's grammar that tells code from prose.
//!
//! Everything here looks ahead over at most [`REACH`] tokens, so that it may be asked at every token without the whole becoming quadratic.

use super::{
    super::work,
    token::{Context, Kind, Token},
    words::{Function, Keyword},
};

/// How many tokens one question looks ahead at most.
const REACH: usize = 24;

/// The tokens of a value in one context.
pub(crate) struct Shape<'a> {
    pub(crate) value: &'a [u8],
    pub(crate) context: Context,
    pub(crate) tokens: &'a [Token],
}

/// What an operand is made of, from what says least to what says most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Nature {
    /// Only constants.
    Constant,
    /// The name of a column, or any word of prose.
    Name,
    /// A call of a function that isn't known, or that other languages have too.
    Call,
    /// A call of a function that only databases know, a system variable, a conditional.
    Database,
    /// A query in parentheses.
    Query,
}

/// How sure it is that a condition is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// Two names are compared.
    Weak,
    /// A name is compared with a constant, or a constant stands alone.
    Medium,
    /// Constants are compared, or a database's function or a query is part of it.
    Strong,
}

impl Shape<'_> {
    /// The kind of a token, [`Kind::End`] behind the last one.
    pub(crate) fn at(&self, index: usize) -> Kind {
        work::spend(1);
        self.tokens.get(index).map_or(Kind::End, |token| token.kind)
    }

    pub(crate) fn keyword(&self, index: usize, keyword: Keyword) -> bool {
        self.at(index) == Kind::Keyword(keyword)
    }

    /// The bytes of a token.
    pub(crate) fn bytes(&self, index: usize) -> &[u8] {
        let token = self.tokens.get(index);
        token
            .and_then(|token| self.value.get(token.start as usize..token.end as usize))
            .unwrap_or_default()
    }

    /// The token behind those of this kind that start here; at most eight are skipped.
    pub(crate) fn skip(&self, mut index: usize, kind: Kind) -> usize {
        let limit = index + 8;
        while index < limit && self.at(index) == kind {
            index += 1;
        }
        index
    }

    /// The token behind the parenthesis that closes the one here. A parenthesis that is still open at the end of the value counts as
    /// closed there: the application's query goes on.
    fn close(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        let limit = (open + REACH).min(self.tokens.len());
        for index in open..limit {
            match self.at(index) {
                Kind::Open => depth += 1,
                Kind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return index + 1;
            }
        }
        limit
    }

    /// An operand with what may stand before it.
    fn operand(&self, mut index: usize) -> Option<(usize, Nature)> {
        let limit = index + 8;
        while index < limit
            && matches!(
                self.at(index),
                Kind::Sign | Kind::Not | Kind::Keyword(Keyword::Not | Keyword::Prefix)
            )
        {
            index += 1;
        }
        let called = self.at(index + 1) == Kind::Open;
        let found = match self.at(index) {
            Kind::Number | Kind::Literal | Kind::Variable => (index + 1, Nature::Constant),
            Kind::SystemVariable => (index + 1, Nature::Database),
            Kind::Text | Kind::OpenText => {
                let mut next = index + 1;
                // Adjacent strings are one.
                while next < index + 8 && matches!(self.at(next), Kind::Text | Kind::OpenText) {
                    next += 1;
                }
                (next, Nature::Constant)
            }
            Kind::Function(Function::Common) if called => (self.close(index + 1), Nature::Call),
            Kind::Function(_) if called => (self.close(index + 1), Nature::Database),
            Kind::Function(Function::Dangerous) if self.at(index + 1) == Kind::Dot => {
                (self.path(index), Nature::Database)
            }
            Kind::Function(Function::Inform) if self.special(index) => (index + 1, Nature::Database),
            Kind::Keyword(Keyword::If | Keyword::Replace | Keyword::Exists | Keyword::Object) if called => {
                (self.close(index + 1), Nature::Database)
            }
            Kind::Keyword(Keyword::Case) => (self.case(index)?, Nature::Database),
            Kind::Open => match self.at(self.skip(index, Kind::Open)) {
                Kind::Keyword(Keyword::Select) => (self.close(index), Nature::Query),
                _ => {
                    let inner = self.skip(index, Kind::Open);
                    let (_, nature) = self.inner_operand(inner)?;
                    (self.close(index), nature)
                }
            },
            Kind::Catalogue => (self.path(index), Nature::Database),
            Kind::Name
            | Kind::Function(_)
            | Kind::Keyword(
                Keyword::Object | Keyword::Type | Keyword::Values | Keyword::Delay | Keyword::Like,
            ) => {
                let next = self.path(index);
                if self.at(next) == Kind::Open && self.adjacent(next) {
                    (self.close(next), Nature::Call)
                } else {
                    (next, Nature::Name)
                }
            }
            _ => return None,
        };
        Some(found)
    }

    /// What the first operand in parentheses is made of, if it is no parenthesis again.
    fn inner_operand(&self, index: usize) -> Option<(usize, Nature)> {
        if self.at(index) == Kind::Open {
            None
        } else {
            self.operand(index)
        }
    }

    /// Whether a function is one that is called without parentheses: `current_user`, `utc_date`.
    fn special(&self, index: usize) -> bool {
        let name = self.bytes(index);
        [&b"current_"[..], b"utc_", b"session_", b"system_"]
            .iter()
            .any(|prefix| {
                name.get(..prefix.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            })
    }

    /// Whether no white space stands before a token.
    pub(crate) fn adjacent(&self, index: usize) -> bool {
        index > 0
            && self
                .tokens
                .get(index)
                .is_some_and(|token| token.start == self.tokens[index - 1].end)
    }

    /// The token behind `a.b.c` and `a..b`.
    fn path(&self, index: usize) -> usize {
        let mut next = index + 1;
        while next < index + 8 && self.at(next) == Kind::Dot && self.adjacent(next) {
            next += 1;
            if !matches!(self.at(next), Kind::Dot | Kind::End) && self.adjacent(next) {
                next += usize::from(self.at(next) != Kind::Dot);
            }
        }
        next
    }

    /// The token behind `case … when condition then … end`.
    pub(crate) fn case(&self, index: usize) -> Option<usize> {
        let when = (index + 1..index + 6).find(|&at| self.keyword(at, Keyword::When))?;
        let then = (when + 2..when + REACH).find(|&at| self.keyword(at, Keyword::Then))?;
        let compares = (when + 1..then).any(|at| {
            matches!(
                self.at(at),
                Kind::Compare | Kind::Open | Kind::Keyword(Keyword::Like | Keyword::Is | Keyword::In)
            )
        });
        if !compares && then != when + 2 {
            return None;
        }
        let end = (then + 1..then + REACH)
            .find(|&at| self.keyword(at, Keyword::EndCase) || self.at(at) == Kind::End)?;
        Some(end + 1)
    }

    /// Operands with operators between them.
    pub(crate) fn chain(&self, index: usize) -> Option<(usize, Nature)> {
        let (mut next, mut nature) = self.operand(index)?;
        for _ in 0..8 {
            let operator = match self.at(next) {
                Kind::Sign | Kind::Star | Kind::Arithmetic | Kind::Pipes | Kind::Keyword(Keyword::Divide) => {
                    1
                }
                Kind::Keyword(Keyword::Collate) => 1,
                Kind::Cast => 1,
                _ => break,
            };
            let Some((behind, other)) = self.operand(next + operator) else {
                break;
            };
            // A type's or a collation's name doesn't make the operand one.
            if !matches!(self.at(next), Kind::Cast | Kind::Keyword(Keyword::Collate)) {
                nature = nature.max(other);
            }
            next = behind;
        }
        Some((next, nature))
    }

    /// The token behind an operator that compares, if there is one here.
    pub(crate) fn comparison(&self, index: usize) -> Option<usize> {
        let index = if self.keyword(index, Keyword::Not) {
            index + 1
        } else {
            index
        };
        match self.at(index) {
            Kind::Compare | Kind::Assign => Some(self.skip(index, Kind::Compare).max(index + 1)),
            Kind::Not if self.at(index + 1) == Kind::Compare => Some(index + 2),
            Kind::Keyword(Keyword::Like) => Some(self.skip(index, Kind::Keyword(Keyword::Like))),
            Kind::Keyword(Keyword::In) if self.at(index + 1) == Kind::Open => Some(index + 1),
            Kind::Keyword(Keyword::Between) => Some(index + 1),
            Kind::Keyword(Keyword::Is) => {
                let value = if self.keyword(index + 1, Keyword::Not) {
                    index + 2
                } else {
                    index + 1
                };
                (self.at(value) == Kind::Literal).then_some(value)
            }
            _ => None,
        }
    }

    /// The condition that starts here, with the token behind it.
    pub(crate) fn condition(&self, index: usize) -> Option<(usize, Strength)> {
        let mut start = index;
        while start < index + 8
            && matches!(
                self.at(start),
                Kind::Open | Kind::Not | Kind::Keyword(Keyword::Not)
            )
        {
            if self.at(start) == Kind::Open && self.keyword(self.skip(start, Kind::Open), Keyword::Select) {
                break;
            }
            start += 1;
        }
        // `{if length(…)>0}`: MySQL skips the word behind a brace.
        if self.at(start) == Kind::Other && self.bytes(start) == b"{" {
            start += 2;
        }
        let (next, left) = self.chain(start)?;
        let next = self.skip(next, Kind::Close);
        let Some(operand) = self.comparison(next) else {
            let strength = match left {
                Nature::Constant => Strength::Medium,
                Nature::Name => return None,
                Nature::Call => Strength::Weak,
                Nature::Database | Nature::Query => Strength::Strong,
            };
            return Some((next, strength));
        };
        let Some((end, right)) = self.chain(operand) else {
            // `like`, `is` and `in` are English; a sign isn't.
            return (self.at(next) == Kind::Compare && left >= Nature::Call)
                .then_some((operand, Strength::Medium));
        };
        let strength = match (left, right) {
            // Operators that only PostgreSQL has.
            _ if self.bytes(next).starts_with(b"?") => Strength::Strong,
            (Nature::Constant, Nature::Constant) => Strength::Strong,
            (left, right) if left.max(right) >= Nature::Database => Strength::Strong,
            (Nature::Call, _) | (_, Nature::Call) => Strength::Medium,
            (Nature::Name, Nature::Name) => Strength::Weak,
            _ => Strength::Medium,
        };
        Some((self.skip(end, Kind::Close), strength))
    }
}
