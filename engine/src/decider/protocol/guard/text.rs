//! Texts of a call, searched for prompt injection.

use super::outcome::{Code, Outcome, RuleError};
use crate::decision::Reason;
use crate::request::RequestDetails;
use crate::rule::{DetectPromptInjection, Rule};
use crate::sandbox::Sandbox;

/// How much of a text is searched at once, in bytes. The longest text that the protocol has would take most of the sandbox's
/// deadline (7 ms of 10 on the machine that this was measured on), and hold up the other requests of the thread for as long.
const PIECE: usize = 32 << 10;

/// How much two pieces share, in bytes, so that no attempt is cut in two. Those that are known are sentences.
const OVERLAP: usize = 1 << 10;

/// Searches a text for prompt injection.
pub(super) async fn search(sandbox: &Sandbox, text: &str) -> Outcome {
    for (index, piece) in pieces(text).enumerate() {
        if index > 0 {
            tokio::task::yield_now().await;
        }
        match search_piece(sandbox, piece) {
            Ok(false) => {}
            Ok(true) => return Outcome::PromptInjection { detected: true },
            Err(error) => return Outcome::Error(error),
        }
    }
    Outcome::PromptInjection { detected: false }
}

fn search_piece(sandbox: &Sandbox, text: &str) -> Result<bool, RuleError> {
    // The mode is the submission's affair; each text is judged on its own. The sandbox remembers the set.
    let rules = sandbox
        .prepare(vec![Rule::from(DetectPromptInjection::new())], &[0])
        .map_err(|(_, error)| RuleError::new(Code::Detector, error.to_string()))?;
    let request = RequestDetails::builder("", "").build().with_message(text);
    let outcomes = sandbox
        .judge(&rules, &request, None, None, &[])
        .map_err(|fault| RuleError::new(Code::Detector, fault.to_string()))?;
    match outcomes.into_iter().next().map(|outcome| outcome.reason) {
        Some(Reason::PromptInjection(found)) => Ok(found.detected),
        Some(Reason::Error(error)) => Err(RuleError::new(Code::InvalidRule, error.to_string())),
        _ => Err(RuleError::new(Code::Detector, "the detector gave no answer")),
    }
}

/// A text in pieces that overlap.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.floor_char_boundary(PIECE);
        rest = (end < text.len()).then(|| &text[text.floor_char_boundary(end - OVERLAP)..]);
        Some(&text[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_whole_characters_and_overlap() {
        assert_eq!(pieces("short").collect::<Vec<_>>(), ["short"]);
        let exact = "a".repeat(PIECE);
        assert_eq!(pieces(&exact).count(), 1);
        for long in ["a".repeat(3 * PIECE), "\u{1f600}a".repeat(PIECE)] {
            let mut end = OVERLAP;
            for piece in pieces(&long) {
                let start = piece.as_ptr() as usize - long.as_ptr() as usize;
                // A character that stands in the way is searched twice.
                assert!((end - OVERLAP).abs_diff(start) < 4, "{start} after {end}");
                assert!(piece.len() <= PIECE);
                end = start + piece.len();
            }
            assert_eq!(end, long.len());
        }
    }
}
