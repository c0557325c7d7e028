//! What counts, and what is told of it.

use super::*;

#[tokio::test]
async fn limits_end_when_they_say() {
    // The window of the clock that START is in ends here.
    let window_end = 1_763_000_040;
    let (decider, clock) = decider();
    let site = Site::named("a");
    let rules = || {
        vec![
            submission(fixed_window("b", "k", 1)),
            submission(sliding_window(9)),
            submission(token_bucket(10)),
        ]
    };
    let decision = guard(&decider, site, rules()).await;
    assert_eq!(decision.conclusion(), wire::GuardConclusion::Allow);
    assert_eq!(decision.reason(), wire::GuardReason::Unspecified);
    assert_eq!(limit(&decision, 0), (true, 0, window_end));
    assert_eq!(limit(&decision, 1), (true, 8, window_end));
    // Full again 100 s after START, which is within a second.
    assert_eq!(limit(&decision, 2), (true, 0, 1_763_000_101));

    let decision = guard(&decider, site, rules()).await;
    assert_eq!(decision.conclusion(), wire::GuardConclusion::Deny);
    assert_eq!(decision.reason(), wire::GuardReason::RateLimit);
    assert_eq!(limit(&decision, 0), (false, 0, window_end));
    assert_eq!(
        limit(&decision, 1),
        (true, 8, window_end),
        "a denied call consumes nothing"
    );
    assert_eq!(limit(&decision, 2), (false, 0, 1_763_000_101));

    // The time that a denial names is early enough for nobody and late enough for all.
    clock.set(Timestamp::from_millis(u64::from(window_end) * 1000));
    assert!(
        limit(
            &guard(&decider, site, vec![submission(fixed_window("b", "k", 1))]).await,
            0
        )
        .0
    );
    clock.set(Timestamp::from_millis(1_763_000_101_000));
    assert!(
        limit(
            &guard(&decider, site, vec![submission(token_bucket(10))]).await,
            0
        )
        .0
    );
}

#[tokio::test]
async fn counters_are_told_apart_by_site_bucket_key_and_configuration() {
    let (decider, _) = decider();
    let (a, b) = (Site::named("a"), Site::named("b"));
    let rules = |rule| vec![submission(rule)];
    assert_eq!(
        remaining(&guard(&decider, a, rules(fixed_window("x", "k", 5))).await, 0),
        4
    );
    for (site, rule) in [
        (b, fixed_window("x", "k", 5)),
        (a, fixed_window("y", "k", 5)),
        (a, fixed_window("x", "l", 5)),
        (a, fixed_window("xk", "", 5)),
        (a, fixed_window("x", "k", 6)),
    ] {
        let fresh = match &rule {
            WireRule::FixedWindow(rule) => (rule.config_max_requests - 1, rule.input_key_hash.is_empty()),
            other => panic!("{other:?}"),
        };
        let decision = guard(&decider, site, rules(rule)).await;
        if fresh.1 {
            assert_eq!(error_code(&decision, 0), "AJ2001");
        } else {
            assert_eq!(remaining(&decision, 0), fresh.0);
        }
    }
    assert_eq!(
        remaining(&guard(&decider, a, rules(fixed_window("x", "k", 5))).await, 0),
        3
    );
}

#[tokio::test]
async fn the_counters_of_requests_are_others() {
    use crate::wire::v1alpha1;
    let (decider, _) = decider();
    let site = Site::named("a");
    guard(&decider, site, vec![submission(fixed_window("b", "k", 1))]).await;
    let rule = v1alpha1::Rule {
        rule: Some(v1alpha1::rule::Rule::RateLimit(v1alpha1::RateLimitRule {
            mode: v1alpha1::Mode::Live.into(),
            algorithm: v1alpha1::RateLimitAlgorithm::FixedWindow.into(),
            max: 1,
            window_in_seconds: 60,
            ..v1alpha1::RateLimitRule::default()
        })),
    };
    let request = v1alpha1::DecideRequest {
        details: Some(v1alpha1::RequestDetails {
            ip: "192.0.2.1".to_owned(),
            ..v1alpha1::RequestDetails::default()
        }),
        rules: vec![rule],
        ..v1alpha1::DecideRequest::default()
    };
    let decision = decider.decide(site, request).await.decision.unwrap();
    assert_eq!(decision.conclusion(), v1alpha1::Conclusion::Allow);
}

#[tokio::test]
async fn a_dry_run_shows_and_never_denies() {
    let (decider, _) = decider();
    let site = Site::named("a");
    let rules = || {
        vec![
            dry(fixed_window("b", "k", 1)),
            dry(injection(ATTACK)),
            dry(sensitive_info(wire::GuardConclusion::Deny)),
            dry(custom(wire::GuardConclusion::Deny)),
            submission(fixed_window("other", "k", 5)),
        ]
    };
    for left in [4, 3] {
        let decision = guard(&decider, site, rules()).await;
        assert_eq!(decision.conclusion(), wire::GuardConclusion::Allow);
        assert_eq!(limit(&decision, 0).0, left == 4);
        assert!(matches!(result(&decision, 1), WireResult::PromptInjection(found) if found.detected));
        let modes = decision.rule_results.iter().map(wire::GuardRuleResult::mode);
        let dry_run = wire::GuardRuleMode::DryRun;
        assert!(modes.eq([dry_run, dry_run, dry_run, dry_run, wire::GuardRuleMode::Live]));
        assert_eq!(remaining(&decision, 4), left);
    }
}
