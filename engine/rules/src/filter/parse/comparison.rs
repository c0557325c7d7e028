//! Operators and the right side of a comparison.

use super::{Parser, operand::Operand};
use crate::filter::{
    address::{self, AddressSet, Addresses},
    bytes::{self, NOTHING_LEFT},
    cursor::Cursor,
    expression::{AddressTest, Comparison, LengthTest, Test, TextTest},
    fault::{Fault, Hint},
    number::{self, RangeSet},
    pattern::Pattern,
    wildcard::Wildcard,
};
use memchr::memmem::Finder;

#[derive(Clone, Copy)]
enum Operator {
    In,
    Compare(Comparison),
    Bits,
    Contains,
    Matches,
    Wildcard { any_case: bool },
}

/// Operators by how they begin. An earlier one wins.
const OPERATORS: [(&str, Operator); 20] = [
    ("in", Operator::In),
    ("eq", Operator::Compare(Comparison::Equal)),
    ("==", Operator::Compare(Comparison::Equal)),
    ("ne", Operator::Compare(Comparison::NotEqual)),
    ("!=", Operator::Compare(Comparison::NotEqual)),
    ("ge", Operator::Compare(Comparison::GreaterOrEqual)),
    (">=", Operator::Compare(Comparison::GreaterOrEqual)),
    ("le", Operator::Compare(Comparison::LessOrEqual)),
    ("<=", Operator::Compare(Comparison::LessOrEqual)),
    ("gt", Operator::Compare(Comparison::Greater)),
    (">", Operator::Compare(Comparison::Greater)),
    ("lt", Operator::Compare(Comparison::Less)),
    ("<", Operator::Compare(Comparison::Less)),
    ("&", Operator::Bits),
    ("bitwise_and", Operator::Bits),
    ("contains", Operator::Contains),
    ("~", Operator::Matches),
    ("matches", Operator::Matches),
    ("wildcard", Operator::Wildcard { any_case: true }),
    ("strict wildcard", Operator::Wildcard { any_case: false }),
];

/// Passes over an operator, if one comes next.
fn eat_operator(cursor: &mut Cursor<'_>) -> Option<Operator> {
    let mut operators = OPERATORS.iter();
    operators
        .find(|(name, _)| cursor.eat(name))
        .map(|(_, operator)| *operator)
}

impl Parser<'_, '_> {
    /// Whether an operator comes next.
    pub(super) fn comparison_follows(&self) -> bool {
        let mut ahead = self.cursor;
        ahead.skip_space();
        eat_operator(&mut ahead).is_some()
    }

    /// What an operand is compared with, and how. A truth is compared with nothing.
    pub(super) fn comparison(&mut self, operand: Operand) -> Result<Test, Fault> {
        if let Operand::Flag(name) = operand {
            return Ok(Test::Flag(name));
        }
        self.cursor.skip_space();
        let start = self.cursor.at();
        let Some(operator) = eat_operator(&mut self.cursor) else {
            return Err(self.cursor.fault("expected ComparisonOp").hinting(Hint::Operator));
        };
        let operator_span = self.cursor.since(start);
        self.cursor.skip_space();
        let cursor = &mut self.cursor;
        let type_name = operand.type_name();
        let unsupported =
            |span| Fault::new(format!("cannot perform this operation on type {type_name}"), span);
        // Lists with names are part of the language, but there are none.
        if let Operator::In = operator
            && !matches!(operand, Operand::Map(_))
            && cursor.peek() == Some('$')
        {
            skip_list_name(cursor)?;
            return Err(unsupported(cursor.since(start)));
        }
        Ok(match (operand, operator) {
            (Operand::Address, Operator::Compare(comparison)) => {
                Test::Address(AddressTest::Compare(comparison, address::take(cursor)?))
            }
            (Operand::Address, Operator::In) => Test::Address(AddressTest::In(AddressSet::new(take_set(
                cursor,
                Addresses::take,
            )?))),
            (Operand::Length(text), Operator::Compare(comparison)) => {
                Test::Length(text, LengthTest::Compare(comparison, number::take(cursor)?))
            }
            (Operand::Length(text), Operator::In) => {
                let ranges = take_set(cursor, number::take_range)?;
                Test::Length(text, LengthTest::In(RangeSet::new(ranges)))
            }
            (Operand::Length(text), Operator::Bits) => {
                Test::Length(text, LengthTest::Bits(number::take(cursor)?))
            }
            (Operand::Text(text), Operator::Compare(comparison)) => {
                Test::Text(text, TextTest::Compare(comparison, bytes::take(cursor)?.into()))
            }
            (Operand::Text(text), Operator::In) => {
                let mut set: Vec<Box<[u8]>> = take_set(cursor, |cursor| Ok(bytes::take(cursor)?.into()))?;
                set.sort_unstable();
                set.dedup();
                Test::Text(text, TextTest::In(set.into()))
            }
            (Operand::Text(text), Operator::Contains) => {
                let finder = Finder::new(&bytes::take(cursor)?).into_owned();
                Test::Text(text, TextTest::Contains(finder.into()))
            }
            (Operand::Text(text), Operator::Matches) => Test::Text(text, TextTest::Matches(self.pattern()?)),
            (Operand::Text(text), Operator::Wildcard { any_case }) => {
                let start = cursor.at();
                let pattern = bytes::take_string(cursor)?;
                let wildcard = Wildcard::new(&pattern, any_case);
                let wildcard = wildcard.map_err(|what| cursor.fault_from(start, what))?;
                Test::Text(text, TextTest::Wildcard(wildcard))
            }
            _ => return Err(unsupported(operator_span)),
        })
    }

