//! Who judges when, and what a denial spares the rules behind it.

use std::time::Duration;

use arcjet_engine::{DetectBot, FixedWindow, Mode, TokenBucket};

use super::*;

use Conclusion::{Allow, Deny};
use RuleKind::{DetectBot as Bot, FixedWindow as Fixed, TokenBucket as Bucket};
use RuleState::{DryRun, NotRun, Run};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn results_are_in_the_order_of_kinds_then_of_adding() {
    let (builder, _) = builder();
    let arcjet = builder
        .rule(DetectBot::deny(["CURL"]))
        .rule(TokenBucket::new(5, 1, MINUTE))
        .rule(DetectBot::deny(["WGET"]))
        .rule(FixedWindow::new(5, MINUTE))
        .build()
        .unwrap();
    let decision = arcjet.protect(&request("192.0.2.1", FIREFOX)).await;
    assert_eq!(
        results(&decision),
        [
            (Bucket, Run, Allow),
            (Fixed, Run, Allow),
            (Bot, Run, Allow),
            (Bot, Run, Allow)
        ]
    );
    assert_eq!(decision.conclusion(), Allow);
}

#[tokio::test]
async fn a_live_local_denial_leaves_limits_alone() {
    let (builder, _) = builder();
    let arcjet = builder
        .rule(FixedWindow::new(2, MINUTE))
        .rule(DetectBot::deny(["CURL"]))
        .rule(DetectBot::deny(["CATEGORY:TOOL"]))
        .build()
        .unwrap();
    for _ in 0..5 {
        let decision = arcjet.protect(&request("192.0.2.1", CURL)).await;
        assert!(decision.is_denied() && decision.reason().is_bot());
        let (kind, state, conclusion) = results(&decision)[0];
        assert_eq!((kind, state, conclusion), (Fixed, NotRun, Allow));
        assert_eq!(results(&decision)[2], (Bot, NotRun, Allow));
    }
    let decision = arcjet.protect(&request("192.0.2.1", FIREFOX)).await;
    assert_eq!(remaining(&decision), [1], "nothing was consumed before");
}

#[tokio::test]
async fn a_dry_run_is_visible_and_denies_nothing() {
    let (builder, _) = builder();
    let arcjet = builder
        .rule(FixedWindow::new(1, MINUTE).mode(Mode::DryRun))
        .rule(FixedWindow::new(9, MINUTE))
        .rule(DetectBot::deny(["CURL"]).mode(Mode::DryRun))
        .build()
        .unwrap();
    let request = request("192.0.2.1", CURL);
    let decision = arcjet.protect(&request).await;
    assert_eq!(
        results(&decision),
        [(Fixed, DryRun, Allow), (Fixed, Run, Allow), (Bot, DryRun, Deny)]
    );
    assert_eq!(decision.conclusion(), Allow);
    for left in [7, 6, 5] {
        let decision = arcjet.protect(&request).await;
        assert_eq!(
            results(&decision),
            [(Fixed, DryRun, Deny), (Fixed, Run, Allow), (Bot, DryRun, Deny)],
            "judged anew each time, nothing is remembered"
        );
        assert!(decision.is_allowed());
        assert_eq!(decision.ttl(), Duration::ZERO);
        assert_eq!(remaining(&decision), [0, left]);
    }
}

#[tokio::test]
async fn the_denial_of_a_limit_is_the_reason_and_says_until_when() {
    let (builder, clock) = builder();
    let arcjet = builder
        .rule(DetectBot::allow(["CURL"]))
        .rule(FixedWindow::new(1, MINUTE))
        .build()
        .unwrap();
    clock.advance(Duration::from_secs(20));
    assert!(arcjet.protect(&request("192.0.2.1", CURL)).await.is_allowed());
    let decision = arcjet.protect(&request("192.0.2.1", CURL)).await;
    assert_eq!(results(&decision), [(Fixed, Run, Deny), (Bot, Run, Allow)]);
    assert!(decision.reason().is_rate_limit());
    assert_eq!(decision.ttl(), Duration::from_secs(40));
    assert_eq!(decision.rate_limits().next().unwrap().reset, 40);
}
