//! Texts, results of the SDK's own, faults.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn long_texts_are_searched_to_their_end() {
    let (decider, _) = decider();
    let prose = "People walk by the river. ".repeat((128 << 10) / 26 - 3);
    for (text, expected) in [(prose.clone(), false), (prose + ATTACK, true)] {
        let decision = guard(&decider, Site::default(), vec![submission(injection(&text))]).await;
        assert!(
            matches!(result(&decision, 0), WireResult::PromptInjection(found) if found.detected == expected),
            "{:?}",
            result(&decision, 0)
        );
    }
}

#[tokio::test]
async fn a_live_denial_ends_it_and_consumes_nothing() {
    let (decider, _) = decider();
    let site = Site::named("a");
    for (rule, reason) in [
        (injection(ATTACK), wire::GuardReason::PromptInjection),
        (
            sensitive_info(wire::GuardConclusion::Deny),
            wire::GuardReason::SensitiveInfo,
        ),
        (custom(wire::GuardConclusion::Deny), wire::GuardReason::Custom),
    ] {
        let rules = vec![submission(fixed_window("b", "k", 1)), submission(rule)];
        let decision = guard(&decider, site, rules).await;
        assert_eq!(decision.conclusion(), wire::GuardConclusion::Deny);
        assert_eq!(decision.reason(), reason);
        assert!(
            matches!(result(&decision, 0), WireResult::NotRun(_)),
            "{decision:?}"
        );
    }
    assert!(
        limit(
            &guard(&decider, site, vec![submission(fixed_window("b", "k", 1))]).await,
            0
        )
        .0
    );
}

#[tokio::test]
async fn the_reason_is_the_most_telling_one() {
    let (decider, _) = decider();
    let deny = wire::GuardConclusion::Deny;
    let rules = vec![submission(custom(deny)), submission(sensitive_info(deny))];
    let decision = guard(&decider, Site::default(), rules).await;
    assert_eq!(decision.reason(), wire::GuardReason::SensitiveInfo);
}

#[tokio::test]
async fn results_of_the_sdk_come_back_as_they_were_sent() {
    use wire::rule_local_custom::LocalResult;
    let (decider, _) = decider();
    let with = |local_result| {
        submission(WireRule::LocalCustom(wire::RuleLocalCustom {
            local_result,
            ..wire::RuleLocalCustom::default()
        }))
    };
    let error = wire::ResultError {
        message: "it threw".to_owned(),
        code: "EVALUATE_ERROR".to_owned(),
    };
    let rules = vec![
        submission(sensitive_info(wire::GuardConclusion::Allow)),
        submission(custom(wire::GuardConclusion::Allow)),
        with(Some(LocalResult::ResultError(error.clone()))),
        with(Some(LocalResult::ResultNotRun(wire::ResultNotRun {}))),
        with(None),
        submission(custom(wire::GuardConclusion::Unspecified)),
    ];
    let decision = guard(&decider, Site::default(), rules).await;
    assert_eq!(decision.conclusion(), wire::GuardConclusion::Allow);
    assert!(matches!(
        result(&decision, 0),
        WireResult::LocalSensitiveInfo(found) if found.detected_entity_types == ["EMAIL"]
    ));
    assert!(matches!(result(&decision, 1), WireResult::LocalCustom(said) if said.data["why"] == "because"));
    assert_eq!(result(&decision, 2), &WireResult::Error(error));
    assert!(matches!(result(&decision, 3), WireResult::NotRun(_)));
    assert_eq!(error_code(&decision, 4), "AJ2001");
    assert_eq!(error_code(&decision, 5), "AJ2001");
    for result in &decision.rule_results {
        assert_eq!(result.execution(), wire::GuardRuleExecution::Sdk);
        assert_eq!(result.source(), wire::GuardRuleSource::Sdk);
        assert_eq!((&*result.config_id, &*result.input_id), ("config", "input"));
    }
}

#[tokio::test]
async fn what_can_not_be_judged_is_an_error_and_costs_the_others_nothing() {
    let (decider, _) = decider();
    let text = |length: usize| "a ".repeat(length / 2);
    let moderate = |input_text| {
        submission(WireRule::ModerateContent(wire::RuleModerateContent {
            input_text,
        }))
    };
    let limit = |change: fn(&mut wire::RuleTokenBucket)| {
        let WireRule::TokenBucket(mut rule) = token_bucket(1) else {
            unreachable!("made as one")
        };
        change(&mut rule);
        submission(WireRule::TokenBucket(rule))
    };
    let cases = [
        (moderate("fine".to_owned()), "AJ2002"),
        (moderate(text((128 << 10) + 2)), "AJ1141"),
        (submission(injection(&text((128 << 10) + 2))), "AJ1131"),
        (submission(injection("")), "AJ2001"),
        (wire::GuardRuleSubmission::default(), "AJ2002"),
        (limit(|rule| rule.config_max_tokens = 0), "AJ2001"),
        (limit(|rule| rule.config_refill_rate = 0), "AJ2001"),
        (limit(|rule| rule.config_interval_seconds = 0), "AJ2001"),
        (limit(|rule| rule.config_bucket.clear()), "AJ2001"),
        (
            limit(|rule| "no slug".clone_into(&mut rule.config_bucket)),
            "AJ2001",
        ),
        (limit(|rule| rule.input_key_hash.clear()), "AJ2001"),
        (limit(|rule| "a.b".clone_into(&mut rule.input_key_hash)), "AJ2001"),
        (limit(|rule| rule.input_key_hash = "k".repeat(129)), "AJ2001"),
        (limit(|rule| rule.input_requested = 0), "AJ2001"),
    ];
    let mut rules: Vec<_> = cases.iter().map(|(rule, _)| rule.clone()).collect();
    rules.push(submission(token_bucket(1)));
    rules.push(submission(injection(&text(128 << 10))));
    let decision = guard(&decider, Site::default(), rules).await;
    assert_eq!(decision.conclusion(), wire::GuardConclusion::Allow);
    for (index, (rule, code)) in cases.iter().enumerate() {
        assert_eq!(error_code(&decision, index), *code, "{rule:?}");
    }
    assert_eq!(remaining(&decision, cases.len()), 9);
    assert!(matches!(
        result(&decision, cases.len() + 1),
        WireResult::PromptInjection(found) if !found.detected
    ));
}

