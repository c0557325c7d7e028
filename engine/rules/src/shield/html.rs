//! Cross-site scripting: tags, attributes and URLs that run code in a page, and code that breaks out of the page's own scripts.

mod markup;
mod names;
mod scheme;
mod script;
mod style;

#[cfg(test)]
mod tests;

use super::finding::{Category, Finding};

/// The name and the score of a detector that matched.
type Match = (&'static str, u8);

/// Detects cross-site scripting in a decoded value; the strongest finding.
pub(crate) fn detect(value: &[u8]) -> Option<Finding> {
    let mut seen = 0;
    for &byte in value {
        seen |= CLASSES[usize::from(byte)];
    }
    let mut best = None;
    if seen & TAG != 0 {
        best = markup::scan(value);
    } else if seen & ASSIGN != 0 {
        best = markup::scan_attributes(value);
    }
    if best.is_none_or(|(_, score)| score < 5) && seen & CODE != 0 {
        best = stronger(best, script::scan(value));
    }
    if best.is_none_or(|(_, score)| score < 5)
        && seen & (ASSIGN | COLON) != 0
        && seen & (BRACKET | COLON) == BRACKET | COLON
    {
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

const TAG: u8 = 1;
const ASSIGN: u8 = 2;
const CODE: u8 = 4;
const COLON: u8 = 8;
const BRACKET: u8 = 16;
const PLUS: u8 = 32;

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    classes[b'<' as usize] = TAG;
    classes[b'=' as usize] = ASSIGN;
    classes[b'(' as usize] = CODE | BRACKET;
    classes[b'[' as usize] = CODE;
    classes[b'`' as usize] = CODE;
    classes[b'.' as usize] = CODE;
    classes[b'+' as usize] = PLUS;
    classes[b':' as usize] = CODE | COLON;
    classes
};
