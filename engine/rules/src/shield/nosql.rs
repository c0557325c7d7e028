//! Injection into the queries of stores that don't speak SQL: MongoDB's operators and server-side JavaScript, Cypher, and commands
//! smuggled into the line protocols of Redis and Memcached.

mod code;
mod command;
#[cfg(test)]
mod tests;

use super::{
    charset::{AMPERSAND, BRACE, BREAK, EXPANSION, OPEN, SEPARATOR, STRING},
    finding::{Category, Finding},
    words::Words,
    work,
};
use crate::swar;

/// What code leaves a string or an expression with.
const CODE: u32 = OPEN | SEPARATOR | AMPERSAND | BRACE | STRING;

/// MongoDB's operators that change what a query finds. Left out are those that honest clients send as names: OData's (`$filter`,
/// `$select`, `$top`), JSON's (`$ref`, `$id`, `$type`) and those of analytics (`$set`, `$add`).
static OPERATORS: Words<bool, 128> = Words::new(
    &[(
        true,
        "accumulator all and bitsallclear bitsallset bitsanyset elemmatch eq exists expr func function \
         geointersects geowithin gt gte in jsonschema lookup lt lte mod natural ne near nearsphere nin nor \
         not or regex size slice text unionwith where",
    )],
    false,
);

/// Detects an operator in the name of a parameter or the key of an object: `user[$ne]`, `$where`, `a.$regex`.
pub(crate) fn detect_name(name: &[u8]) -> Option<Finding> {
    let places = name.iter().enumerate().filter(|(_, byte)| **byte == b'$');
    for (at, _) in places.take(8) {
        let whole = at == 0 || matches!(name[at - 1], b'[' | b'.');
        let (operator, next) = word(name, at + 1);
        if whole && OPERATORS.find(operator) && matches!(name.get(next), None | Some(b']' | b'[' | b'.')) {
            return Some(finding("nosql.operator", 5));
        }
    }
    None
}

/// Detects the same in a decoded value of these [classes](super::charset::classes), and code and commands; the strongest finding.
pub(crate) fn detect(value: &[u8], classes: u32) -> Option<Finding> {
    let mut best = None;
    if classes & EXPANSION != 0 {
        best = best.max(operator(value));
    }
    if classes & CODE != 0 {
        best = best.max(code::find(value));
    }
    if classes & BREAK != 0 {
        best = best.max(command::find(value));
    }
    best.map(|(score, detector)| finding(detector, score))
}

/// An operator as the key of an object that the value is, or that it goes on with.
fn operator(value: &[u8]) -> Option<(u8, &'static str)> {
    let mut at = 0;
    while let Some(found) = swar::find(&value[at..], [b'$']) {
        let (name, next) = word(value, at + found + 1);
        let first = at + found;
        at = first + 1;
        if !OPERATORS.find(name) {
            continue;
        }
        let quotes = value[next..]
            .iter()
            .take(8)
            .take_while(|byte| matches!(byte, b'"' | b'\'' | b' ' | b'\\'))
            .count();
        let key = value.get(next + quotes) == Some(&b':');
        let index = first > 0 && value[first - 1] == b'[' && value.get(next) == Some(&b']');
        if key || index || value.len() == name.len() + 1 {
            return Some((5, "nosql.operator"));
        }
    }
    None
}

/// The word that starts here and the byte behind it.
fn word(value: &[u8], at: usize) -> (&[u8], usize) {
    let rest = value.get(at..).unwrap_or_default();
    work::spend(1);
    let length = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    (&rest[..length], at + length)
}

fn finding(detector: &'static str, score: u8) -> Finding {
    Finding {
        detector,
        category: Category::Nosql,
        score,
    }
}
