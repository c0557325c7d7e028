//! SQL injection: the value is split into SQL's tokens as a database would in each place that an application could have put it, and
//! what it does there is confirmed by the grammar.
//!
//! An attack has to leave the string or number that the application meant the value to be, and then be valid SQL. So the value is read as
//! it is, and as what follows an opening `'`, `"` or `` ` `` if it holds one. Prose survives: its words don't stand in the order that SQL wants.

mod anywhere;
mod breakout;
mod grammar;
mod lexer;
mod query;
mod statement;
mod token;
mod words;

#[cfg(test)]
mod tests;

use self::{
    grammar::Shape,
    token::{Context, Kind, Token},
};
use super::finding::{Category, Finding};

/// Detects SQL injection in a decoded value; the strongest finding.
pub(crate) fn detect(value: &[u8]) -> Option<Finding> {
    let seen = Seen::of(value);
    if !seen.possible() && !seen.casts(value) {
        // The name of a system table alone, put where the application wants the name of one of its own.
        let name = value.split(|&byte| byte == b'.').next().unwrap_or_default();
        let catalogue = words::find(name) == Kind::Catalogue;
        return catalogue.then_some(Finding {
            detector: "sqli.catalogue",
            category: Category::Sqli,
            score: 5,
        });
    }
    let mut tokens = Vec::with_capacity(value.len() / 4 + 8);
    let mut best = None;
    let contexts = [
        (true, Context::Bare),
        (seen.single, Context::Quoted(b'\'')),
        (seen.double, Context::Quoted(b'"')),
        (seen.backtick, Context::Quoted(b'`')),
    ];
    for (possible, context) in contexts {
        if possible {
            lexer::tokenise(value, context, &mut tokens);
            best = best.max(judge(value, context, &tokens));
            if best.is_some_and(|(score, _)| score == 5) {
                break;
            }
        }
    }
    let (score, detector) = best?;
    Some(Finding {
        detector,
        category: Category::Sqli,
        score,
    })
}

/// Checks that the tokens of a value lie in it and in its order, in every context.
#[cfg(fuzzing)]
pub(crate) fn check_tokens(value: &[u8]) {
    let mut tokens = Vec::new();
    for quote in [None, Some(b'\''), Some(b'"'), Some(b'`')] {
        lexer::tokenise(value, quote.map_or(Context::Bare, Context::Quoted), &mut tokens);
        let mut end = 0;
        for token in &tokens {
            assert!(end <= token.start && token.start <= token.end, "{tokens:?}");
            end = token.end;
        }
        assert!(end as usize <= value.len(), "{tokens:?}");
    }
}

/// The strongest construct in the tokens, with its score first.
fn judge(value: &[u8], context: Context, tokens: &[Token]) -> Option<(u8, &'static str)> {
    let shape = Shape {
        value,
        context,
        tokens,
    };
    let mut best = shape.breakout().map(|(detector, score)| (score, detector));
    for index in 0..tokens.len() {
        if best.is_some_and(|(score, _)| score == 5) {
            break;
        }
        best = best.max(shape.construct(index).map(|(detector, score)| (score, detector)));
    }
    best
}

/// Which bytes a value holds, as far as they decide whether it can be an attack at all.
#[derive(Default)]
struct Seen {
    single: bool,
    double: bool,
    /// White space or a byte that SQL's syntax needs where there is none.
    separator: bool,
    colon: bool,
    backtick: bool,
}

impl Seen {
    fn of(value: &[u8]) -> Self {
        let mut seen = 0;
        for &byte in value {
            seen |= CLASSES[usize::from(byte)];
        }
        Self {
            single: seen & SINGLE != 0,
            double: seen & DOUBLE != 0,
            separator: seen & SEPARATOR != 0,
            colon: seen & COLON != 0,
            backtick: seen & BACKTICK != 0,
        }
    }

    fn possible(&self) -> bool {
        self.single || self.double || self.separator
    }

    /// `password::int`.
    fn casts(&self, value: &[u8]) -> bool {
        self.colon && value.windows(2).any(|pair| pair == b"::")
    }
}

const SINGLE: u8 = 1;
const DOUBLE: u8 = 2;
const SEPARATOR: u8 = 4;
const COLON: u8 = 8;
const BACKTICK: u8 = 16;

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'\'' => SINGLE,
            b'"' => DOUBLE,
            b':' => COLON,
            b'`' => SEPARATOR | BACKTICK,
            0..=b' '
            | b'('
            | b')'
            | b'*'
            | b'#'
            | b';'
            | b'='
            | b'<'
            | b'>'
            | b'|'
            | b'&'
            | b'@'
            | b'$'
            | b'['
            | 0xA0 => SEPARATOR,
            _ => 0,
        };
        byte += 1;
    }
    classes
};
