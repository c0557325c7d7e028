//! The search for sensitive information, and what is built on it: the rule, and redacting and putting back.
#![no_main]

use arcjet_rules::{
    EntityList, Reason, Request, RuleConfig, RuleSet, SensitiveInfo,
    redact::redact,
    sensitive_info::{CustomDetector, SensitiveSpan, detect, merge},
};
use arcjet_rules_fuzz::{judge, passes, rule};
use libfuzzer_sys::fuzz_target;
use std::{str, sync::LazyLock};

static RULES: LazyLock<RuleSet> = LazyLock::new(|| {
    rule(RuleConfig::SensitiveInfo(SensitiveInfo {
        entities: EntityList::Allow(Vec::new()),
        custom: vec![CustomDetector {
            label: "ticket".into(),
            pattern: "[A-Z]{2,5}-[0-9]+|é+".into(),
        }],
    }))
});

fuzz_target!(|text: &[u8]| {
    let Ok(text) = str::from_utf8(text) else { return };
    let found = detect(text);
    check_places(text, &found);
    assert_eq!(merge(found.clone()), found, "merged finds stay as they are");

    let request = Request {
        sensitive_text: Some(text),
        ..Request::default()
    };
    let outcome = judge(&RULES, &request);
    let passes = passes(&outcome);
    let Reason::SensitiveInfo(reason) = outcome.reason else {
        panic!("another rule's reason: {:?}", outcome.reason);
    };
    check_places(text, &reason.denied);
    assert!(reason.allowed.is_empty(), "an empty allow list allows nothing");
    assert_eq!(passes, reason.denied.is_empty());
    assert!(found.is_empty() || !passes, "the rule finds what the search does");

    let redacted = redact(text);
    assert_eq!(
        redacted.unredact(redacted.text()),
        text,
        "putting back gives the text"
    );
    assert_eq!(redacted.redactions().len(), found.len());
    let pairs = redacted.redactions().iter().zip(&found);
    for (redaction, span) in pairs.clone() {
        assert_eq!((redaction.start, redaction.end), (span.start, span.end));
    }
    // Each look at a token takes time for all of them: the first ones do.
    for (redaction, _) in pairs.take(4) {
        assert_eq!(redacted.unredact(&redaction.replacement), redaction.original);
    }
});

/// Finds lie in the text, cut no character, are in order and don't overlap.
fn check_places(text: &str, found: &[SensitiveSpan]) {
    let mut end = 0;
    for span in found {
        assert!(end <= span.start && span.start < span.end, "{found:?}");
        assert!(
            text.get(span.start as usize..span.end as usize).is_some(),
            "{span:?}"
        );
        end = span.end;
    }
}
