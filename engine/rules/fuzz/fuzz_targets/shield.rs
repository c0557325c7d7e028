//! Shield on whole requests: path, query, headers, cookies and body, with everything that decodes and opens them.
#![no_main]

use arcjet_rules::{Category, Reason, Request, RuleConfig, RuleSet, Shield, ShieldReason};
use arcjet_rules_fuzz::{judge, passes, rule, with_request};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| rule(RuleConfig::Shield(every_category())));

fuzz_target!(|text: &[u8]| with_request(text, check));

fn every_category() -> Shield {
    let mut shield = Shield::default();
    shield.categories.push(Category::Policy);
    shield
}

fn check(request: &Request<'_>) {
    let reason = reason(&RULES, request);
    let sum: u32 = Category::ALL
        .iter()
        .map(|category| best(&reason, *category))
        .sum();
    assert!(reason.more_detections > 0 || reason.score <= sum, "{reason:?}");
    assert!(reason.detections.len() <= ShieldReason::MAX_DETECTIONS);
    assert!(
        reason
            .detections
            .is_sorted_by(|one, next| one.score >= next.score)
    );
    let Some(strongest) = reason.detections.first() else {
        assert_eq!(reason.score, 0, "a score has a reason");
        return;
    };
    assert!(u32::from(strongest.score) <= reason.score.max(4), "{reason:?}");
    // What one category says doesn't hang on the others.
    let alone = Shield {
        categories: vec![strongest.category],
        ..Shield::default()
    };
    let alone = self::reason(&rule(RuleConfig::Shield(alone)), request);
    assert!(
        alone
            .detections
            .iter()
            .all(|found| found.category == strongest.category)
    );
    assert_eq!(alone.score, u32::from(strongest.score), "{alone:?} of {reason:?}");
    // An excluded parameter is not named again, unless its name was cut or can't be written.
    let name = &strongest.parameter;
    let is_whole = name.len() + 4 <= arcjet_rules::Detection::MAX_NAME && !name.contains(['\u{fffd}', '*']);
    if is_whole && !name.is_empty() {
        let mut excluding = every_category();
        excluding.excluded_parameters.push(name.clone());
        let rest = self::reason(&rule(RuleConfig::Shield(excluding)), request);
        assert!(rest.score <= reason.score, "{rest:?} of {reason:?}");
    }
}

fn reason(rules: &RuleSet, request: &Request<'_>) -> ShieldReason {
    let outcome = judge(rules, request);
    let passes = passes(&outcome);
    let Reason::Shield(reason) = outcome.reason else {
        panic!("another rule's reason: {:?}", outcome.reason);
    };
    assert_eq!(reason.triggered, reason.score >= reason.threshold);
    assert_eq!(passes, !reason.triggered);
    for found in &reason.detections {
        assert!((1..=5).contains(&found.score), "{found:?}");
        assert!(
            found.parameter.len() <= arcjet_rules::Detection::MAX_NAME,
            "{found:?}"
        );
    }
    reason
}

/// The best score that a reason names for a category.
fn best(reason: &ShieldReason, category: Category) -> u32 {
    let own = reason
        .detections
        .iter()
        .filter(|found| found.category == category);
    own.map(|found| u32::from(found.score)).max().unwrap_or(0)
}
