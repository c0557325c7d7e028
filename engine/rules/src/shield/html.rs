//! Cross-site scripting: tags, attributes and URLs that run code in a page, and code that breaks out of the page's own scripts.

mod markup;
mod names;
mod scheme;
mod script;
mod style;

#[cfg(test)]
mod tests;

use super::{
    charset::{ASSIGN, BACKTICK, COLON, DOT, OPEN, PLUS, SQUARE, TAG},
    finding::{Category, Finding},
};

/// The name and the score of a detector that matched.
type Match = (&'static str, u8);

/// What script code does something with a name with.
const ACTS: u32 = OPEN | SQUARE | BACKTICK | DOT | COLON;

/// Detects cross-site scripting in a decoded value of these [classes](charset::classes); the strongest finding.
pub(crate) fn detect(value: &[u8], seen: u32) -> Option<Finding> {
    let mut best = None;
    if seen & TAG != 0 {
        best = markup::scan(value);
    } else if seen & ASSIGN != 0 {
        best = markup::scan_attributes(value);
    }
    if best.is_none_or(|(_, score)| score < 5) && seen & ACTS != 0 {
        best = stronger(best, script::scan(value));
    }
    if best.is_none_or(|(_, score)| score < 5) && seen & (OPEN | COLON) == OPEN | COLON {
        best = stronger(best, style::declarations(&value[..value.len().min(512)], false));
    }
    // `+ADw-script+AD4-`: markup in UTF-7, for pages that don't say what they are written in.
    if best.is_none() && seen & PLUS != 0 && value.windows(5).any(|part| part.eq_ignore_ascii_case(b"+ADw-"))
    {
        best = Some(("xss.encoding", 5));
    }
    let (detector, score) = best?;
    Some(Finding {
        detector,
        category: if detector.starts_with("rce.") {
            Category::Rce
        } else {
            Category::Xss
        },
        score,
    })
}

/// The one of two matches with the higher score.
fn stronger(left: Option<Match>, right: Option<Match>) -> Option<Match> {
    match (left, right) {
        (Some(left), Some(right)) if left.1 >= right.1 => Some(left),
        (left, None) => left,
        (_, right) => right,
    }
}
