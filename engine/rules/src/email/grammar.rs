//! The grammar of an address (RFC 5321, RFC 5322, RFC 6531), read once from left to right.
//!
//! The parser accepts everything that RFC 5322 accepts, obsolete forms included, and notes which level what it read needs. So one
//! pass answers for all levels.

use super::{cursor::Cursor, domain, fault::EmailFault, literal};

/// How much of the grammar of an address is accepted; each level accepts what those before it do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EmailLevel {
    /// Addresses as people write them: `first.last+tag@example.com`. No quoting, no address in brackets, at least two labels, the
    /// last one not starting with a digit.
    Plain,
    /// What RFC 5321 lets through in an SMTP envelope: also a quoted local part, an address in brackets, a single label.
    #[default]
    Smtp,
    /// What RFC 5322 lets through in the header of a message: also comments, folding white space, obsolete forms, any length.
    Rfc5322,
}

/// Short for use inside the rule.
pub(super) use EmailLevel as Level;

/// The most bytes of a local part, of a label and of a whole address (RFC 5321, 4.5.3.1; RFC 1035, 2.3.4; RFC 3696, erratum 1690).
const MAX_LOCAL: usize = 64;
const MAX_LABEL: usize = 63;
const MAX_ADDRESS: usize = 254;

/// An address that RFC 5322 accepts, without its comments and white space.
#[derive(Debug)]
pub(super) struct Address {
    /// The level that it needs.
    pub(super) level: Level,
    /// What needs that level.
    pub(super) because: Option<EmailFault>,
    pub(super) domain: Domain,
    /// Whether the domain is sure to be in the form that a mail server would look up. See [`domain::read_label`].
    pub(super) is_canonical: bool,
    /// The local part as written, `@`, and the domain in ASCII and lower case.
    text: String,
    at: usize,
}

/// What stands after the `@`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    /// A name.
    Name {
        /// Of one label only.
        is_single: bool,
        /// With a last label of digits only.
        is_numeric: bool,
    },
    /// Something in brackets.
    Literal,
}

