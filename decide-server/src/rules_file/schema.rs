//! The JSON schema of rules files.

use schemars::{JsonSchema, schema_for};

use super::table::RuleTable;

/// A rules file as the schema describes it.
#[derive(JsonSchema)]
#[schemars(title = "Rules file of arcjet-decide", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct Document {
    /// What tells clients apart for limits that don't say it themselves, as in `["ip.src"]`, which it is unless set.
    #[schemars(default)]
    characteristics: Vec<String>,
    /// The rules, at most 10; a `protect_signup` counts as three.
    #[schemars(length(min = 1, max = 10))]
    rule: Vec<RuleTable>,
}

/// The schema as text, with a line end.
pub(super) fn schema() -> String {
    let schema = schema_for!(Document);
    // A schema is made of values that JSON has.
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
