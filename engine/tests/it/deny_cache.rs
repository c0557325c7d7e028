//! Who was denied a moment ago is denied again without being judged.

use std::time::Duration;

use arcjet_engine::{DetectBot, FixedWindow, Mode, Reason, TokenBucket};

use super::*;

use Conclusion::{Allow, Deny};
use RuleKind::{DetectBot as Bot, FixedWindow as Fixed};
use RuleState::{Cached, NotRun, Run};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_denied_bot_is_remembered_for_a_minute_that_counts_down() {
    let (builder, clock) = builder();
    let arcjet = builder
        .rule(FixedWindow::new(1, MINUTE))
        .rule(DetectBot::deny(["CURL"]))
        .build()
        .unwrap();
    let request = request("192.0.2.1", CURL);
    let first = arcjet.protect(&request).await;
    assert_eq!(results(&first), [(Fixed, NotRun, Allow), (Bot, Run, Deny)]);
    assert_eq!(first.ttl(), MINUTE);

    for (later, left) in [(0, 60), (1, 59), (58, 1)] {
        clock.advance(Duration::from_secs(later));
        let decision = arcjet.protect(&request).await;
        assert_eq!(results(&decision), [(Fixed, NotRun, Allow), (Bot, Cached, Deny)]);
        assert_eq!(decision.ttl(), Duration::from_secs(left));
        assert_eq!(decision.reason(), first.reason());
        assert_ne!(decision.id(), first.id());
    }
    clock.advance(Duration::from_secs(1));
    let decision = arcjet.protect(&request).await;
    assert_eq!(results(&decision), [(Fixed, NotRun, Allow), (Bot, Run, Deny)]);
    assert_eq!(
        decision.ttl(),
        MINUTE,
        "a cached denial is not extended, a new one is whole"
    );
}

#[tokio::test]
async fn others_behind_the_address_of_a_bot_are_not_denied() {
    let (builder, _) = builder();
    let arcjet = builder.rule(DetectBot::deny(["CURL"])).build().unwrap();
    assert!(arcjet.protect(&request("192.0.2.1", CURL)).await.is_denied());
    let decision = arcjet.protect(&request("192.0.2.1", FIREFOX)).await;
    assert_eq!(results(&decision), [(Bot, Run, Allow)]);
    let decision = arcjet.protect(&request("192.0.2.2", CURL)).await;
    assert_eq!(
        results(&decision),
        [(Bot, Run, Deny)],
        "another address is judged anew"
    );
}

#[tokio::test]
async fn a_spent_limit_denies_from_memory_until_its_window_ends() {
    let (builder, clock) = builder();
    let arcjet = builder
        .rule(FixedWindow::new(1, MINUTE))
        .rule(DetectBot::deny(["CURL"]))
        .build()
        .unwrap();
    clock.advance(Duration::from_secs(10));
    let ask = async |user_agent| arcjet.protect(&request("192.0.2.1", user_agent)).await;
    assert!(ask(FIREFOX).await.is_allowed());
    assert_eq!(results(&ask(FIREFOX).await)[0], (Fixed, Run, Deny));
    clock.advance(Duration::from_secs(15));
    let decision = ask("another browser").await;
    assert_eq!(results(&decision), [(Fixed, Cached, Deny), (Bot, NotRun, Allow)]);
    let Reason::RateLimit(limit) = decision.reason() else {
        panic!("{decision:?}")
    };
    assert_eq!((limit.max, limit.remaining, limit.reset), (1, 0, 35));
    assert_eq!(decision.ttl(), Duration::from_secs(35));
    clock.advance(Duration::from_secs(35));
    assert_eq!(results(&ask(FIREFOX).await)[0], (Fixed, Run, Allow));
}

#[tokio::test]
async fn only_live_denials_are_remembered() {
    let (builder, _) = builder();
    let arcjet = builder
        .rule(DetectBot::deny(["CURL"]).mode(Mode::DryRun))
        .rule(TokenBucket::new(1, 1, MINUTE).mode(Mode::DryRun))
        .build()
        .unwrap();
    for _ in 0..3 {
        let decision = arcjet.protect(&request("192.0.2.1", CURL)).await;
        let states: Vec<_> = decision.results().iter().map(|result| result.state()).collect();
        assert_eq!(states, [RuleState::DryRun; 2]);
    }
}

#[tokio::test]
async fn nothing_is_remembered_of_clients_without_a_fingerprint() {
    let (builder, _) = builder();
    let arcjet = builder.rule(DetectBot::deny(["CURL"])).build().unwrap();
    let request = RequestDetails::builder("GET", "/")
        .header("user-agent", CURL.as_bytes())
        .build();
    for _ in 0..2 {
        let decision = arcjet.protect(&request).await;
        assert_eq!(results(&decision), [(Bot, Run, Deny)]);
        assert_eq!(decision.results()[0].fingerprint(), None);
    }
}

#[tokio::test]
async fn a_cache_without_room_remembers_nothing_and_breaks_nothing() {
    let (builder, _) = builder();
    let arcjet = builder
        .cache_capacity(0)
        .rule(DetectBot::deny(["CURL"]))
        .build()
        .unwrap();
    for _ in 0..100 {
        assert!(arcjet.protect(&request("192.0.2.1", CURL)).await.is_denied());
    }
}
