//! What a client makes of rules that fail in the sandbox. What it makes of rules that work is in `tests/it`.

use std::time::Duration;

use super::*;
use crate::decision::{Conclusion, Decision, ErrorSource, FailPolicy, Reason, RuleState};
use crate::rule::{DetectBot, FixedWindow, Mode, RuleKind};
use crate::sandbox::SandboxConfig;
use crate::sandbox::tests::{Faulty, request};
use crate::time::{ManualClock, Timestamp};

/// A client with two requests a minute, and bot detection that does as requests say.
fn client(policy: FailPolicy, mode: Mode) -> Arcjet {
    let sandbox = Faulty::new(SandboxConfig::default().deadline(Duration::from_millis(100))).sandbox;
    Arcjet::builder()
        .rule(DetectBot::deny(["CURL"]).mode(mode))
        .rule(FixedWindow::new(2, Duration::from_secs(60)))
        .fail_policy(policy)
        .clock(Clock::from(ManualClock::new(Timestamp::from_millis(0))))
        .build_with(sandbox)
        .unwrap()
}

fn bot_result(decision: &Decision) -> (RuleState, Conclusion, &Reason) {
    let mut results = decision.results().iter();
    let result = results
        .find(|result| result.rule() == RuleKind::DetectBot)
        .unwrap();
    (result.state(), result.conclusion(), result.reason())
}

#[tokio::test]
async fn a_fault_is_an_error_that_the_fail_policy_decides() {
    for (policy, denied) in [(FailPolicy::Open, false), (FailPolicy::Closed, true)] {
        let arcjet = client(policy, Mode::Live);
        for (fault, message) in [
            ("trap", "the rules trapped in the sandbox"),
            ("loop", "the rules exceeded their deadline in the sandbox"),
        ] {
            let decision = arcjet.protect(&request(fault)).await;
            assert_eq!(decision.conclusion(), Conclusion::Error);
            assert_eq!((decision.is_denied(), decision.fail_policy()), (denied, policy));
            let (state, conclusion, reason) = bot_result(&decision);
            assert_eq!((state, conclusion), (RuleState::Run, Conclusion::Error));
            let Reason::Error(error) = reason else {
                panic!("{reason:?}")
            };
            assert_eq!((error.source, &*error.message), (ErrorSource::Sandbox, message));
            assert_eq!(decision.reason(), reason);
            assert_eq!(decision.ttl(), Duration::ZERO, "an error is not remembered");
        }
    }
}

#[tokio::test]
async fn limits_still_judge_and_their_denial_outweighs_the_fault() {
    let arcjet = client(FailPolicy::Open, Mode::Live);
    for left in [1, 0] {
        let decision = arcjet.protect(&request("trap")).await;
        assert_eq!(decision.rate_limits().next().unwrap().remaining, left);
        assert!(decision.is_errored() && decision.is_allowed());
    }
    let decision = arcjet.protect(&request("trap")).await;
    assert!(decision.is_denied() && decision.reason().is_rate_limit());
    assert_eq!(bot_result(&decision).1, Conclusion::Error);
}

#[tokio::test]
async fn a_fault_in_a_dry_run_counts_for_nothing() {
    let decision = client(FailPolicy::Closed, Mode::DryRun)
        .protect(&request("trap"))
        .await;
    assert_eq!(decision.conclusion(), Conclusion::Allow);
    assert!(decision.is_allowed());
    let (state, conclusion, _) = bot_result(&decision);
    assert_eq!((state, conclusion), (RuleState::DryRun, Conclusion::Error));
}

#[tokio::test]
async fn the_next_request_is_judged_as_if_nothing_had_been() {
    let arcjet = client(FailPolicy::Closed, Mode::Live);
    for fault in ["trap", "silent"] {
        let decision = arcjet.protect(&request(fault)).await;
        assert!(decision.is_errored());
    }
    let limitless = arcjet.with_only(DetectBot::deny(["CURL"])).unwrap();
    assert!(limitless.protect(&request("none")).await.is_allowed());
    let denied = limitless.protect(&request("deny")).await;
    assert!(denied.reason().is_bot() && denied.is_denied());
}
