//! Which detectors look at which view of a value.

use super::{
    finding::{Finding, Place, ViewKind},
    signatures, sql,
};

/// Runs the signatures over a view.
pub(super) fn view(view: &[u8], kind: ViewKind, place: Place, hits: &mut Vec<Finding>) {
    signatures::scan(view, kind, place, hits);
}

pub(super) fn name(view: &[u8], place: Place, hits: &mut Vec<Finding>) {
    self::view(view, ViewKind::Decoded, place, hits);
}

/// Reads a decoded value as the languages whose injection is looked for.
pub(super) fn grammars(value: &[u8], place: Place, hits: &mut Vec<Finding>) {
    let _ = place;
    hits.extend(sql::detect(value));
}

/// Reads a value as HTML only.
pub(super) fn markup(value: &[u8], place: Place, hits: &mut Vec<Finding>) {
    let _ = (value, place, hits);
}
