//! Queries: `union select`, and `select` as a statement or in parentheses.

use super::{
    anywhere::Match,
    grammar::{Nature, Shape},
    token::Kind,
    words::{Function, Keyword},
};

impl Shape<'_> {
    /// `union all select …`.
    pub(crate) fn union(&self, index: usize) -> Option<Match> {
        let mut next = index + 1;
        while next < index + 8
            && matches!(
                self.at(next),
                Kind::Open | Kind::Keyword(Keyword::Quantifier) | Kind::Other
            )
        {
            next += 1;
        }
        match self.at(next) {
            Kind::Keyword(Keyword::Select) => {}
            Kind::Keyword(Keyword::Values) if self.at(next + 1) == Kind::Open => {
                return Some(("sqli.union", 5));
            }
            _ => return None,
        }
        let mut item = next + 1;
        while item < next + 8 && matches!(self.at(item), Kind::Keyword(Keyword::Quantifier) | Kind::Other) {
            item += 1;
        }
        let prose = match self.at(item) {
            Kind::Name if !self.bytes(item).is_ascii() => true,
            Kind::Name | Kind::Function(_) => matches!(
                self.at(item + 1),
                Kind::Name
                    | Kind::Function(_)
                    | Kind::Keyword(
                        Keyword::In | Keyword::Is | Keyword::On | Keyword::Other | Keyword::Logic
                    )
            ),
            Kind::Keyword(
                Keyword::In | Keyword::Is | Keyword::By | Keyword::On | Keyword::As | Keyword::From,
            ) => true,
            Kind::Arithmetic | Kind::Dot => true,
            _ => false,
        };
        (!prose).then_some(("sqli.union", 5))
    }

    /// `select a, b from c`.
    pub(crate) fn select(&self, index: usize) -> Option<Match> {
        let query = index > 0 && matches!(self.at(index - 1), Kind::Open);
        let head = index == 0
            || matches!(
                self.at(index - 1),
                Kind::Semicolon | Kind::Text | Kind::Number | Kind::Literal
            );
        let mut next = index + 1;
        while matches!(self.at(next), Kind::Keyword(Keyword::Quantifier)) && next < index + 4 {
            next += 1;
            if self.at(next) == Kind::Number
                && !matches!(self.at(next + 1), Kind::Comma | Kind::Keyword(Keyword::From))
            {
                next += 1;
            }
        }
        let (mut nature, mut items) = (None, 0);
        loop {
            if items == 8 {
                break;
            }
            let (behind, item) = if self.at(next) == Kind::Star {
                (next + 1, Nature::Database)
            } else {
                match self.chain(next) {
                    Some(found) => found,
                    None => break,
                }
            };
            items += 1;
            nature = nature.max(Some(item));
            next = behind;
            if self.keyword(next, Keyword::As) {
                next += 2;
            }
            if self.at(next) != Kind::Comma {
                break;
            }
            next += 1;
        }
        if matches!(self.at(index + 1), Kind::Function(Function::Delay))
            && self.bytes(index + 1).contains(&b'_')
        {
            return Some(("sqli.delay", 5));
        }
        let nature = nature?;
        let listed = items > 1 || nature == Nature::Constant || nature >= Nature::Database;
        let from = self.keyword(next, Keyword::From);
        let table = from
            && matches!(
                self.at(next + 1),
                Kind::Name
                    | Kind::Catalogue
                    | Kind::Open
                    | Kind::Text
                    | Kind::Function(_)
                    | Kind::Keyword(Keyword::Object)
            );
        let filtered = table
            && (next + 2..next + 6).any(|at| {
                self.keyword(at, Keyword::Where)
                    || (self.keyword(at, Keyword::Limit) && self.at(at + 1) == Kind::Number)
            });
        let commented =
            self.at(self.tokens.len() - 1) == Kind::Rest && self.comment_is_bare(self.tokens.len() - 1);
        // "select one from the list": two words behind `from` are prose unless more speaks for a query.
        let telling =
            nature >= Nature::Database && self.at(next - 1) != Kind::Star && self.at(next) != Kind::Name;
        let query_of_table = table
            && (self.at(next + 1) == Kind::Catalogue
                || (listed && (query || nature > Nature::Name || commented))
                || (query && (filtered || nature >= Nature::Call)));
        let conditional = filtered
            && (query || (head && index > 0))
            && self.keyword(next + 2, Keyword::Where)
            && self.condition(next + 3).is_some();
        let score = if telling || query_of_table || conditional || (query && nature == Nature::Constant) {
            5
        } else if table && listed {
            4
        } else if table || (head && nature == Nature::Constant) {
            3
        } else {
            return None;
        };
        Some(("sqli.select", score))
    }
}
