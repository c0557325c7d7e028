//! Shield on bodies: the first line is the content type. Multipart, JSON, XML, GraphQL, forms and text.
#![no_main]

use arcjet_rules::{Reason, Request, RuleConfig, RuleSet, Shield};
use arcjet_rules_fuzz::{judge, rule, split};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| rule(RuleConfig::Shield(Shield::default())));
static WITHOUT_BODY: LazyLock<RuleSet> = LazyLock::new(|| {
    rule(RuleConfig::Shield(Shield {
        body_limit: 0,
        ..Shield::default()
    }))
});

fuzz_target!(|text: &[u8]| {
    let (content_type, body) = split(text, b"\n");
    let headers: [(&[u8], &[u8]); 1] = [(b"content-type", content_type)];
    let request = Request {
        method: b"POST",
        path: b"/",
        headers: &headers,
        body,
        ..Request::default()
    };
    let whole = score(&RULES, &request);
    let head = score(&WITHOUT_BODY, &request);
    assert!(
        head <= whole,
        "a body takes nothing back: {head} without it, {whole} with it"
    );
    assert_eq!(
        head,
        score(&RULES, &Request { body: b"", ..request }),
        "a body that isn't looked at is like none"
    );
});

fn score(rules: &RuleSet, request: &Request<'_>) -> u32 {
    match judge(rules, request).reason {
        Reason::Shield(reason) => reason.score,
        other => panic!("another rule's reason: {other:?}"),
    }
}
