//! Which detectors look at which view of a value.

use super::{
    finding::{Finding, Place},
    sql,
};

/// Reads a decoded value as the languages whose injection is looked for.
pub(super) fn grammars(value: &[u8], place: Place, hits: &mut Vec<Finding>) {
    hits.extend(sql::detect(value).map(|found| softened(found, place)));
}

/// Reads a value as HTML only.
pub(super) fn markup(value: &[u8], place: Place, hits: &mut Vec<Finding>) {
    let _ = (value, place, hits);
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
