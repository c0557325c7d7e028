//! Filters: whether expressions come to what Arcjet's own component says of them, its errors word for word.

use crate::{
    Result,
    cpu::Times,
    data::{FilterRequest, FilterVectors},
    table::Tally,
};
use arcjet_rules::{Conclusion, Filter, FilterList, Mode, Reason, Request, Rule, RuleConfig, RuleSet};
use std::{collections::BTreeMap, hint::black_box};

pub(crate) fn score(files: &[FilterVectors], list_misses: bool) -> Result {
    let mut tally = Tally::default();
    let mut compiled = Vec::new();
    for vectors in files {
        for (number, (expression, request, local, details, expected)) in vectors.cases.iter().enumerate() {
            let missing =
                || format!("case {number} is about a request, values or details that are not there");
            let request = vectors.requests.get(*request).ok_or_else(missing)?;
            let local = vectors.locals.get(*local).ok_or_else(missing)?;
            let details = vectors.details.get(*details).ok_or_else(missing)?;
            let rules = rules(expression);
            let got = match &rules {
                Ok(rules) => with_request(request, local, details, |request| verdict(rules, request)),
                Err(message) => message.clone(),
            };
            tally.add(&[kind(expected)], got == *expected);
            if list_misses && got != *expected {
                println!("{expression}\nexpected: {expected}\ngot: {got}");
            }
            if let Ok(rules) = rules {
                compiled.push((rules, request, local, details));
            }
        }
    }
    println!("## Filter\n");
    tally.print(&["result"], "the same as Arcjet's");
    let times = Times::of(&compiled, |(rules, request, local, details)| {
        with_request(request, local, details, |request| {
            black_box(rules.judge(request));
        });
    });
    println!("An expression: {}\n", times.summary());
    Ok(())
}

fn kind(expected: &str) -> &'static str {
    match expected {
        "T" => "true",
        "F" => "false",
        "U" => "undetermined",
        _ => "error, and its message",
    }
}

/// A rule of one expression; or what is wrong with it.
fn rules(expression: &str) -> std::result::Result<RuleSet, String> {
    let expressions = FilterList::Deny(vec![expression.to_owned()]);
    let config = RuleConfig::Filter(Filter { expressions });
    let mode = Mode::Live;
    RuleSet::new(&[Rule { mode, config }]).map_err(|error| error.message)
}

/// What the expression comes to.
fn verdict(rules: &RuleSet, request: &Request<'_>) -> String {
    let outcomes = rules.judge(request);
    match outcomes
        .first()
        .map(|outcome| (outcome.conclusion, &outcome.reason))
    {
        Some((Conclusion::Deny, Reason::Filter(reason))) if reason.undetermined.is_empty() => "T",
        Some((Conclusion::Allow, Reason::Filter(reason))) if !reason.undetermined.is_empty() => "U",
        Some((Conclusion::Allow, Reason::Filter(_))) => "F",
        _ => "no verdict",
    }
    .to_owned()
}

fn with_request<T>(
    fields: &FilterRequest,
    local: &BTreeMap<String, String>,
    details: &BTreeMap<String, String>,
    judge: impl FnOnce(&Request<'_>) -> T,
) -> T {
    let headers = fields.headers.iter();
    let mut headers: Vec<(&[u8], &[u8])> = headers
        .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
        .collect();
    if !fields.cookies.is_empty() {
        headers.push((b"cookie", fields.cookies.as_bytes()));
    }
    judge(&Request {
        ip: fields.ip.parse().ok(),
        host: fields.host.as_bytes(),
        method: fields.method.as_bytes(),
        path: fields.path.as_bytes(),
        query: fields.query.strip_prefix('?').unwrap_or_default().as_bytes(),
        headers: &headers,
        local: &pairs(local),
        ip_details: &pairs(details),
        ..Request::default()
    })
}

fn pairs(map: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    map.iter().map(|(key, value)| (&**key, &**value)).collect()
}
