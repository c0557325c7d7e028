//! Constructs that give an injection away wherever they stand in a value.

use super::{
    grammar::{Nature, Shape, Strength},
    token::{Context, Kind},
    words::{Function, Keyword},
};

/// The name and the score of a detector that matched.
pub(crate) type Match = (&'static str, u8);

impl Shape<'_> {
    /// The strongest construct that starts at a token.
    pub(crate) fn construct(&self, index: usize) -> Option<Match> {
        match self.at(index) {
            Kind::Keyword(keyword) => self.at_keyword(index, keyword),
            Kind::Function(function) => self.at_function(index, function),
            Kind::Catalogue => Some(self.catalogue(index)),
            Kind::Name => {
                let table = self.at(index + 1) == Kind::Dot
                    && self.adjacent(index + 1)
                    && self.bytes(index).eq_ignore_ascii_case(b"mysql");
                (table && self.keyword(index + 2, Keyword::Object)).then_some(("sqli.catalogue", 5))
            }
            Kind::SystemVariable if self.at(index + 1) == Kind::Open => None,
            // Messengers name groups like that: `@@5b0c…`.
            Kind::SystemVariable
                if self
                    .bytes(index)
                    .iter()
                    .filter(|byte| byte.is_ascii_digit())
                    .count()
                    > 3 =>
            {
                None
            }
            Kind::SystemVariable => Some((
                "sqli.server-variable",
                if self.in_expression(index) { 5 } else { 3 },
            )),
            // MySQL ends a number at `1.e` and takes what follows for code, which hides it from filters.
            Kind::Number if self.bytes(index).ends_with(b".e") || self.bytes(index).ends_with(b".E") => {
                (self.adjacent(index + 1) && matches!(self.at(index + 1), Kind::Open | Kind::Dot))
                    .then_some(("sqli.number", 5))
            }
            Kind::Cast => self.cast(index),
            Kind::Pipes | Kind::Ampersands => self.logic(index),
            Kind::Semicolon => self.stacked(index),
            _ => None,
        }
    }

    fn at_keyword(&self, index: usize, keyword: Keyword) -> Option<Match> {
        match keyword {
            Keyword::Union | Keyword::SetOperator => self.union(index),
            Keyword::Select => self.select(index),
            Keyword::Logic => self.logic(index),
            Keyword::Having => {
                let (next, strength) = self.condition(index + 1)?;
                (strength >= Strength::Medium && self.plausible(next)).then_some(("sqli.having", 5))
            }
            Keyword::Object if self.at(index + 1) == Kind::Open => match self.at(index + 2) {
                Kind::End if index == 0 => Some(("sqli.function", 5)),
                Kind::Close => Some(("sqli.function", if self.in_expression(index) { 5 } else { 3 })),
                _ => None,
            },
            Keyword::Where if index > 0 => {
                let (next, strength) = self.condition(index + 1)?;
                (strength == Strength::Strong && self.plausible(next)).then_some(("sqli.condition", 5))
            }
            Keyword::Like if index == 1 && self.at(0) == Kind::Close && self.at(2) == Kind::Open => {
                Some(("sqli.comparison", 5))
            }
            // The end of a list of columns, behind an alias in quotes.
            Keyword::As if self.keyword(index + 2, Keyword::From) => {
                let quoted = !self
                    .bytes(index + 1)
                    .first()
                    .is_some_and(u8::is_ascii_alphanumeric);
                let column = matches!(
                    self.at(index.checked_sub(1)?),
                    Kind::Number | Kind::Text | Kind::Close
                );
                (quoted && column).then_some(("sqli.select", 5))
            }
            Keyword::Order | Keyword::Group => self.order(index),
            Keyword::Into => self.keyword(index + 1, Keyword::File).then_some(("sqli.file", 5)),
            Keyword::Procedure => (self.keyword(index + 1, Keyword::Other)
                && self.at(index + 2) == Kind::Open)
                .then_some(("sqli.procedure", 5)),
            Keyword::WaitFor => self
                .keyword(index + 1, Keyword::Delay)
                .then_some(("sqli.delay", 5)),
            Keyword::Case => self.case(index).map(|_| ("sqli.conditional", 5)),
            Keyword::If if self.at(index + 1) == Kind::Open => {
                let (next, strength) = self.condition(index + 2)?;
                (self.at(next) == Kind::Comma && strength >= Strength::Medium)
                    .then_some(("sqli.conditional", 5))
            }
            _ => self.statement(index),
        }
    }

    /// A condition behind `and`, `or`, `xor`, `||` or `&&`.
    fn logic(&self, index: usize) -> Option<Match> {
        // Two strings with an operator between them are judged by `implicit`.
        if self.at(index + 1) == Kind::OpenText {
            return None;
        }
        let (next, strength) = self.condition(index + 1)?;
        let symbol = !matches!(self.at(index), Kind::Keyword(_));
        let breaks_out = index > 0 && self.breaks_out(index);
        let quoted = self.context != Context::Bare;
        let score = match strength {
            Strength::Strong => 5,
            _ if self.at(next) == Kind::Rest && self.comment_is_bare(next) => 5,
            // "1 or 2" is also prose.
            _ if !breaks_out
                || !self.plausible(next)
                || (!quoted && next == index + 2 && self.at(index + 1) != Kind::Literal) =>
            {
                return None;
            }
            Strength::Medium => 5,
            Strength::Weak if quoted => 5,
            Strength::Weak if !symbol => 4,
            Strength::Weak => return None,
        };
        Some(("sqli.condition", score))
    }

    /// Whether what comes before an operator is only what closes the application's expression: the end of its string or one operand,
    /// and parentheses.
    fn breaks_out(&self, index: usize) -> bool {
        let mut last = index - 1;
        while last > 0 && self.at(last) == Kind::Close {
            last -= 1;
        }
        last == 0
            && (self.context != Context::Bare
                || matches!(
                    self.at(0),
                    Kind::Number | Kind::Close | Kind::Text | Kind::Literal | Kind::Variable
                ))
    }

    /// Whether the value may end or go on like this behind a condition. In a string, the value's last string must be open: the
    /// application closes it.
    pub(crate) fn plausible(&self, next: usize) -> bool {
        match self.at(next) {
            Kind::End => self.context == Context::Bare || matches!(self.at(next - 1), Kind::OpenText),
            Kind::Rest => self.comment_is_bare(next),
            Kind::Semicolon | Kind::Close | Kind::Pipes | Kind::Ampersands => true,
            Kind::Keyword(
                Keyword::Logic
                | Keyword::Union
                | Keyword::Order
                | Keyword::Group
                | Keyword::Limit
                | Keyword::Having
                | Keyword::Procedure,
            ) => true,
            _ => false,
        }
    }

    /// `order by 3`, `group by 1, 2`.
    fn order(&self, index: usize) -> Option<Match> {
        if !self.keyword(index + 1, Keyword::By) {
            return None;
        }
        let number = self.skip(index + 2, Kind::Open);
        if self.at(number) == Kind::Number {
            let behind = index > 0
                && matches!(
                    self.at(index - 1),
                    Kind::Number | Kind::Text | Kind::Close | Kind::Literal
                );
            return match self.at(number + 1) {
                Kind::Rest => Some(("sqli.order", 5)),
                Kind::End | Kind::Comma | Kind::Close if behind => Some(("sqli.order", 5)),
                _ => None,
            };
        }
        let (next, nature) = self.chain(index + 2)?;
        if nature >= Nature::Database && index > 0 {
            return Some(("sqli.order", 5));
        }
        let breaks_out = index > 0 && self.breaks_out(index);
        let ends = self.at(next) == Kind::Rest
            || self.keyword(next, Keyword::Having)
            || self.at(next) == Kind::Comma;
        (breaks_out && ends).then_some(("sqli.order", 5))
    }

    /// `'…'::jsonb`, `f(x)::int`.
    fn cast(&self, index: usize) -> Option<Match> {
        let typed = matches!(self.at(index + 1), Kind::Keyword(Keyword::Type));
        match self.at(index.checked_sub(1)?) {
            // Between backticks it is code in a text: databases with casts like this don't know them.
            Kind::Text
                if matches!(self.at(index + 1), Kind::Name | Kind::Keyword(Keyword::Type))
                    && !self.bytes(index - 1).ends_with(b"`") =>
            {
                Some(("sqli.cast", 5))
            }
            Kind::Close if typed => Some(("sqli.cast", 5)),
            Kind::Name | Kind::Function(_) if typed => {
                Some(("sqli.cast", if self.tokens.len() == 3 { 5 } else { 4 }))
            }
            _ => None,
        }
    }

    fn catalogue(&self, index: usize) -> Match {
        let used = self.at(index + 1) == Kind::Dot
            || (index > 0 && matches!(self.at(index - 1), Kind::Keyword(Keyword::From) | Kind::Dot));
        (
            "sqli.catalogue",
            if used || self.in_expression(index) { 5 } else { 4 },
        )
    }

    /// Whether an operator, a list or a query stands right before a token.
    pub(crate) fn in_expression(&self, index: usize) -> bool {
        index > 0
            && matches!(
                self.at(index - 1),
                Kind::Sign
                    | Kind::Star
                    | Kind::Arithmetic
                    | Kind::Compare
                    | Kind::Pipes
                    | Kind::Ampersands
                    | Kind::Open
                    | Kind::Comma
                    | Kind::Semicolon
                    | Kind::Not
                    | Kind::Keyword(
                        Keyword::Select
                            | Keyword::Logic
                            | Keyword::Like
                            | Keyword::Divide
                            | Keyword::Having
                            | Keyword::Where
                            | Keyword::By
                            | Keyword::Between
                    )
            )
    }

    fn at_function(&self, index: usize, function: Function) -> Option<Match> {
        let called = self.at(index + 1) == Kind::Open;
        let part = self.at(index + 1) == Kind::Dot && self.adjacent(index + 1) && self.adjacent(index + 2);
        if called && self.tokens.len() == 2 {
            // Nothing but a call that is left open: a probe for errors.
            return Some(("sqli.function", 5));
        }
        if function == Function::Dangerous {
            let used = called
                || part
                || (index > 0 && matches!(self.at(index - 1), Kind::Dot | Kind::Keyword(Keyword::Execute)));
            return Some(("sqli.dangerous-function", if used { 5 } else { 4 }));
        }
        if function == Function::Delay {
            let alone = self.tokens.len() <= 8;
            return match self.at(index + 2) {
                Kind::Number
                | Kind::Open
                | Kind::Function(_)
                | Kind::Sign
                | Kind::Text
                | Kind::Keyword(Keyword::Select | Keyword::If)
                    if called =>
                {
                    Some((
                        "sqli.delay",
                        if alone
                            || self.in_expression(index)
                            || self.at(index.saturating_sub(1)) == Kind::Text
                        {
                            5
                        } else {
                            4
                        },
                    ))
                }
                _ if part => Some(("sqli.delay", 5)),
                _ => None,
            };
        }
        if !called {
            return None;
        }
        let argument = self.at(index + 2);
        let expression = self.in_expression(index);
        match (function, argument) {
            // `exp(~(…))`: an overflow that tells data.
            (Function::Common, Kind::Not) => Some(("sqli.error", 5)),
            (_, Kind::Keyword(Keyword::Select)) => Some(("sqli.function", 5)),
            (_, Kind::Function(inner))
                if self.at(index + 3) == Kind::Open
                    && (function != Function::Common || inner != Function::Common) =>
            {
                Some((
                    "sqli.function",
                    if expression || (function != Function::Common && inner != Function::Common) {
                        5
                    } else {
                        4
                    },
                ))
            }
            (Function::Plain, Kind::Keyword(Keyword::Type)) => Some(("sqli.error", 5)),
            (Function::Plain, _)
                if (index + 3..index + 12).any(|at| {
                    self.keyword(at, Keyword::As)
                        && matches!(self.at(at + 1), Kind::Keyword(Keyword::Type) | Kind::Function(_))
                }) =>
            {
                Some(("sqli.function", 5))
            }
            (Function::Plain, Kind::Number | Kind::Text) if expression => Some(("sqli.function", 5)),
            (Function::Inform, Kind::Close) => Some(("sqli.function", if expression { 5 } else { 3 })),
            (Function::Plain | Function::Inform, _) => {
                Some(("sqli.function", if expression { 4 } else { 2 }))
            }
            _ => None,
        }
    }
}
