//! The detection of prompt injection: normalisation, words, marks and encoded texts.
#![no_main]

use arcjet_rules::{DetectPromptInjection, Reason, Request, RuleConfig, RuleSet};
use arcjet_rules_fuzz::{judge, passes, rule};
use libfuzzer_sys::fuzz_target;
use std::{str, sync::LazyLock};

static RULES: LazyLock<RuleSet> =
    LazyLock::new(|| rule(RuleConfig::DetectPromptInjection(DetectPromptInjection::default())));

fuzz_target!(|message: &[u8]| {
    let Some(message) = str::from_utf8(message).ok().filter(|message| !message.is_empty()) else {
        return;
    };
    let request = Request {
        message: Some(message),
        ..Request::default()
    };
    let outcome = judge(&RULES, &request);
    let passes = passes(&outcome);
    let Reason::PromptInjection(reason) = outcome.reason else {
        panic!("another rule's reason: {:?}", outcome.reason);
    };
    assert_eq!(passes, !reason.detected);
    assert_eq!(
        reason.detected,
        reason.score >= arcjet_rules::prompt_injection::DEFAULT_THRESHOLD
    );
    assert!(reason.score <= 100);
    assert_eq!(
        reason.score == 0,
        reason.signals.is_empty(),
        "a score has a reason: {reason:?}"
    );
    let mut signals = reason.signals.clone();
    signals.sort_unstable();
    signals.dedup();
    assert_eq!(signals.len(), reason.signals.len(), "each signal is named once");
});
