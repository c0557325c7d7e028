//! What the fuzz targets share: requests made of plain text, so that seeds and findings can be read and written by hand.

use arcjet_rules::{Conclusion, Outcome, Request, Rule, RuleConfig, RuleSet};
use std::str;

/// A set of one rule, live.
pub fn rule(config: RuleConfig) -> RuleSet {
    let mode = arcjet_rules::Mode::Live;
    RuleSet::new(&[Rule { mode, config }]).expect("the configuration is right")
}

/// Judges with a set of one rule, twice: judging must leave nothing behind.
pub fn judge(rules: &RuleSet, request: &Request<'_>) -> Outcome {
    let mut outcomes = rules.judge(request);
    assert_eq!(
        outcomes,
        rules.judge(request),
        "the same request is judged the same"
    );
    assert_eq!(outcomes.len(), 1, "one rule has one outcome");
    outcomes.swap_remove(0)
}

/// Whether an outcome lets the request pass.
pub fn passes(outcome: &Outcome) -> bool {
    outcome.conclusion == Conclusion::Allow
}

/// Calls `judge` with the request that a text stands for, which any text does:
///
/// ```text
/// POST /path?query
/// header: value
/// ip.src.country: AT
/// local.plan: free
/// ip: 192.0.2.1
///
/// body
/// ```
pub fn with_request<T>(text: &[u8], judge: impl FnOnce(&Request<'_>) -> T) -> T {
    let (head, body) = split(text, b"\n\n");
    let (line, lines) = split(head, b"\n");
    let (method, target) = split(line, b" ");
    let (path, query) = split(target, b"?");
    let mut request = Request {
        method,
        path,
        query,
        body,
        ..Request::default()
    };
    let (mut headers, mut details, mut local) = (Vec::new(), Vec::new(), Vec::new());
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let (name, value) = split(line, b":");
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match (str::from_utf8(name), str::from_utf8(value)) {
            (Ok("ip"), Ok(ip)) => request.ip = ip.parse().ok(),
            (Ok("host"), _) => request.host = value,
            (Ok(field), Ok(value)) if field.starts_with("ip.src") => details.push((field, value)),
            (Ok(field), Ok(value)) if field.starts_with("local.") => {
                local.push((&field["local.".len()..], value));
            }
            _ => headers.push((name, value)),
        }
    }
    judge(&Request {
        headers: &headers,
        ip_details: &details,
        local: &local,
        ..request
    })
}

/// What is before and behind the first of these separators; all of it if there is none.
pub fn split<'a>(text: &'a [u8], separator: &[u8]) -> (&'a [u8], &'a [u8]) {
    match text
        .windows(separator.len())
        .position(|window| window == separator)
    {
        Some(at) => (&text[..at], &text[at + separator.len()..]),
        None => (text, b""),
    }
}