impl Address {
    pub(super) fn local_part(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    pub(super) fn domain_name(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }
}

/// Reads an address, or says why it is none at any level.
pub(super) fn parse(text: &str) -> Result<Address, EmailFault> {
    read(&mut Cursor::new(text), text.len())
}

fn read(cursor: &mut Cursor<'_>, length: usize) -> Result<Address, EmailFault> {
    // The address without comments is hardly ever longer than with them: only names outside ASCII grow.
    let mut text = String::with_capacity(length);
    read_local_part(cursor, &mut text)?;
    let at = text.len();
    text.push('@');
    if at > MAX_LOCAL {
        cursor.need(Level::Rfc5322, EmailFault::TooLong);
    }
    cursor.blanks()?;
    let mut is_canonical = true;
    let domain = if cursor.peek() == Some('[') {
        read_literal(cursor, &mut text)?;
        Domain::Literal
    } else {
        read_name(cursor, &mut text, &mut is_canonical)?
    };
    if text.len() > MAX_ADDRESS {
        cursor.need(Level::Rfc5322, EmailFault::TooLong);
    }
    Ok(Address {
        level: cursor.needs,
        because: cursor.because,
        domain,
        is_canonical,
        text,
        at,
    })
}

/// Atoms and quoted strings with dots between them, up to and including the `@`.
fn read_local_part(cursor: &mut Cursor<'_>, out: &mut String) -> Result<(), EmailFault> {
    let mut dots = 0;
    let mut is_quoted = false;
    loop {
        cursor.blanks()?;
        match cursor.peek() {
            Some('"') => {
                is_quoted = true;
                read_quoted(cursor, out)?;
            }
            Some(character) if is_atom_text(character) => {
                while let Some(character) = cursor.peek().filter(|&c| is_atom_text(c)) {
                    cursor.next();
                    out.push(character);
                }
            }
            Some('@') if dots == 0 => return Err(EmailFault::NoLocalPart),
            Some('.' | '@') => return Err(EmailFault::Dot),
            Some(_) => return Err(EmailFault::Character),
            None => return Err(EmailFault::NoAt),
        }
        cursor.blanks()?;
        match cursor.next() {
            Some('.') => out.push('.'),
            Some('@') => break,
            Some(_) => return Err(EmailFault::Character),
            None => return Err(EmailFault::NoAt),
        }
        dots += 1;
    }
    if is_quoted {
        // One quoted string is today's form; several, or one among atoms, are an obsolete one.
        let level = if dots == 0 { Level::Smtp } else { Level::Rfc5322 };
        cursor.need(level, EmailFault::Quoted);
    }
    Ok(())
}

/// A quoted string with its quotes.
fn read_quoted(cursor: &mut Cursor<'_>, out: &mut String) -> Result<(), EmailFault> {
    cursor.next();
    out.push('"');
    loop {
        if let Some('\t' | '\r') = cursor.peek() {
            cursor.need(Level::Rfc5322, EmailFault::WhiteSpace);
            cursor.fold()?;
            out.push(' ');
            continue;
        }
        let character = cursor.next().ok_or(EmailFault::Unclosed)?;
        out.push(character);
        match character {
            '"' => return Ok(()),
            '\\' => out.push(cursor.quoted_pair()?),
            '\0' | '\n' => return Err(EmailFault::Character),
            _ if character.is_ascii_control() => cursor.need(Level::Rfc5322, EmailFault::Control),
            _ if character.is_ascii() || domain::is_text(character) => {}
            _ => return Err(EmailFault::Character),
        }
    }
}

/// Labels with dots between them, up to the end.
fn read_name(
    cursor: &mut Cursor<'_>,
    out: &mut String,
    is_canonical: &mut bool,
) -> Result<Domain, EmailFault> {
    let mut labels = 0;
    loop {
        cursor.blanks()?;
        let start = out.len();
        *is_canonical &= domain::read_label(cursor, out)?;
        let label = out.get(start..).unwrap_or_default();
        if label.is_empty() {
            return Err(match cursor.peek() {
                None if labels == 0 => EmailFault::NoDomain,
                None => EmailFault::Dot,
                Some(character) if domain::fold(character) == '.' => EmailFault::Dot,
                Some(_) => EmailFault::Character,
            });
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(EmailFault::Hyphen);
        }
        if label.len() > MAX_LABEL {
            cursor.need(Level::Rfc5322, EmailFault::TooLong);
        }
        labels += 1;
        cursor.blanks()?;
        match cursor.next().map(domain::fold) {
            Some('.') => out.push('.'),
            Some(_) => return Err(EmailFault::Character),
            None => {
                let is_single = labels == 1;
                let last = out.get(start..).unwrap_or_default();
                if is_single || last.starts_with(|c: char| c.is_ascii_digit()) {
                    cursor.need(Level::Smtp, EmailFault::NoTopLevelDomain);
                }
                let is_numeric = last.bytes().all(|b| b.is_ascii_digit());
                return Ok(Domain::Name {
                    is_single,
                    is_numeric,
                });
            }
        }
    }
}

/// Something in brackets, up to the end.
fn read_literal(cursor: &mut Cursor<'_>, out: &mut String) -> Result<(), EmailFault> {
    cursor.next();
    let start = out.len();
    loop {
        if let Some(' ' | '\t' | '\r') = cursor.peek() {
            cursor.need(Level::Rfc5322, EmailFault::WhiteSpace);
            cursor.fold()?;
            continue;
        }
        match cursor.next().ok_or(EmailFault::Unclosed)? {
            ']' => break,
            '\\' => {
                cursor.need(Level::Rfc5322, EmailFault::DomainLiteral);
                out.push(cursor.quoted_pair()?);
            }
            '[' | '\0' | '\n' => return Err(EmailFault::Character),
            character if !character.is_ascii() => return Err(EmailFault::Character),
            character => {
                if character.is_ascii_control() {
                    cursor.need(Level::Rfc5322, EmailFault::Control);
                }
                out.push(character);
            }
        }
    }
    cursor.blanks()?;
    if cursor.peek().is_some() {
        return Err(EmailFault::Character);
    }
    let is_address = literal::is_address(out.get(start..).unwrap_or_default());
    let level = if is_address { Level::Smtp } else { Level::Rfc5322 };
    cursor.need(level, EmailFault::DomainLiteral);
    Ok(())
}

/// What an atom is made of: `atext` of RFC 5322 and, by RFC 6531, characters outside ASCII.
fn is_atom_text(character: char) -> bool {
    is_ascii_atom_text(character) || !character.is_ascii() && domain::is_text(character)
}

/// `atext` of RFC 5322.
pub(super) fn is_ascii_atom_text(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(
            character,
            '!' | '#'
                | '$'
                | '%'
                | '&'
                | '\''
                | '*'
                | '+'
                | '-'
                | '/'
                | '='
                | '?'
                | '^'
                | '_'
                | '`'
                | '{'
                | '|'
                | '}'
                | '~'
        )
}

#[cfg(test)]
mod tests {
    use super::{Cursor, read};

    fn steps(address: &str) -> usize {
        let mut cursor = Cursor::new(address);
        // Whether it is valid makes no difference to the work.
        let _ = read(&mut cursor, address.len());
        cursor.steps
    }

    #[test]
    fn twice_the_length_is_twice_the_work() {
        let shapes: [fn(usize) -> String; 8] = [
            |n| format!("{}@example.com", "a".repeat(n)),
            |n| format!("a@{}com", "a.".repeat(n)),
            |n| format!("a@{}.com", "a".repeat(n)),
            |n| format!("a@{}.com", "ü".repeat(n)),
            |n| format!("{}a{}@example.com", "(".repeat(n), ")".repeat(n)),
            |n| format!("\"{}\"@example.com", "\\\"".repeat(n)),
            |n| format!("{}a@example.com", " \r\n".repeat(n)),
            |n| format!("a@[{}]", ":".repeat(n)),
        ];
        for (i, shape) in shapes.iter().enumerate() {
            let (one, two) = (steps(&shape(1_000)), steps(&shape(2_000)));
            assert!(one >= 60, "shape {i} is read: {one} steps");
            assert!(two <= 2 * one, "shape {i}: {one} steps, then {two}");
        }
    }
}
