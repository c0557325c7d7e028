//! Filters: an expression, an empty line, and a request that it is evaluated on.
#![no_main]

use arcjet_rules::{
    Filter, FilterList, FilterReason, MAX_EXPRESSION_BYTES, Mode, Reason, Request, Rule, RuleConfig, RuleSet,
};
use arcjet_rules_fuzz::{judge, split, with_request};
use libfuzzer_sys::fuzz_target;
use std::str;

fuzz_target!(|text: &[u8]| {
    let (expression, request) = split(text, b"\n\n");
    let Ok(expression) = str::from_utf8(expression) else {
        return;
    };
    let Some(rules) = parse(expression) else { return };
    with_request(request, |request| check(expression, &rules, request));
});

/// The expression as a rule of its own; none if it has a fault, which must be said in words.
fn parse(expression: &str) -> Option<RuleSet> {
    let expressions = FilterList::Deny(vec![expression.to_owned()]);
    let config = RuleConfig::Filter(Filter { expressions });
    let rules = RuleSet::new(&[Rule {
        mode: Mode::Live,
        config,
    }]);
    if let Err(error) = &rules {
        assert_eq!((error.rule, error.field.as_str()), (0, "deny[0]"));
        assert!(
            !error.message.is_empty() && !error.accepted.is_empty(),
            "{error:?}"
        );
    }
    rules.ok()
}

fn check(expression: &str, rules: &RuleSet, request: &Request<'_>) {
    assert!(expression.len() <= MAX_EXPRESSION_BYTES);
    let found = truth(rules, request);
    // Truth tables of three values; what is nested too deeply or costs too much now is refused.
    if let Some(negated) = parse(&format!("not ({expression})")) {
        assert_eq!(truth(&negated, request), found.map(|truth| !truth), "not");
    }
    if let Some(both) = parse(&format!("({expression}) and ({expression})")) {
        assert_eq!(truth(&both, request), found, "and");
    }
    if let Some(both) = parse(&format!("({expression}) xor ({expression})")) {
        assert_eq!(truth(&both, request), found.map(|_| false), "xor");
    }
}

/// What the only expression comes to; nothing if that is not known.
fn truth(rules: &RuleSet, request: &Request<'_>) -> Option<bool> {
    let Reason::Filter(FilterReason {
        matched,
        undetermined,
        ..
    }) = judge(rules, request).reason
    else {
        panic!("another rule's reason");
    };
    match (&matched[..], &undetermined[..]) {
        ([0], []) => Some(true),
        ([], []) => Some(false),
        ([], [0]) => None,
        other => panic!("one expression came to {other:?}"),
    }
}
