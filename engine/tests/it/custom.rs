//! Rules of the application's own in decisions.

use std::time::Duration;

use arcjet_engine::{
    CustomReason, CustomRule, DetectBot, ErrorSource, FailPolicy, FixedWindow, Mode, Reason,
};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use super::*;

use Conclusion::{Allow, Deny, Error};
use RuleKind::{Custom, DetectBot as Bot, FixedWindow as Fixed};
use RuleState::{Cached, DryRun, NotRun, Run};

const MINUTE: Duration = Duration::from_secs(60);

/// A rule that does what the header `x-do` says.
fn rule(name: &str) -> CustomRule {
    CustomRule::from_bytes(name, &include_bytes!("../assets/custom-rules.wasm")[..])
        .cache_directory(concat!(env!("CARGO_TARGET_TMPDIR"), "/custom-rules"))
}

fn told(what: &str) -> RequestDetails {
    RequestDetails::builder("GET", "/")
        .header("user-agent", FIREFOX.as_bytes())
        .header("x-do", what.as_bytes())
        .peer([192, 0, 2, 1].into())
        .build()
}

fn told_to_deny(seconds: u32) -> RequestDetails {
    RequestDetails::builder("GET", "/")
        .header("user-agent", FIREFOX.as_bytes())
        .header("x-do", b"deny")
        .header("x-ttl", seconds.to_string().as_bytes())
        .peer([192, 0, 2, 1].into())
        .build()
}

fn reason(rule: &str, message: &str) -> Reason {
    Reason::Custom(CustomReason {
        rule: rule.to_owned(),
        message: message.to_owned(),
    })
}

#[tokio::test]
async fn a_rule_decides_with_its_reason() {
    let (builder, _) = builder();
    let arcjet = builder.rule(rule("mine")).build().unwrap();
    let decision = arcjet.protect(&told("deny")).await;
    assert_eq!(results(&decision), [(Custom, Run, Deny)]);
    assert_eq!(*decision.reason(), reason("mine", "told to deny"));
    assert_eq!(decision.ttl(), Duration::ZERO);

    // Without a time to live the next request is judged by itself.
    let decision = arcjet.protect(&told("")).await;
    assert_eq!(results(&decision), [(Custom, Run, Allow)]);
    let expected = reason("mine", "call 2 of edition of the component");
    assert_eq!(*decision.results()[0].reason(), expected);
    assert_eq!(
        decision.results()[0].ttl(),
        Duration::ZERO,
        "only denials have one"
    );
}

#[tokio::test]
async fn a_denial_holds_for_its_client_as_long_as_the_rule_says() {
    let (builder, clock) = builder();
    let arcjet = builder.rule(rule("mine")).build().unwrap();
    let decision = arcjet.protect(&told_to_deny(90)).await;
    assert_eq!(results(&decision), [(Custom, Run, Deny)]);
    assert_eq!(decision.ttl(), Duration::from_secs(90));

    clock.advance(Duration::from_secs(30));
    let decision = arcjet.protect(&told("")).await;
    assert_eq!(results(&decision), [(Custom, Cached, Deny)]);
    assert_eq!(decision.ttl(), Duration::from_secs(60));
    assert_eq!(*decision.reason(), reason("mine", "told to deny"));
    let other = arcjet.protect(&request("192.0.2.2", FIREFOX)).await;
    assert_eq!(results(&other), [(Custom, Run, Allow)]);

    clock.advance(Duration::from_secs(60));
    let decision = arcjet.protect(&told("")).await;
    assert_eq!(results(&decision), [(Custom, Run, Allow)]);

    // However long that is.
    arcjet.protect(&told_to_deny(u32::MAX)).await;
    clock.advance(Duration::from_secs(1_000_000));
    assert_eq!(arcjet.protect(&told("")).await.results()[0].state(), Cached);
}

#[tokio::test]
async fn a_dry_run_denies_and_remembers_nothing() {
    let (builder, _) = builder();
    let arcjet = builder.rule(rule("mine").mode(Mode::DryRun)).build().unwrap();
    for _ in 0..2 {
        let decision = arcjet.protect(&told_to_deny(90)).await;
        assert_eq!(results(&decision), [(Custom, DryRun, Deny)]);
        assert!(decision.is_allowed());
        assert_eq!(*decision.results()[0].reason(), reason("mine", "told to deny"));
    }
}

