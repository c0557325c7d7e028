//! A place in an expression that is being parsed.

use super::fault::Fault;
use std::ops::Range;

/// What separates the parts of an expression. A tab is none, as in wirefilter: it would put the mark under an error in the wrong
/// place.
const SPACES: [char; 3] = [' ', '\r', '\n'];

/// A place in an expression. It only ever stands between two characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    /// The beginning of an expression; white space around it is no part of it.
    pub(super) fn new(expression: &'t str) -> Self {
        let trimmed = expression.trim_end();
        // An expression of nothing but space is faulty at its beginning, not at its end.
        let at = trimmed.len() - trimmed.trim_start().len();
        Self { text: trimmed, at }
    }

    /// Where in the expression this is, in bytes.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What comes from here on.
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The bytes from a place on to here.
    pub(super) fn since(&self, start: usize) -> Range<usize> {
        start..self.at
    }

    /// The text from a place on to here.
    pub(super) fn text_since(&self, start: usize) -> &'t str {
        &self.text[start..self.at]
    }

    /// A fault in everything from here on.
    pub(super) fn fault(&self, what: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
        self.fault_from(self.at, what)
    }

    /// A fault in everything from an earlier place on.
    pub(super) fn fault_from(&self, start: usize, what: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
        Fault::new(what, start..self.text.len())
    }

    /// Whether nothing is left.
    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// The next character, which stays.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The next character.
    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub(super) fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(SPACES).len();
    }

    /// Passes over this text if it comes next.
    pub(super) fn eat(&mut self, literal: &str) -> bool {
        let comes = self.rest().starts_with(literal);
        if comes {
            self.at += literal.len();
        }
        comes
    }

    /// Passes over this text, which must come next.
    pub(super) fn expect(&mut self, literal: &'static str) -> Result<(), Fault> {
        if self.eat(literal) {
            Ok(())
        } else {
            Err(self.fault(format!("expected literal {literal:?}")))
        }
    }

    /// Takes a number of characters.
    pub(super) fn take(&mut self, count: usize) -> Result<&'t str, Fault> {
        let mut chars = self.rest().chars();
        let found = chars.by_ref().take(count).count();
        if found < count {
            let what = format!("expected {count} characters, but found {found}");
            return Err(self.fault(what));
        }
        let taken = &self.rest()[..self.rest().len() - chars.as_str().len()];
        self.at += taken.len();
        Ok(taken)
    }

    /// Takes the characters of a kind, of which there must be one.
    pub(super) fn take_while(&mut self, name: &str, is: impl Fn(char) -> bool) -> Result<&'t str, Fault> {
        let rest = self.rest();
        let taken = &rest[..rest.len() - rest.trim_start_matches(is).len()];
        if taken.is_empty() {
            return Err(self.fault(format!("expected {name}")));
        }
        self.at += taken.len();
        Ok(taken)
    }
}