#[tokio::test]
async fn a_store_that_fails_is_an_error_of_its_rules() {
    struct Broken;
    impl LimitStore for Broken {
        async fn check(&self, _: &[LimitCheck], _: Timestamp) -> Result<LimitOutcomes, StoreError> {
            Err(StoreError::transient("no answer"))
        }
    }
    let decider = ProtocolDecider::builder().build_over(Broken).unwrap();
    let rules = vec![
        submission(token_bucket(1)),
        submission(custom(wire::GuardConclusion::Allow)),
        submission(sliding_window(1)),
    ];
    let decision = guard(&decider, Site::default(), rules).await;
    assert_eq!(decision.conclusion(), wire::GuardConclusion::Allow);
    assert_eq!(error_code(&decision, 0), "AJ2003");
    assert!(matches!(result(&decision, 1), WireResult::LocalCustom(_)));
    assert_eq!(error_code(&decision, 2), "AJ2003");
}

#[tokio::test]
async fn too_many_rules_are_errors_each() {
    let (decider, _) = decider();
    let rules = |count| vec![submission(token_bucket(1)); count];
    let decision = guard(&decider, Site::default(), rules(101)).await;
    assert_eq!(decision.rule_results.len(), 101);
    assert!((0..101).all(|index| error_code(&decision, index) == "AJ2001"));
    let decision = guard(&decider, Site::default(), rules(100)).await;
    // The same limit in one call is one limit.
    assert!((0..100).all(|index| remaining(&decision, index) == 9));
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_noted_and_changes_nothing() {
    let (decider, _) = decider();
    let codes = |response: &wire::GuardResponse| -> Vec<String> {
        response.errors.iter().map(|error| error.code.clone()).collect()
    };
    let empty = decider
        .guard(Site::default(), wire::GuardRequest::default())
        .await;
    assert_eq!(codes(&empty), ["AJ1023", "AJ1002"]);
    let decision = empty.decision.unwrap();
    assert_eq!(decision.conclusion(), wire::GuardConclusion::Allow);
    assert!(
        decision.id.starts_with("gdec_") && decision.id.len() == 31,
        "{}",
        decision.id
    );

    let mut bad = request(vec![wire::GuardRuleSubmission {
        label: Some("not ok".to_owned()),
        metadata_json: [("a b".to_owned(), "1".to_owned())].into(),
        ..submission(fixed_window("b", "k", 5))
    }]);
    bad.correlation_id = "ü".to_owned();
    bad.metadata_json = [("a".to_owned(), "[".repeat(11))].into();
    let response = decider.guard(Site::default(), bad).await;
    assert_eq!(codes(&response), ["AJ1001", "AJ1100", "AJ1023", "AJ1100"]);
    assert!(response.errors[2].message.starts_with("rules[0].label: "));
    assert!(
        response.errors[3]
            .message
            .starts_with("rules[0].metadata: dropped \"a b\"")
    );
    let decision = response.decision.unwrap();
    assert_eq!(remaining(&decision, 0), 4);
    assert!(decision.rule_results[0].result_id.starts_with("gres_"));

    let submission = wire::GuardRuleSubmission {
        label: Some("-".to_owned()),
        ..submission(custom(wire::GuardConclusion::Allow))
    };
    let many = decider
        .guard(Site::default(), request(vec![submission; 100]))
        .await;
    assert_eq!(many.errors.len(), 32);
}

#[tokio::test]
async fn there_is_no_policy_and_a_client_that_has_one_is_told() {
    let (decider, clock) = decider();
    clock.advance(Duration::from_secs(1));
    let answer = decider.guard_policy(Site::default(), &wire::GetGuardPolicyRequest::default());
    assert_eq!(answer.status(), wire::GuardPolicyLookupStatus::NotConfigured);
    assert_eq!(answer.policy, None);
    assert_eq!(answer.server_time_unix_ms, START.as_millis() + 1000);

    let evaluation = async |request| {
        let decision = decider.guard(Site::default(), request).await.decision.unwrap();
        decision.policy_evaluation.unwrap()
    };
    let without = evaluation(request(Vec::new())).await;
    assert_eq!(without.status(), wire::GuardPolicyStatus::NotConfigured);
    assert!(!without.refresh_required);
    let with = evaluation(wire::GuardRequest {
        local_policy_revision: "r1".to_owned(),
        ..request(Vec::new())
    });
    let with = with.await;
    assert_eq!(with.status(), wire::GuardPolicyStatus::Unavailable);
    assert!(with.refresh_required);
}
