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

pub(super) use token::Token;

use self::{
    grammar::Shape,
    token::{Context, Kind},
};
use super::{
    charset::{BACKTICK, COLON, DOUBLE, SINGLE, SQL, STRING},
    finding::{Category, Finding},
};

/// Detects SQL injection in a decoded value of these [classes](charset::classes); the strongest finding. `tokens` is a buffer.
pub(crate) fn detect(value: &[u8], classes: u32, tokens: &mut Vec<Token>) -> Option<Finding> {
    let has = |searched: u32| classes & searched != 0;
    // `password::int`.
    let casts = || has(COLON) && memchr::memchr_iter(b':', value).any(|at| value.get(at + 1) == Some(&b':'));
    if !has(SQL | STRING) && !casts() {
        // The name of a system table alone, put where the application wants the name of one of its own.
        let name = value.split(|&byte| byte == b'.').next().unwrap_or_default();
        let catalogue = words::find(name) == Kind::Catalogue;
        return catalogue.then_some(Finding {
            detector: "sqli.catalogue",
            category: Category::Sqli,
            score: 5,
        });
    }
    let mut best = None;
    let contexts = [
        (true, Context::Bare),
        (has(SINGLE), Context::Quoted(b'\'')),
        (has(DOUBLE), Context::Quoted(b'"')),
        (has(BACKTICK), Context::Quoted(b'`')),
    ];
    for (possible, context) in contexts {
        if possible {
            lexer::tokenise(value, context, tokens);
            best = best.max(judge(value, context, tokens));
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
    for (index, token) in tokens.iter().enumerate() {
        if !token.kind.begins_construct() {
            continue;
        }
        if best.is_some_and(|(score, _)| score == 5) {
            break;
        }
        best = best.max(shape.construct(index).map(|(detector, score)| (score, detector)));
    }
    best
}