#[tokio::test]
async fn custom_rules_come_last_in_the_order_of_adding() {
    let (builder, _) = builder();
    let arcjet = builder
        .rule(rule("first").mode(Mode::DryRun))
        .rule(rule("second"))
        .rule(rule("third"))
        .rule(DetectBot::deny(["CURL"]))
        .rule(FixedWindow::new(9, MINUTE))
        .build()
        .unwrap();
    let decision = arcjet.protect(&told("")).await;
    assert_eq!(
        results(&decision),
        [
            (Fixed, Run, Allow),
            (Bot, Run, Allow),
            (Custom, DryRun, Allow),
            (Custom, Run, Allow),
            (Custom, Run, Allow)
        ]
    );
    assert_eq!(remaining(&decision), [8]);

    let decision = arcjet.protect(&told("deny")).await;
    assert_eq!(
        results(&decision),
        [
            (Fixed, NotRun, Allow),
            (Bot, Run, Allow),
            (Custom, DryRun, Deny),
            (Custom, Run, Deny),
            (Custom, NotRun, Allow)
        ]
    );
    assert_eq!(*decision.reason(), reason("second", "told to deny"));

    // What a bundled rule denies, no other is asked about.
    let decision = arcjet.protect(&request("192.0.2.1", CURL)).await;
    assert_eq!(
        results(&decision)[1..],
        [
            (Bot, Run, Deny),
            (Custom, NotRun, Allow),
            (Custom, NotRun, Allow),
            (Custom, NotRun, Allow)
        ]
    );
    let decision = arcjet.protect(&told("")).await;
    assert_eq!(remaining(&decision), [7], "a denial consumed nothing");
}

#[tokio::test]
async fn a_fault_costs_its_own_result_and_the_policy_says_what_that_means() {
    const SHORT: Duration = Duration::from_millis(100);
    const LONG: Duration = Duration::from_secs(1);
    for (policy, denied) in [(FailPolicy::Open, false), (FailPolicy::Closed, true)] {
        let recorder = DebuggingRecorder::new();
        let counters = recorder.snapshotter();
        for (what, message, deadline) in [
            // Long enough to never pass on a busy machine.
            ("trap", "the rules trapped in the sandbox", LONG),
            ("loop", "the rules exceeded their deadline in the sandbox", SHORT),
            (
                "memory",
                "the rules exceeded their memory limit in the sandbox",
                LONG,
            ),
        ] {
            let (builder, _) = builder();
            let arcjet = metrics::with_local_recorder(&recorder, || {
                builder
                    .rule(rule("bad").memory_limit(4 << 20).deadline(deadline))
                    .rule(DetectBot::deny(["CURL"]))
                    .fail_policy(policy)
                    .build()
                    .unwrap()
            });
            let decision = arcjet.protect(&told(what)).await;
            assert_eq!(results(&decision), [(Bot, Run, Allow), (Custom, Run, Error)]);
            let Reason::Error(error) = decision.reason() else {
                panic!("{decision:?}")
            };
            assert_eq!(
                (error.source, error.message.as_str()),
                (ErrorSource::Sandbox, message)
            );
            assert_eq!(decision.is_denied(), denied);
            assert!(
                arcjet.protect(&told("")).await.is_allowed(),
                "the next is judged again"
            );
        }
        let faults: u64 = counters
            .snapshot()
            .into_vec()
            .into_iter()
            .filter(|(key, ..)| key.key().name() == "arcjet_custom_rule_faults_total")
            .map(|(.., value)| match value {
                DebugValue::Counter(value) => value,
                _ => 0,
            })
            .sum();
        assert_eq!(faults, 3);
    }
}

#[tokio::test]
async fn derived_clients_share_the_rule() {
    let (builder, _) = builder();
    let base = builder.rule(rule("mine")).build().unwrap();
    let derived = base.with_rule(FixedWindow::new(9, MINUTE)).unwrap();
    for (client, call) in [(&base, 1), (&derived, 2), (&base, 3)] {
        let decision = client.protect(&told("")).await;
        let result = decision.results().last().unwrap();
        let expected = format!("call {call} of edition of the component");
        assert_eq!(*result.reason(), reason("mine", &expected));
    }
}

#[test]
fn what_is_wrong_with_a_rule_is_said_when_the_client_is_built() {
    let wrong = CustomRule::from_bytes("wrong", &b"(component)"[..]);
    let error = Arcjet::builder()
        .rule(DetectBot::deny(["CURL"]))
        .rule(wrong)
        .build()
        .unwrap_err();
    assert_eq!(error.field(), "rules[1].bytes");
    let error = Arcjet::builder()
        .rule(rule("mine").config("\"refuse\""))
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "rules[0].config: told to refuse; accepted: what the rule `mine` accepts"
    );
}
