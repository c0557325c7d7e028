//! Clients derived from others, for routes and users with rules of their own.

use std::time::Duration;

use arcjet_engine::{DetectBot, FixedWindow, Reason, Shield, TokenBucket};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_derived_client_has_all_rules_and_leaves_the_original_alone() {
    let (builder, _) = builder();
    let arcjet = builder.rule(FixedWindow::new(5, MINUTE)).build().unwrap();
    let derived = arcjet.with_rule(DetectBot::deny(["CURL"])).unwrap();
    let request = request("192.0.2.1", CURL);
    assert!(derived.protect(&request).await.is_denied());
    assert_eq!(results(&derived.protect(&request).await).len(), 2);
    let decision = arcjet.protect(&request).await;
    assert_eq!(results(&decision).len(), 1);
    assert!(decision.is_allowed());
}

#[tokio::test]
async fn counters_are_shared() {
    let (builder, _) = builder();
    let arcjet = builder.rule(FixedWindow::new(5, MINUTE)).build().unwrap();
    let derived = arcjet.with_rule(TokenBucket::new(9, 1, MINUTE)).unwrap();
    let clone = arcjet.clone();
    let request = request("192.0.2.1", FIREFOX);
    assert_eq!(remaining(&arcjet.protect(&request).await), [4]);
    assert_eq!(remaining(&derived.protect(&request).await), [3, 8]);
    assert_eq!(remaining(&clone.protect(&request).await), [2]);
    let again = arcjet.with_rule(TokenBucket::new(9, 1, MINUTE)).unwrap();
    assert_eq!(remaining(&again.protect(&request).await), [1, 7]);
}

#[tokio::test]
async fn denials_are_shared() {
    let (builder, _) = builder();
    let arcjet = builder.rule(DetectBot::deny(["CURL"])).build().unwrap();
    let derived = arcjet.with_rule(FixedWindow::new(5, MINUTE)).unwrap();
    let request = request("192.0.2.1", CURL);
    assert!(derived.protect(&request).await.is_denied());
    let decision = arcjet.protect(&request).await;
    assert_eq!(decision.results()[0].state(), RuleState::Cached);
}

#[tokio::test]
async fn only_one_rule_can_be_asked() {
    let (builder, _) = builder();
    let arcjet = builder.rule(FixedWindow::new(5, MINUTE)).build().unwrap();
    let per_user = arcjet
        .with_only(TokenBucket::new(2, 1, MINUTE).characteristics(["userId"]))
        .unwrap();
    let request = request("192.0.2.1", FIREFOX).with_characteristic("userId", "42");
    assert_eq!(remaining(&arcjet.protect(&request).await), [4]);
    assert_eq!(remaining(&per_user.protect(&request).await), [1]);
    assert_eq!(
        remaining(&arcjet.protect(&request).await),
        [3],
        "counted once each"
    );
}

#[tokio::test]
async fn characteristics_of_the_client_hold_for_derived_rules() {
    let (builder, _) = builder();
    let arcjet = builder
        .characteristics(["userId"])
        .build()
        .unwrap()
        .with_rule(FixedWindow::new(1, MINUTE))
        .unwrap();
    let of_user = |user: &str| request("192.0.2.1", FIREFOX).with_characteristic("userId", user);
    assert!(arcjet.protect(&of_user("a")).await.is_allowed());
    assert!(arcjet.protect(&of_user("b")).await.is_allowed());
    assert!(arcjet.protect(&of_user("a")).await.is_denied());
}

#[test]
fn a_rule_that_can_not_be_added_is_refused() {
    let rules = (1..=10).map(|max| FixedWindow::new(max, MINUTE));
    let full = rules
        .fold(Arcjet::builder(), ArcjetBuilder::rule)
        .build()
        .unwrap();
    let eleventh = full.with_rule(DetectBot::deny(["CURL"])).unwrap_err();
    assert_eq!((eleventh.field(), eleventh.problem()), ("rules", "11 rules"));

    let arcjet = Arcjet::builder()
        .rule(FixedWindow::new(1, MINUTE))
        .build()
        .unwrap();
    let twin = arcjet.with_rule(FixedWindow::new(1, MINUTE)).unwrap_err();
    assert_eq!(
        (twin.field(), twin.problem()),
        ("rules[1]", "the same rule as rules[0]")
    );
    let unknown = arcjet.with_rule(DetectBot::deny(["NO_SUCH_BOT"])).unwrap_err();
    assert_eq!(unknown.field(), "rules[1].deny[0]");
}

#[tokio::test]
async fn the_rest_of_a_body_is_judged_without_counting_anything_again() {
    let (builder, _) = builder();
    let arcjet = builder
        .rule(Shield::new().suspicion(1_000, MINUTE))
        .rule(FixedWindow::new(5, MINUTE))
        .rule(DetectBot::deny(["CURL"]))
        .build()
        .unwrap();
    let bodies = arcjet.only_body_rules().unwrap().unwrap();
    assert_eq!(bodies.body_window(), arcjet.body_window());
    let request = RequestDetails::builder("POST", "/")
        .query("q=select+a+from+b")
        .header("content-type", b"application/x-www-form-urlencoded")
        .header("user-agent", CURL.as_bytes())
        .peer("192.0.2.1".parse().unwrap())
        .build();
    let decision = bodies.protect(&request).await;
    assert!(decision.is_allowed());
    let [result] = decision.results() else {
        panic!("{decision:?}")
    };
    let Reason::Shield(shield) = result.reason() else {
        panic!("{decision:?}")
    };
    assert!(shield.score > 0 && shield.points.is_none(), "{shield:?}");
    // The id is that of the rule as it was configured.
    assert_eq!(
        result.rule_id(),
        arcjet.protect(&request).await.results()[0].rule_id()
    );
    let attack = request.with_body("q=<script>alert(document.cookie)</script>");
    assert!(bodies.protect(&attack).await.reason().is_shield());

    let (builder, _) = super::builder();
    let without = builder.rule(Shield::new().body_limit(0)).build().unwrap();
    assert!(without.only_body_rules().unwrap().is_none());
}
