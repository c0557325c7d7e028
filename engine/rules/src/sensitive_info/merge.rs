//! Overlapping finds.

use super::SensitiveSpan;
use std::cmp::Reverse;

/// Sorts finds by their place and leaves one where several overlap: the longest; of equally long ones that of the more certain
/// kind, where the application's own labels count as certain. Empty spans are dropped.
///
/// Takes finds of any order and number, also of several detectors that know nothing of each other.
pub fn merge(mut spans: Vec<SensitiveSpan>) -> Vec<SensitiveSpan> {
    spans.retain(|span| span.start < span.end);
    spans.sort_by_key(|span| (span.start, Reverse(span.end), Reverse(span.entity.certainty())));
    let mut kept: Vec<SensitiveSpan> = Vec::with_capacity(spans.len());
    for span in spans {
        match kept.last_mut() {
            Some(last) if span.start < last.end => {
                if (weight(&span), &span.entity) > (weight(last), &last.entity) {
                    *last = span;
                }
            }
            _ => kept.push(span),
        }
    }
    kept
}

fn weight(span: &SensitiveSpan) -> (u32, u8) {
    (span.end - span.start, span.entity.certainty())
}
