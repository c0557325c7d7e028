//! The rule that allows or denies requests by expressions: `ip.src.country in {"AT" "BE"} and not ip.src.vpn`.
//!
//! The language is the one of Arcjet's filters, which is the one of Cloudflare's wirefilter with a third truth value for what is
//! not known. `docs/rules/filter.md` is its reference and lists where this implementation differs on purpose.
//!
//! An expression is parsed and checked once ([`parse`]), into a tree whose leaves are typed tests ([`expression`]); a judgement
//! reads the values in place ([`value`]) and walks the trees.

mod address;
mod bytes;
mod cursor;
mod expression;
mod fault;
mod field;
mod number;
mod parse;
mod pattern;
mod value;
mod wildcard;

use crate::{
    config::ConfigError,
    needs::Needs,
    outcome::{Conclusion, Outcome, Reason},
    request::Request,
};
use expression::{Node, Truth};
use pattern::Budget;

/// The most expressions that one filter holds.
pub const MAX_EXPRESSIONS: usize = 10;
/// The most bytes that one expression holds.
pub const MAX_EXPRESSION_BYTES: usize = 1024;

/// Configures a filter: which requests pass, by expressions.
///
/// Every expression is evaluated, and may come out true, false or undetermined: the last if it hangs on a value that is not known,
/// such as the country of an address that no table of countries was given for, or a header that the request doesn't have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The expressions, and what it means that one matches.
    pub expressions: FilterList,
}

/// The expressions of a filter: 1 to [10](MAX_EXPRESSIONS), each of 1 to [1024](MAX_EXPRESSION_BYTES) bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterList {
    /// A request passes if an expression matches. It is also passed on if none does but one is undetermined: a decider that knows
    /// more may still deny it.
    Allow(Vec<String>),
    /// A request is denied if an expression matches.
    Deny(Vec<String>),
}

/// What the expressions of a filter came to, by their places in the configured list, from 0 and ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilterReason {
    /// The expressions that are true of the request.
    pub matched: Vec<u32>,
    /// The expressions whose truth hangs on something that is not known.
    pub undetermined: Vec<u32>,
}

/// A filter, parsed and checked.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    matches_pass: bool,
    expressions: Vec<Node>,
}

impl Compiled {
    /// Parses the expressions of the rule at this place.
    pub(crate) fn new(rule: usize, config: &Filter) -> Result<Self, ConfigError> {
        let (list, name, matches_pass) = match &config.expressions {
            FilterList::Allow(list) => (list, "allow", true),
            FilterList::Deny(list) => (list, "deny", false),
        };
        let error = |field, message, accepted| ConfigError {
            rule,
            field,
            message,
            accepted,
        };
        if list.is_empty() || list.len() > MAX_EXPRESSIONS {
            let message = match list.len() {
                0 => "one or more expressions must be passed".to_owned(),
                _ => format!("only {MAX_EXPRESSIONS} expressions may be passed"),
            };
            let accepted = format!("1 to {MAX_EXPRESSIONS} expressions");
            return Err(error(name.to_owned(), message, accepted));
        }
        let mut budget = Budget::default();
        let mut expressions = Vec::with_capacity(list.len());
        for (place, text) in list.iter().enumerate() {
            let field = || format!("{name}[{place}]");
            if text.len() > MAX_EXPRESSION_BYTES {
                let message = format!("only {MAX_EXPRESSION_BYTES} bytes may be passed in expression");
                let accepted = format!("1 to {MAX_EXPRESSION_BYTES} bytes");
                return Err(error(field(), message, accepted));
            }
            let parsed = parse::parse(text, &mut budget);
            expressions.push(parsed.map_err(|fault| error(field(), fault.message(text), fault.accepted()))?);
        }
        Ok(Self {
            matches_pass,
            expressions,
        })
    }

    /// Adds what the expressions read.
    pub(crate) fn needs(&self, needs: &mut Needs) {
        for expression in &self.expressions {
            expression.needs(needs);
        }
    }

    /// Judges a request by all expressions.
    pub(crate) fn judge(&self, request: &Request<'_>) -> Outcome {
        let mut reason = FilterReason::default();
        let mut scratch = Vec::new();
        for (place, expression) in (0u32..).zip(&self.expressions) {
            match expression.judge(request, &mut scratch) {
                Truth::True => reason.matched.push(place),
                Truth::Unknown => reason.undetermined.push(place),
                Truth::False => {}
            }
        }
        let matched = !reason.matched.is_empty();
        let passes = if self.matches_pass {
            matched || !reason.undetermined.is_empty()
        } else {
            !matched
        };
        Outcome {
            conclusion: if passes {
                Conclusion::Allow
            } else {
                Conclusion::Deny
            },
            reason: Reason::Filter(reason),
        }
    }
}
