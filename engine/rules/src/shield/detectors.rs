//! Which detectors look at which view of a value.

use super::{
    charset::{self, ASSIGN, CLOSE, CODE, EXPANSION, OPEN, PLUS, PUNCTUATION, QUOTE},
    finding::{Category, Finding, Place},
    html, ldap, nosql, php,
    sql::{self, Token},
};

/// Reads a decoded value of these [classes](charset::classes) as the languages whose injection is looked for. `tokens` is a buffer.
pub(super) fn grammars(
    value: &[u8],
    classes: u32,
    place: Place,
    tokens: &mut Vec<Token>,
    hits: &mut Vec<Finding>,
) {
    let has = |searched: u32| classes & searched != 0;
    let mut add = |found: Option<Finding>| hits.extend(found.map(|found| softened(found, place)));
    add(sql::detect(value, classes, tokens));
    if has(CODE | QUOTE | EXPANSION | PUNCTUATION | PLUS) {
        add(html::detect(value, classes));
    }
    // A filter needs a parenthesis or `:=`.
    if has(OPEN | CLOSE) || has(PUNCTUATION) && has(ASSIGN) {
        add(ldap::detect(value));
    }
    if has(OPEN) {
        add(php::detect(value));
    }
    add(nosql::detect(value, classes));
    if is_tilde_expansion(value) {
        add(Some(Finding {
            detector: "rce.tilde-expansion",
            category: Category::Rce,
            score: 5,
        }));
    }
    if has(EXPANSION) && matches!(place, Place::QueryName | Place::BodyName) {
        add(nosql::detect_name(value));
    }
}

/// `~+`, `~-2`: directories that only a shell remembers.
fn is_tilde_expansion(value: &[u8]) -> bool {
    const LONGEST: usize = 6;
    match value {
        [b'~', b'+' | b'-', number @ ..] => value.len() <= LONGEST && number.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Looks at a value without any sign: the name of a system table can be one.
pub(super) fn word(
    value: &[u8],
    classes: u32,
    place: Place,
    tokens: &mut Vec<Token>,
    hits: &mut Vec<Finding>,
) {
    const MAX_NAME: usize = 40;
    let is_compound = |byte: &u8| matches!(byte, b'_' | b'.');
    if value.len() <= MAX_NAME && value.iter().any(is_compound) {
        hits.extend(sql::detect(value, classes, tokens).map(|found| softened(found, place)));
    }
}

/// Reads a value as HTML only.
pub(super) fn markup(value: &[u8], place: Place, hits: &mut Vec<Finding>) {
    let found = html::detect(value, charset::classes(value));
    hits.extend(found.map(|found| softened(found, place)));
}

/// A finding as it counts at this place. What a page's address holds came with an earlier request, which was looked at, or is the
/// business of another site: people search for SQL.
fn softened(finding: Finding, place: Place) -> Finding {
    const MAX_SCORE: u8 = 2;
    match place {
        Place::Referer => Finding {
            score: finding.score.min(MAX_SCORE),
            ..finding
        },
        _ => finding,
    }
}
