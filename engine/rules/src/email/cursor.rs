//! The reading position in an address, and the parts of the grammar that may stand anywhere: folding white space, comments and
//! quoted pairs.

use super::{fault::EmailFault, grammar::Level};
use std::str::Chars;

/// A position that only moves forward, and the strictest level that what was read so far still satisfies.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    rest: Chars<'a>,
    /// The level that is needed for what was read.
    pub(super) needs: Level,
    /// What needs that level first.
    pub(super) because: Option<EmailFault>,
    #[cfg(test)]
    pub(super) steps: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text.chars(),
            needs: Level::Plain,
            because: None,
            #[cfg(test)]
            steps: 0,
        }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        #[cfg(test)]
        {
            self.steps += 1;
        }
        self.rest.next()
    }

    /// Notes that what was read is only valid from this level on.
    pub(super) fn need(&mut self, level: Level, because: EmailFault) {
        if level > self.needs {
            self.needs = level;
            self.because = Some(because);
        }
    }

    /// Comments and folding white space (CFWS of RFC 5322), if any.
    pub(super) fn blanks(&mut self) -> Result<(), EmailFault> {
        loop {
            match self.peek() {
                Some('(') => {
                    self.need(Level::Rfc5322, EmailFault::Comment);
                    self.comment()?;
                }
                Some(' ' | '\t' | '\r') => {
                    self.need(Level::Rfc5322, EmailFault::WhiteSpace);
                    self.fold()?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// One piece of folding white space: a blank, a tab, or a line break that a blank or a tab follows.
    pub(super) fn fold(&mut self) -> Result<(), EmailFault> {
        if self.next() != Some('\r') {
            return Ok(());
        }
        let folded = self.next() == Some('\n') && matches!(self.peek(), Some(' ' | '\t'));
        if folded {
            Ok(())
        } else {
            Err(EmailFault::LineBreak)
        }
    }

    /// A comment with those inside it: counted, not nested, so that depth costs nothing.
    fn comment(&mut self) -> Result<(), EmailFault> {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                None => return Err(EmailFault::Unclosed),
                Some('\r') => {
                    self.fold()?;
                    continue;
                }
                Some('\0' | '\n') => return Err(EmailFault::Character),
                Some('(') => depth += 1,
                Some(')') => depth -= 1,
                Some(_) => {}
            }
            if self.next() == Some('\\') {
                self.quoted_pair()?;
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// What follows a backslash. Control characters are an obsolete form; characters outside ASCII need no backslash and have none
    /// (RFC 6531 left `quoted-pairSMTP` as it was).
    pub(super) fn quoted_pair(&mut self) -> Result<char, EmailFault> {
        let character = self.next().ok_or(EmailFault::Unclosed)?;
        if !character.is_ascii() {
            return Err(EmailFault::Character);
        }
        if character.is_ascii_control() && character != '\t' {
            self.need(Level::Rfc5322, EmailFault::Control);
        }
        Ok(character)
    }
}
