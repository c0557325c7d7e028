//! What a value does right behind the place where it leaves the application's string or number.

use super::{
    anywhere::Match,
    grammar::{Shape, Strength},
    token::{Context, Kind},
    words::Keyword,
};

impl Shape<'_> {
    /// The strongest thing that the value does first.
    pub(crate) fn breakout(&self) -> Option<Match> {
        match self.context {
            Context::Bare => self.bare(),
            Context::Quoted(quote) if self.at(0) == Kind::Text => self.quoted(quote),
            Context::Quoted(_) => None,
        }
    }

    fn bare(&self) -> Option<Match> {
        if self.at(0) == Kind::Open && self.only_code() {
            return Some(("sqli.expression", 5));
        }
        if let [left, operator, right] = self.tokens
            && (left.kind, operator.kind, right.kind) == (Kind::Text, Kind::Compare, Kind::OpenText)
        {
            return Some(("sqli.condition", 5));
        }
        let (next, strength) = self.condition(0)?;
        let commented = self.at(next) == Kind::Rest && self.comment_is_bare(next);
        let numeric = matches!(
            self.at(0),
            Kind::Number | Kind::Sign | Kind::Close | Kind::Open | Kind::Text | Kind::Not | Kind::Function(_)
        );
        let score = match strength {
            Strength::Strong if commented => 5,
            // `'{…}' < '$.a' = 7`
            Strength::Strong if self.at(0) == Kind::Text && self.at(next) == Kind::Compare => 5,
            // `1 like 1`, `'a'='a'`: nothing but a condition.
            Strength::Strong if numeric && self.at(next) == Kind::End && self.same_sides() => 4,
            _ => return None,
        };
        Some(("sqli.condition", score))
    }

    /// `1=1`: a comparison of three tokens, the outer ones the same.
    fn same_sides(&self) -> bool {
        self.tokens.len() == 3 && self.bytes(0) == self.bytes(2)
    }

    /// Whether the value is parentheses around operators, strings, variables, functions, with a comment at the end; no names, no prose.
    fn only_code(&self) -> bool {
        let [tokens @ .., last] = self.tokens else {
            return false;
        };
        last.kind == Kind::Rest
            && self.comment_is_bare(tokens.len())
            && tokens
                .iter()
                .all(|token| !matches!(token.kind, Kind::Name | Kind::Other | Kind::Semicolon))
            && tokens.iter().any(|token| {
                matches!(
                    token.kind,
                    Kind::Text
                        | Kind::Variable
                        | Kind::Function(_)
                        | Kind::Keyword(Keyword::Logic | Keyword::Prefix)
                )
            })
    }

    fn quoted(&self, quote: u8) -> Option<Match> {
        let next = self.skip(1, Kind::Close);
        match self.at(next) {
            Kind::Rest => {
                let text = &self.value[..self.tokens[0].end as usize];
                let sentence = text.iter().filter(|&&byte| byte == b' ').count() > 3;
                (self.comment_is_bare(next) && !sentence).then_some(("sqli.comment", 5))
            }
            Kind::Comma => self.list(next),
            Kind::Sign | Kind::Star | Kind::Arithmetic | Kind::Not | Kind::Keyword(Keyword::Divide) => {
                self.arithmetic(next, quote)
            }
            Kind::Keyword(Keyword::Collate) => Some(("sqli.collate", 5)),
            Kind::Keyword(Keyword::Logic) | Kind::Pipes | Kind::Ampersands => self.implicit(next, quote),
            _ => self.comparing(next, quote),
        }
    }

    /// `' = '`, `' like '%`, `' is not null --`.
    fn comparing(&self, next: usize, quote: u8) -> Option<Match> {
        let operand = self.comparison(next)?;
        if let Some(found) = self.implicit(operand - 1, quote) {
            return Some(found);
        }
        let opens = self.skip(operand, Kind::Open);
        if self.at(opens) == Kind::OpenText {
            return None;
        }
        let (end, strength) = self.condition(opens)?;
        let end = self.skip(end, Kind::Close);
        if quote == b'`' && !self.leaves_name(end) {
            return None;
        }
        (strength >= Strength::Medium && self.plausible(end))
            .then_some(("sqli.comparison", if self.at(end) == Kind::Close { 4 } else { 5 }))
    }

    /// `'+'`, `'-(select …)-'`, `'*0-- `.
    fn arithmetic(&self, next: usize, quote: u8) -> Option<Match> {
        if let Some(found) = self.implicit(next, quote) {
            return Some(found);
        }
        let operand = if matches!(self.at(next), Kind::Sign | Kind::Not) {
            next
        } else {
            next + 1
        };
        if self.at(next + 1) == Kind::OpenText {
            return None;
        }
        let (end, strength) = self.condition(operand)?;
        if quote == b'`' && !self.leaves_name(end) {
            return None;
        }
        match strength {
            Strength::Strong => Some(("sqli.arithmetic", 5)),
            Strength::Medium | Strength::Weak if self.plausible(end) => Some(("sqli.arithmetic", 5)),
            _ => None,
        }
    }

    /// An operator between the application's string and another one that the application closes, and nothing more: `'='`, `a' or 'b`.
    fn implicit(&self, operator: usize, quote: u8) -> Option<Match> {
        let last = operator + 1;
        let open = self.at(last) == Kind::OpenText
            && self.bytes(last).first() == Some(&quote)
            && self.tokens.len() == last + 1;
        let words = self
            .value
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
            .count();
        // "say 'and'": where a quote opens in prose, white space stands before it.
        let text = &self.value[..self.tokens[0].end as usize - 1];
        if matches!(self.at(operator), Kind::Keyword(_)) && text.last().is_some_and(u8::is_ascii_whitespace) {
            return None;
        }
        (open && words <= 5 && self.value.len() <= 48).then_some(("sqli.operator", 5))
    }

    /// Whether the backticks that the value leaves may be those of a name: it begins with the closing one, or a comment cuts off what
    /// follows. Texts have code between backticks.
    fn leaves_name(&self, end: usize) -> bool {
        self.tokens[0].end == 1 || self.at(end) == Kind::Rest && self.comment_is_bare(end)
    }

    /// `', (select …))`, `','x')--`: another value in a list.
    fn list(&self, comma: usize) -> Option<Match> {
        let last = self.tokens.len() - 1;
        let cut = self.at(last) == Kind::Rest && self.comment_is_bare(last);
        (cut && self.chain(comma + 1).is_some()).then_some(("sqli.list", 5))
    }
}
