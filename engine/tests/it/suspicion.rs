//! Shield's suspicion over time.

use std::time::Duration;

use arcjet_engine::{FailPolicy, FixedWindow, Mode, Reason, Shield, ShieldReason};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use super::*;

const WINDOW: Duration = Duration::from_secs(600);

/// A request that scores, and less than the usual threshold.
fn probe(ip: &str) -> RequestDetails {
    RequestDetails::builder("GET", "/search")
        .query("q=select+a+from+b")
        .header("user-agent", FIREFOX.as_bytes())
        .peer(ip.parse().unwrap())
        .build()
}

fn shield(decision: &Decision) -> &ShieldReason {
    match decision.results()[0].reason() {
        Reason::Shield(shield) => shield,
        _ => panic!("{decision:?}"),
    }
}

/// The score of [`probe`].
async fn score() -> u32 {
    let (builder, _) = builder();
    let arcjet = builder.rule(Shield::new()).build().unwrap();
    let decision = arcjet.protect(&probe("192.0.2.1")).await;
    let shield = shield(&decision);
    assert!(decision.is_allowed() && shield.points.is_none());
    assert!((1..5).contains(&shield.score), "{shield:?}");
    shield.score
}

#[tokio::test]
async fn clients_that_probe_again_and_again_are_denied_until_the_window_moves_on() {
    let score = score().await;
    let (builder, clock) = builder();
    let rule = Shield::new().suspicion(3 * score + 5, WINDOW);
    let arcjet = builder.rule(rule).build().unwrap();
    let allowed = (3 * score + 5) / score;
    for number in 1..=allowed {
        let decision = arcjet.protect(&probe("192.0.2.1")).await;
        let points = shield(&decision).points.unwrap();
        assert!(decision.is_allowed() && !shield(&decision).suspicious);
        assert_eq!(
            (points.collected, points.max, points.window),
            (number * score, 3 * score + 5, 600)
        );
    }
    for _ in 0..2 {
        let decision = arcjet.protect(&probe("192.0.2.1")).await;
        let reason = shield(&decision);
        assert!(decision.is_denied() && decision.reason().is_shield());
        assert!(reason.suspicious && !reason.triggered, "{reason:?}");
        assert_eq!(reason.score, score);
        assert_eq!(reason.points.unwrap().collected, allowed * score);
    }
    // Neither others nor the innocent requests of the same address are.
    assert!(arcjet.protect(&probe("192.0.2.2")).await.is_allowed());
    let innocent = arcjet.protect(&request("192.0.2.1", FIREFOX)).await;
    assert!(innocent.is_allowed() && shield(&innocent).points.is_none());

    clock.advance(2 * WINDOW);
    let decision = arcjet.protect(&probe("192.0.2.1")).await;
    assert!(decision.is_allowed());
    assert_eq!(shield(&decision).points.unwrap().collected, score);
}

#[tokio::test]
async fn a_denial_for_suspicion_counts_for_no_limit() {
    let score = score().await;
    let (builder, _) = builder();
    let arcjet = builder
        .rule(Shield::new().suspicion(5.max(score), WINDOW))
        .rule(FixedWindow::new(100, WINDOW))
        .build()
        .unwrap();
    let mut passed = 0;
    while arcjet.protect(&probe("192.0.2.1")).await.is_allowed() {
        passed += 1;
        assert!(passed <= 5);
    }
    let decision = arcjet.protect(&request("192.0.2.1", FIREFOX)).await;
    assert_eq!(remaining(&decision), [100 - passed - 1]);
}

