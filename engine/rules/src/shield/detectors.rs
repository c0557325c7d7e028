//! Which detectors look at which view of a value.

use super::{
    finding::{Finding, Place},
    html, ldap, nosql, sql,
};

/// Reads a decoded value as the languages whose injection is looked for.
pub(super) fn grammars(value: &[u8], place: Place, hits: &mut Vec<Finding>) {
    let mut add = |found: Option<Finding>| hits.extend(found.map(|found| softened(found, place)));
    add(sql::detect(value));
    add(html::detect(value));
    add(ldap::detect(value));
    add(nosql::detect(value));
    if matches!(place, Place::QueryName | Place::BodyName) {
        add(nosql::detect_name(value));
    }
}

/// Looks at a value without any sign: the name of a system table can be one.
pub(super) fn word(value: &[u8], place: Place, hits: &mut Vec<Finding>) {
    hits.extend(sql::detect(value).map(|found| softened(found, place)));
}

/// Reads a value as HTML only.
pub(super) fn markup(value: &[u8], place: Place, hits: &mut Vec<Finding>) {
    hits.extend(html::detect(value).map(|found| softened(found, place)));
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
