//! What is wrong with an expression, and where.

use super::field;
use std::{borrow::Cow, ops::Range};

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    what: Cow<'static, str>,
    /// Which bytes of the expression it is about; empty at the end of the expression.
    span: Range<usize>,
    hint: Hint,
}

/// What would have been right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// An expression.
    Expression,
    /// A field or a function.
    Identifier,
    /// An operator.
    Operator,
}

impl Fault {
    /// A fault in these bytes of the expression.
    pub(super) fn new(what: impl Into<Cow<'static, str>>, span: Range<usize>) -> Self {
        Self {
            what: what.into(),
            span,
            hint: Hint::Expression,
        }
    }

    /// The same, where something more definite would have been right.
    pub(super) fn hinting(self, hint: Hint) -> Self {
        Self { hint, ..self }
    }

    /// The whole message for the expression that was parsed: the place, the line, a mark under the fault. Columns count bytes.
    pub(super) fn message(&self, expression: &str) -> String {
        let before = &expression[..self.span.start];
        let line_start = before.rfind('\n').map_or(0, |place| place + 1);
        let line_number = before.matches('\n').count() + 1;
        let line = expression[line_start..].split('\n').next().unwrap_or_default();
        let column = self.span.start - line_start;
        let width = self.span.len().min(line.len() - column).max(1);
        format!(
            "Filter parsing error ({line_number}:{}):\n{line}\n{:column$}{:^<width$} {}\n",
            column + 1,
            "",
            "",
            self.what
        )
    }

    /// What would have been accepted, in words.
    pub(super) fn accepted(&self) -> String {
        match self.hint {
            Hint::Expression => {
                r#"an expression such as `ip.src.country in {"AT" "BE"} and not ip.src.vpn`"#.to_owned()
            }
            Hint::Identifier => {
                let fields: Vec<_> = field::names().collect();
                format!(
                    "a field ({}) or a function (len, lower, upper)",
                    fields.join(", ")
                )
            }
            Hint::Operator => {
                "an operator: eq, ne, lt, le, gt, ge (or ==, !=, <, <=, >, >=), contains, matches (or ~), \
                 wildcard, strict wildcard, in, &"
                    .to_owned()
            }
        }
    }
}
