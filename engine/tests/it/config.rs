//! Configurations that can't work are refused by `build()`, which names the field and what it accepts.

use std::time::Duration;

use arcjet_engine::{ConfigError, DetectBot, FixedWindow, Rule, SandboxConfig, SlidingWindow, TokenBucket};

use super::*;

fn refusal(rules: impl IntoIterator<Item = Rule>) -> ConfigError {
    let builder = rules.into_iter().fold(Arcjet::builder(), ArcjetBuilder::rule);
    builder.build().unwrap_err()
}

fn limit(max: u32) -> Rule {
    FixedWindow::new(max, Duration::from_secs(60)).into()
}

#[test]
fn unknown_bots_and_categories() {
    for (rule, field, problem, accepted) in [
        (
            DetectBot::allow(["CURL", "CURLL"]),
            "rules[1].allow[1]",
            "unknown bot id \"CURLL\", did you mean CURL?",
            "one of 809 ids of bots, such as CURL or GOOGLE_CRAWLER",
        ),
        (
            DetectBot::deny(["CATEGORY:AI", "CURL", "CATEGORY:COFFEE"]),
            "rules[1].deny[2]",
            "unknown category \"CATEGORY:COFFEE\"",
            "CATEGORY:ACADEMIC, ",
        ),
        (
            DetectBot::deny(["curl"]),
            "rules[1].deny[0]",
            "unknown bot id \"curl\", did you mean CURL?",
            "or a category: CATEGORY:ACADEMIC",
        ),
    ] {
        let error = refusal([limit(5), rule.into()]);
        assert_eq!((error.field(), error.problem()), (field, problem));
        assert!(error.accepted().contains(accepted), "{}", error.accepted());
    }
}

#[test]
fn an_error_names_the_users_position_whatever_the_order_of_judging() {
    let error = refusal([
        DetectBot::deny(["CURL"]).into(),
        limit(5),
        DetectBot::allow(["NO_SUCH_BOT_AT_ALL"]).into(),
    ]);
    assert_eq!(error.field(), "rules[2].allow[0]");
}

#[test]
fn figures_out_of_range() {
    let minute = Duration::from_secs(60);
    let figures: [(Rule, &str); 6] = [
        (FixedWindow::new(0, minute).into(), "rules[0].max"),
        (FixedWindow::new(1, Duration::ZERO).into(), "rules[0].window"),
        (
            SlidingWindow::new(1, Duration::from_millis(1500)).into(),
            "rules[0].interval",
        ),
        (TokenBucket::new(0, 1, minute).into(), "rules[0].capacity"),
        (TokenBucket::new(1, 0, minute).into(), "rules[0].refill_rate"),
        (TokenBucket::new(1, 1, Duration::ZERO).into(), "rules[0].interval"),
    ];
    for (rule, field) in figures {
        let error = refusal([rule]);
        assert_eq!(error.field(), field);
        assert!(error.accepted().contains("1 to 4294967295"), "{error}");
    }
}

#[test]
fn duplicates_and_too_many_rules() {
    let error = refusal([limit(1), DetectBot::deny(["CURL"]).into(), limit(1)]);
    assert_eq!(
        error.to_string(),
        "rules[2]: the same rule as rules[0]; accepted: each rule once"
    );
    let error = refusal((1..=11).map(limit));
    assert_eq!(error.to_string(), "rules: 11 rules; accepted: at most 10 rules");
    assert!(
        (1..=10)
            .map(limit)
            .fold(Arcjet::builder(), ArcjetBuilder::rule)
            .build()
            .is_ok()
    );
}

#[test]
fn settings_of_the_client() {
    for (builder, field) in [
        (
            Arcjet::builder().characteristics(["http.request.cookie[sid]"]),
            "characteristics",
        ),
        (
            Arcjet::builder().characteristics(["userId", "userId"]),
            "characteristics",
        ),
        (
            Arcjet::builder().trusted_proxies(["10.0.0.0/8", "10.0.0.0/33"]),
            "trusted_proxies[1]",
        ),
        (Arcjet::builder().ipv6_prefix(15), "ipv6_prefix"),
        (Arcjet::builder().limit_capacity(0), "limit_capacity"),
        (
            Arcjet::builder().sandbox(SandboxConfig::default().deadline(Duration::ZERO)),
            "sandbox.deadline",
        ),
        (
            Arcjet::builder().rule(
                FixedWindow::new(1, Duration::from_secs(1)).characteristics(["http.request.headers[]"]),
            ),
            "rules[0].characteristics",
        ),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.field(), field);
        assert!(
            !error.accepted().is_empty() && !error.problem().is_empty(),
            "{error}"
        );
    }
}
