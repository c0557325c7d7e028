//! The search for sensitive information, and the rule.

mod finds;
mod properties;
mod rule;

use arcjet_rules::sensitive_info::detect;

/// What is found in a text, as "KIND text".
fn found(text: &str) -> Vec<String> {
    detect(text)
        .iter()
        .map(|span| {
            let part = &text[span.start as usize..span.end as usize];
            format!("{} {part}", span.entity.name())
        })
        .collect()
}
