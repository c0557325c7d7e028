//! The left side of a comparison: fields, entries of maps, functions.

use super::Parser;
use crate::filter::{
    address,
    bytes::{self, NOTHING_LEFT},
    cursor::Cursor,
    fault::{Fault, Hint},
    field::Field,
    number,
    value::{Case, Map, Source, Text},
};

/// What a comparison is about.
pub(super) enum Operand {
    Flag(&'static str),
    Address,
    Text(Text),
    /// The number of bytes of a text.
    Length(Text),
    Map(Map),
}

impl Operand {
    /// The name of its type, in messages.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Flag(_) => BOOL,
            Self::Address => "Ip",
            Self::Text(_) => "Bytes",
            Self::Length(_) => "Int",
            Self::Map(_) => "Map<Bytes>",
        }
    }
}

const BOOL: &str = "Bool";

#[derive(Clone, Copy)]
enum Function {
    Len,
    Change(Case),
}

/// What stands between the parentheses of a function.
enum Argument {
    Operand(Operand),
    /// A comparison or what is made of them.
    Logical,
    Literal,
}

/// What stands between brackets.
enum Index {
    Place(u32),
    Key(String),
    Each,
}

impl Parser<'_, '_> {
    /// A field or a function, with an index if it has one.
    pub(super) fn operand(&mut self) -> Result<Operand, Fault> {
        let start = self.cursor.at();
        let name = take_identifier(&mut self.cursor)?;
        let mut operand = match (Field::from_name(name), name) {
            (Some(field), _) => field.into(),
            (None, "len") => self.call(Function::Len)?,
            (None, "lower") => self.call(Function::Change(Case::Lower))?,
            (None, "upper") => self.call(Function::Change(Case::Upper))?,
            (None, _) => {
                let fault = Fault::new("unknown identifier", self.cursor.since(start));
                return Err(fault.hinting(Hint::Identifier));
            }
        };
        loop {
            let start = self.cursor.at();
            if !self.cursor.eat("[") {
                return Ok(operand);
            }
            self.cursor.skip_space();
            let index = take_index(&mut self.cursor)?;
            self.cursor.skip_space();
            self.cursor.expect("]")?;
            operand = match (operand, index) {
                (Operand::Map(map), Index::Key(key)) => Operand::Text(Text {
                    source: Source::Entry(map, key.into()),
                    case: Case::AsIs,
                }),
                (Operand::Map(_), Index::Each) => {
                    let what = "invalid use of map each access operator";
                    return Err(Fault::new(what, self.cursor.since(start)));
                }
                (other, index) => {
                    let what = format!("cannot access index {index} for type {}", other.type_name());
                    return Err(Fault::new(what, self.cursor.since(start)));
                }
            };
        }
    }

    /// The rest of a call, after the function's name.
    fn call(&mut self, function: Function) -> Result<Operand, Fault> {
        self.cursor.skip_space();
        self.enter()?;
        self.cursor.expect("(")?;
        self.cursor.skip_space();
        let mut argument = None;
        while self.cursor.peek().is_some_and(|next| next != ')') {
            if argument.is_some() {
                self.cursor.expect(",")?;
            }
            self.cursor.skip_space();
            let start = self.cursor.at();
            let next = self.argument()?;
            if argument.is_some() {
                return Err(self.cursor.fault_from(start, WRONG_COUNT));
            }
            argument = Some(match next {
                Argument::Operand(Operand::Text(text)) => text,
                other => return Err(Fault::new(wrong_argument(&other), self.cursor.since(start))),
            });
            self.cursor.skip_space();
        }
        let Some(text) = argument else {
            return Err(self.cursor.fault(WRONG_COUNT));
        };
        self.cursor.expect(")")?;
        self.leave();
        Ok(match function {
            Function::Len => Operand::Length(text),
            // Of several changes of case the outermost decides.
            Function::Change(case) => Operand::Text(Text { case, ..text }),
        })
    }