    /// A regular expression, quoted or raw. In quotes a backslash stays, except before a quote; and a quote in a class
    /// (`"[^"]"`) is no end.
    fn pattern(&mut self) -> Result<Pattern, Fault> {
        let cursor = &mut self.cursor;
        if cursor.is_at_end() {
            return Err(cursor.fault(NOTHING_LEFT));
        }
        let (pattern, span) = if cursor.eat("r") {
            let start = cursor.at();
            let pattern = bytes::take_raw(cursor)?;
            // Before and after the pattern stand a quote and as many hashes.
            let around = (cursor.at() - start - pattern.len()) / 2;
            (pattern.to_owned(), start + around..cursor.at() - around)
        } else if cursor.eat("\"") {
            let start = cursor.at();
            let pattern = take_quoted_pattern(cursor)?;
            (pattern, start..cursor.at() - 1)
        } else {
            return Err(cursor.fault("expected \" or r"));
        };
        Pattern::new(&pattern, self.budget).map_err(|what| Fault::new(what, span))
    }
}

fn take_quoted_pattern(cursor: &mut Cursor<'_>) -> Result<String, Fault> {
    let start = cursor.at();
    let mut pattern = String::new();
    let mut in_class = false;
    loop {
        match cursor.next() {
            None => return Err(cursor.fault_from(start, "could not find an ending quote")),
            Some('\\') => {
                let escaped = cursor.next();
                if in_class || escaped != Some('"') {
                    pattern.push('\\');
                }
                pattern.extend(escaped);
            }
            Some('"') if !in_class => return Ok(pattern),
            Some(other) => {
                in_class = other == '[' || in_class && other != ']';
                pattern.push(other);
            }
        }
    }
}

/// Takes a set: values between braces, with space between them where they would run together without.
fn take_set<T>(
    cursor: &mut Cursor<'_>,
    take: impl Fn(&mut Cursor<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    cursor.expect("{")?;
    let mut values = Vec::new();
    loop {
        cursor.skip_space();
        if cursor.eat("}") {
            return Ok(values);
        }
        values.push(take(cursor)?);
    }
}

/// Passes over the name of a list: a dollar sign and then small letters, digits, underscores and inner dots.
fn skip_list_name(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    cursor.expect("$")?;
    let start = cursor.at();
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
    let name = match cursor.take_while("name", is_part) {
        Ok(name) => name.to_owned(),
        Err(_) => cursor.peek().map(String::from).unwrap_or_default(),
    };
    let is_right = !name.starts_with('.') && !name.ends_with('.') && cursor.at() > start;
    if is_right {
        Ok(())
    } else {
        Err(cursor.fault_from(start, format!("invalid list name {name:?}")))
    }
}
