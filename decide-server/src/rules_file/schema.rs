//! The JSON schema of rules files.

use schemars::{JsonSchema, Schema, schema_for};
use serde_json::Value;

use super::table::RuleTable;

/// Rules that requests are judged by.
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
    let mut schema = schema_for!(Document).to_value();
    without_null(&mut schema);
    // An object is a schema, and one is made of values that JSON has. A schema orders its keys for people.
    let schema = Schema::try_from(schema).unwrap_or_default();
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// Takes `null` out of what values may be: TOML has none, an option that is not set is left out.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(values)) = object.get_mut("enum") {
                values.retain(|value| !value.is_null());
            }
            object.values_mut().for_each(without_null);
        }
        Value::Array(values) => values.iter_mut().for_each(without_null),
        _ => {}
    }
}
