//! Sensitive information that code of the application finds.

use arcjet_engine::{ErrorSource, Mode, Reason, SensitiveInfo, SensitiveInfoReason, SensitiveSpan};

use super::*;

const TEXT: &str = "write to jo@example.com about bluebird";

async fn decide(rule: SensitiveInfo) -> Decision {
    let (builder, _) = builder();
    let request = request("192.0.2.1", FIREFOX).with_sensitive_text(TEXT);
    builder.rule(rule).build().unwrap().protect(&request).await
}

fn word(
    word: &'static str,
    label: &'static str,
) -> impl Fn(&str) -> Vec<(std::ops::Range<usize>, &'static str)> {
    move |text| {
        let found = text.match_indices(word);
        found.map(|(at, word)| (at..at + word.len(), label)).collect()
    }
}

fn spans(spans: &[SensitiveSpan]) -> Vec<(&str, &str)> {
    spans
        .iter()
        .map(|span| (&TEXT[span.start..span.end], &*span.entity))
        .collect()
}

fn reason(decision: &Decision) -> &SensitiveInfoReason {
    match decision.reason() {
        Reason::SensitiveInfo(reason) => reason,
        _ => panic!("{decision:?}"),
    }
}

#[tokio::test]
async fn finds_of_closures_join_those_of_the_rule() {
    let rule = SensitiveInfo::deny(["PROJECT", "EMAIL"])
        .detect(word("bluebird", "PROJECT"))
        .detect(word("about", "OTHER"));
    let decision = decide(rule).await;
    assert!(decision.is_denied());
    assert_eq!(
        spans(&reason(&decision).denied),
        [("jo@example.com", "EMAIL"), ("bluebird", "PROJECT")]
    );
    assert_eq!(spans(&reason(&decision).allowed), [("about", "OTHER")]);
}

#[tokio::test]
async fn a_longer_find_stands_in_the_place_of_a_shorter_one() {
    let rule = SensitiveInfo::deny(["EMAIL"]).detect(word("to jo@example.com", "ADDRESSEE"));
    let decision = decide(rule).await;
    assert!(decision.is_allowed(), "{decision:?}");
    let rule = SensitiveInfo::allow(["EMAIL"]).detect(word("to jo@example.com", "ADDRESSEE"));
    let decision = decide(rule).await;
    assert_eq!(
        spans(&reason(&decision).denied),
        [("to jo@example.com", "ADDRESSEE")]
    );
}

#[tokio::test]
async fn each_rule_has_its_own_detectors() {
    let (builder, _) = builder();
    let arcjet = builder
        .rule(SensitiveInfo::deny(["PROJECT"]).mode(Mode::DryRun))
        .rule(
            SensitiveInfo::deny(["PROJECT"])
                .detect(word("jo", "PROJECT"))
                .detect(word("about", "A")),
        )
        .rule(
            SensitiveInfo::deny(["PROJECT"])
                .detect(word("bluebird", "PROJECT"))
                .mode(Mode::DryRun),
        )
        .build()
        .unwrap();
    let request = request("192.0.2.1", FIREFOX).with_sensitive_text("bluebird");
    let denied = |decision: &Decision| {
        let results = decision.results().iter();
        results
            .map(|result| result.conclusion() == Conclusion::Deny)
            .collect::<Vec<_>>()
    };
    assert_eq!(denied(&arcjet.protect(&request).await), [false, false, true]);

    // Derived for a request, with a closure of its own: the same rule with other code.
    for (name, is_denied) in [("bluebird", true), ("redbird", false)] {
        let derived = arcjet
            .with_only(SensitiveInfo::deny(["PROJECT"]).detect(word(name, "PROJECT")))
            .unwrap();
        assert_eq!(denied(&derived.protect(&request).await), [is_denied]);
    }
}

#[tokio::test]
async fn a_detector_that_fails_is_an_error_unless_the_text_is_denied_anyway() {
    let wrong_range = |_: &str| [(0..1000, "A")];
    let wrong_label = |_: &str| [(0..1, "jo@example.com")];
    let panics = |_: &str| -> Vec<(std::ops::Range<usize>, &str)> { panic!("a detector panics on purpose") };
    for (rule, words) in [
        (SensitiveInfo::allow(["EMAIL"]).detect(wrong_range), "0..1000"),
        (SensitiveInfo::allow(["EMAIL"]).detect(wrong_label), "label"),
        (SensitiveInfo::allow(["EMAIL"]).detect(panics), "panicked"),
    ] {
        let decision = decide(rule).await;
        let Reason::Error(error) = decision.reason() else {
            panic!("{decision:?}")
        };
        assert_eq!(error.source, ErrorSource::Application);
        assert!(
            error.message.contains(words) && !error.message.contains("jo@"),
            "{}",
            error.message
        );
        assert!(decision.is_allowed(), "fails open");
    }
    assert!(
        decide(SensitiveInfo::deny(["EMAIL"]).detect(panics))
            .await
            .is_denied()
    );
}

#[tokio::test]
async fn without_a_text_no_detector_runs() {
    let (builder, _) = builder();
    let rule = SensitiveInfo::deny(["A"])
        .detect(|_: &str| -> [(std::ops::Range<usize>, &str); 0] { unreachable!() });
    let decision = builder
        .rule(rule)
        .build()
        .unwrap()
        .protect(&request("192.0.2.1", FIREFOX))
        .await;
    let Reason::Error(error) = decision.reason() else {
        panic!("{decision:?}")
    };
    assert_eq!(error.source, ErrorSource::Request);
}

#[test]
fn too_many_detectors_are_refused() {
    let rule = (0..21).fold(SensitiveInfo::deny(["A"]), |rule, _| rule.detect(word("a", "A")));
    let error = Arcjet::builder().rule(rule).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "rules[0].detect: 21 detectors; accepted: at most 20"
    );
}
