//! What is wrong with a request without changing its decision.

use super::metadata;
use super::name;
use crate::wire::v2 as wire;

/// The most notes about one request.
const MOST_NOTES: usize = 32;

/// The longest correlation id, in bytes.
const MOST_CORRELATION_ID: usize = 256;

/// A field was dropped.
const OPTION_DROPPED: &str = "AJ1001";
/// There are no rules.
const NO_RULES: &str = "AJ1002";
/// A label that no policy can have.
const INVALID_LABEL: &str = "AJ1023";
/// Metadata that was dropped.
const INVALID_METADATA: &str = "AJ1100";

/// Notes about a request, the first 32. They name fields and keys, never values.
pub(super) fn about(request: &wire::GuardRequest) -> Vec<wire::ResultError> {
    let mut notes = Notes(Vec::new());
    if let Some(problem) = name::problem(&request.label) {
        notes.add(INVALID_LABEL, || label_message("label", problem));
    }
    if request.rule_submissions.is_empty() {
        notes.add(NO_RULES, || {
            "no rule submissions: an empty decision, which allows".to_owned()
        });
    }
    let id = &request.correlation_id;
    let is_printable = |byte: u8| (b' '..=b'~').contains(&byte);
    if id.len() > MOST_CORRELATION_ID || !id.bytes().all(is_printable) {
        notes.add(OPTION_DROPPED, || {
            format!(
                "correlation_id was dropped; accepted: at most {MOST_CORRELATION_ID} printable ASCII characters"
            )
        });
    }
    notes.about_metadata("", &request.metadata_json, &request.metadata);
    for (index, submission) in request.rule_submissions.iter().enumerate() {
        if notes.is_full() {
            break;
        }
        let label = submission.label.as_deref().filter(|label| !label.is_empty());
        if let Some(problem) = label.and_then(name::problem) {
            notes.add(INVALID_LABEL, || {
                label_message(&format!("rules[{index}].label"), problem)
            });
        }
        let prefix = format_args!("rules[{index}].").to_string();
        notes.about_metadata(&prefix, &submission.metadata_json, &submission.metadata);
    }
    notes.0
}

fn label_message(field: &str, problem: &str) -> String {
    format!("{field}: {problem}; accepted: {}", name::ACCEPTED)
}

struct Notes(Vec<wire::ResultError>);

impl Notes {
    fn is_full(&self) -> bool {
        self.0.len() >= MOST_NOTES
    }

    fn add(&mut self, code: &'static str, message: impl FnOnce() -> String) {
        if !self.is_full() {
            self.0.push(wire::ResultError {
                message: message(),
                code: code.to_owned(),
            });
        }
    }

    /// Newer SDKs send values as JSON, older ones as text.
    fn about_metadata(
        &mut self,
        prefix: &str,
        json: &std::collections::BTreeMap<String, String>,
        text: &std::collections::BTreeMap<String, String>,
    ) {
        let dropped = if json.is_empty() {
            metadata::dropped(text, metadata::Values::Text)
        } else {
            metadata::dropped(json, metadata::Values::Json)
        };
        if let Some(dropped) = dropped {
            self.add(INVALID_METADATA, || format!("{prefix}metadata: {dropped}"));
        }
    }
}