#[tokio::test]
async fn attacks_add_no_points_and_a_dry_run_only_shows_them() {
    let score = score().await;
    let (builder, _) = builder();
    let rule = Shield::new().suspicion(5.max(score), WINDOW).mode(Mode::DryRun);
    let arcjet = builder.rule(rule).build().unwrap();
    let attack = RequestDetails::builder("GET", "/items")
        .query("id=1%27%20UNION%20SELECT%20password%20FROM%20users--")
        .peer([192, 0, 2, 1].into())
        .build();
    for _ in 0..3 {
        let decision = arcjet.protect(&attack).await;
        assert!(shield(&decision).triggered && shield(&decision).points.is_none());
    }
    let mut shown = false;
    for _ in 0..6 {
        let decision = arcjet.protect(&probe("192.0.2.1")).await;
        assert!(decision.is_allowed());
        shown = shield(&decision).suspicious;
    }
    assert!(shown, "the last one would be denied");
}

#[tokio::test]
async fn points_that_nobody_can_keep_are_an_error() {
    let (builder, _) = builder();
    let arcjet = builder
        .characteristics(["userId"])
        .fail_policy(FailPolicy::Closed)
        .rule(Shield::new().suspicion(20, WINDOW))
        .build()
        .unwrap();
    let decision = arcjet.protect(&probe("192.0.2.1")).await;
    assert!(decision.is_errored() && decision.is_denied(), "{decision:?}");
    // Where there is nothing to keep, nothing fails.
    assert!(arcjet.protect(&request("192.0.2.1", FIREFOX)).await.is_allowed());
}

#[test]
fn points_and_windows_that_cannot_work_are_refused() {
    for (rule, field) in [
        (Shield::new().suspicion(4, WINDOW), "rules[0].suspicion.points"),
        (
            Shield::new().suspicion(1_000_001, WINDOW),
            "rules[0].suspicion.points",
        ),
        (
            Shield::new().threshold(30).suspicion(20, WINDOW),
            "rules[0].suspicion.points",
        ),
        (
            Shield::new().suspicion(20, Duration::ZERO),
            "rules[0].suspicion.window",
        ),
        (
            Shield::new().suspicion(20, Duration::from_millis(1500)),
            "rules[0].suspicion.window",
        ),
    ] {
        let error = Arcjet::builder().rule(rule).build().unwrap_err();
        assert_eq!(error.field(), field);
    }
}

#[tokio::test]
async fn suspicions_are_counted() {
    let recorder = DebuggingRecorder::new();
    let score = score().await;
    let (builder, _) = builder();
    let arcjet = metrics::with_local_recorder(&recorder, || {
        builder
            .rule(Shield::new().suspicion(2 * score + 5, WINDOW))
            .build()
            .unwrap()
    });
    let allowed = u64::from((2 * score + 5) / score);
    for _ in 0..allowed + 1 {
        arcjet.protect(&probe("192.0.2.1")).await;
    }
    arcjet.protect(&request("192.0.2.1", FIREFOX)).await;
    let mut counted = Vec::new();
    for (key, _, _, value) in recorder.snapshotter().snapshot().into_vec() {
        if let ("arcjet_shield_suspicions_total", DebugValue::Counter(count)) = (key.key().name(), value) {
            let labels: Vec<_> = key.key().labels().map(|label| label.value().to_owned()).collect();
            counted.push((labels.join(" "), count));
        }
    }
    counted.sort();
    assert_eq!(counted, [("allow".to_owned(), allowed), ("deny".to_owned(), 1)]);
}

#[cfg(feature = "remote")]
#[tokio::test]
async fn with_a_decision_server_the_points_are_kept_here() {
    let score = score().await;
    let (builder, _) = builder();
    // Nobody listens there, and nobody is asked: there is no limit.
    let arcjet = builder
        .decide_at("http://127.0.0.1:9", "ajkey_test")
        .rule(Shield::new().suspicion(score + 5, WINDOW))
        .build()
        .unwrap();
    for number in 1..=(score + 5) / score {
        let decision = arcjet.protect(&probe("192.0.2.1")).await;
        assert_eq!(decision.conclusion(), Conclusion::Allow);
        assert_eq!(shield(&decision).points.unwrap().collected, number * score);
    }
    assert!(shield(&arcjet.protect(&probe("192.0.2.1")).await).suspicious);
}
