//! Requests that can't be judged: an error result, and what the fail policy makes of it.

use std::time::Duration;

use arcjet_engine::{DetectBot, ErrorSource, FailPolicy, FixedWindow, Mode, Reason};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn error_of(decision: &Decision) -> (ErrorSource, String) {
    match decision.reason() {
        Reason::Error(error) => (error.source, error.message.clone()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_request_without_a_user_agent() {
    let anonymous = || RequestDetails::builder("GET", "/").peer([192, 0, 2, 1].into());
    for (policy, denied) in [(FailPolicy::Open, false), (FailPolicy::Closed, true)] {
        let arcjet = Arcjet::builder()
            .rule(DetectBot::deny(["CURL"]))
            .fail_policy(policy)
            .build()
            .unwrap();
        for request in [anonymous(), anonymous().header("user-agent", b"")] {
            let decision = arcjet.protect(&request.build()).await;
            assert_eq!(
                error_of(&decision),
                (
                    ErrorSource::Request,
                    "user-agent header is empty: bot detection requires user-agent header".to_owned()
                )
            );
            assert_eq!(
                results(&decision),
                [(RuleKind::DetectBot, RuleState::Run, Conclusion::Error)]
            );
            assert_eq!(
                (
                    decision.is_denied(),
                    decision.is_errored(),
                    decision.fail_policy()
                ),
                (denied, true, policy)
            );
        }
    }
}

#[tokio::test]
async fn the_policy_is_open_unless_set() {
    let arcjet = Arcjet::builder().rule(DetectBot::deny(["CURL"])).build().unwrap();
    let decision = arcjet.protect(&RequestDetails::default()).await;
    assert!(decision.is_errored() && decision.is_allowed());
}

#[tokio::test]
async fn a_limit_whose_characteristic_has_no_value() {
    let (builder, _) = builder();
    let arcjet = builder
        .rule(FixedWindow::new(1, MINUTE).characteristics(["userId"]))
        .rule(FixedWindow::new(5, MINUTE))
        .build()
        .unwrap();
    let request = request("192.0.2.1", FIREFOX);
    for left in [4, 3] {
        let decision = arcjet.protect(&request).await;
        assert_eq!(
            error_of(&decision),
            (
                ErrorSource::Request,
                "requested `userId` characteristic but the `userId` value was empty".to_owned()
            )
        );
        assert_eq!(decision.results()[0].fingerprint(), None);
        assert_eq!(remaining(&decision), [left], "the other limit judges and counts");
    }
}

#[tokio::test]
async fn a_client_without_an_address() {
    let (builder, _) = builder();
    let arcjet = builder
        .rule(FixedWindow::new(1, MINUTE))
        .fail_policy(FailPolicy::Closed)
        .build()
        .unwrap();
    let decision = arcjet.protect(&RequestDetails::default()).await;
    assert!(decision.is_denied());
    assert_eq!(
        error_of(&decision).1,
        "requested `ip.src` characteristic but the `ip.src` value was empty"
    );
}

#[tokio::test]
async fn a_denial_outweighs_an_error_and_a_dry_run_errs_for_nothing() {
    let (builder, _) = builder();
    let arcjet = builder
        .rule(DetectBot::deny(["CURL"]).mode(Mode::DryRun))
        .rule(FixedWindow::new(2, MINUTE).characteristics(["userId"]))
        .rule(FixedWindow::new(1, MINUTE))
        .fail_policy(FailPolicy::Open)
        .build()
        .unwrap();
    let request = RequestDetails::builder("GET", "/")
        .peer([192, 0, 2, 1].into())
        .build();
    let known = request.clone().with_characteristic("userId", "42");
    let decision = arcjet.protect(&known).await;
    assert_eq!(decision.conclusion(), Conclusion::Allow);
    assert_eq!(
        results(&decision)[2],
        (RuleKind::DetectBot, RuleState::DryRun, Conclusion::Error)
    );
    let decision = arcjet.protect(&request).await;
    assert_eq!(decision.conclusion(), Conclusion::Deny);
    assert_eq!(results(&decision)[0].2, Conclusion::Error);
}