    /// An argument. All but texts are refused, but only after they were read, so that the message can say what they are.
    fn argument(&mut self) -> Result<Argument, Fault> {
        let rest = self.cursor.rest();
        if rest.starts_with('"') || rest.starts_with("r\"") || rest.starts_with("r#") {
            bytes::take(&mut self.cursor)?;
            Ok(Argument::Literal)
        } else if ["(", "not", "!"].iter().any(|start| rest.starts_with(start)) {
            self.logical()?;
            Ok(Argument::Logical)
        } else if starts_identifier(rest) {
            let operand = self.operand()?;
            if self.comparison_follows() {
                self.comparison(operand)?;
                Ok(Argument::Logical)
            } else {
                Ok(Argument::Operand(operand))
            }
        } else if self.skip_literal() {
            Ok(Argument::Literal)
        } else {
            Err(self.cursor.fault(NOTHING_LEFT))
        }
    }

    /// Passes over a literal that is not quoted, if one comes next.
    fn skip_literal(&mut self) -> bool {
        let takes: [fn(&mut Cursor<'_>) -> bool; 3] = [
            |cursor| address::take(cursor).is_ok(),
            |cursor| number::take(cursor).is_ok(),
            |cursor| bytes::take(cursor).is_ok(),
        ];
        takes.iter().any(|take| {
            let mut ahead = self.cursor;
            let taken = take(&mut ahead);
            if taken {
                self.cursor = ahead;
            }
            taken
        })
    }
}

const WRONG_COUNT: &str = "invalid number of arguments";

fn wrong_argument(argument: &Argument) -> String {
    let got = match argument {
        Argument::Operand(operand) => operand.type_name(),
        Argument::Logical => BOOL,
        Argument::Literal => {
            return "invalid kind of argument #0: expected argument of kind Field, but got Literal"
                .to_owned();
        }
    };
    format!("invalid type of argument #0: expected value of type Bytes, but got {got}")
}

impl From<Field> for Operand {
    fn from(field: Field) -> Self {
        let text = |source| {
            Self::Text(Text {
                source,
                case: Case::AsIs,
            })
        };
        match field {
            Field::Address => Self::Address,
            Field::Plain(plain) => text(Source::Plain(plain)),
            Field::Detail(name) => text(Source::Detail(name)),
            Field::Map(map) => Self::Map(map),
            Field::Flag(name) => Self::Flag(name),
        }
    }
}

impl std::fmt::Display for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Place(place) => write!(f, "ArrayIndex({place})"),
            Self::Key(key) => write!(f, "MapKey({key:?})"),
            Self::Each => write!(f, "MapEach"),
        }
    }
}

/// Takes words with dots between them.
fn take_identifier<'t>(cursor: &mut Cursor<'t>) -> Result<&'t str, Fault> {
    let start = cursor.at();
    loop {
        let word = cursor.take_while("identifier character", |c| c.is_ascii_alphanumeric() || c == '_');
        word.map_err(|fault| fault.hinting(Hint::Identifier))?;
        if !cursor.eat(".") {
            return Ok(cursor.text_since(start));
        }
    }
}

/// Whether this must be an identifier: it is told from a number by a letter that is no hexadecimal digit, among its first three
/// characters. That is enough, because all fields and functions have one there.
fn starts_identifier(text: &str) -> bool {
    let mut word = text
        .chars()
        .take(3)
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_');
    word.any(|c| !c.is_ascii_hexdigit())
}

/// Takes what stands between brackets.
fn take_index(cursor: &mut Cursor<'_>) -> Result<Index, Fault> {
    let expected = |start: usize, cursor: &Cursor<'_>, what: &str| {
        cursor.fault_from(start, format!("expected literal {what:?}"))
    };
    let start = cursor.at();
    if cursor.eat("*") {
        Ok(Index::Each)
    } else if cursor.eat("\"") {
        let key = bytes::take_quoted(cursor)?;
        let key = String::from_utf8(key).map_err(|_| expected(start, cursor, "expected utf8 string"))?;
        Ok(Index::Key(key))
    } else {
        let place = number::take(cursor)
            .map_err(|_| expected(start, cursor, "expected quoted utf8 string or positive integer"))?;
        let place = u32::try_from(place)
            .map_err(|_| expected(start, cursor, "expected positive integer as index"))?;
        Ok(Index::Place(place))
    }
}
