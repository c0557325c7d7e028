//! Rate limits of the embedded decider, through the client.

use std::time::Duration;

use arcjet_engine::{FixedWindow, Reason, SlidingWindow, TokenBucket};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_denied_request_consumes_no_limit() {
    let (builder, _) = builder();
    let arcjet = builder
        .rule(FixedWindow::new(10, Duration::from_secs(3600)))
        .rule(SlidingWindow::new(2, MINUTE).characteristics(["userId"]))
        .build()
        .unwrap();
    let of_user = |user: &str| request("192.0.2.1", FIREFOX).with_characteristic("userId", user);
    for left in [[9, 1], [8, 0]] {
        assert_eq!(remaining(&arcjet.protect(&of_user("a")).await), left);
    }
    let denied = arcjet.protect(&of_user("a")).await;
    assert!(denied.is_denied());
    assert_eq!(remaining(&denied), [8, 0]);
    assert_eq!(
        remaining(&arcjet.protect(&of_user("b")).await),
        [7, 1],
        "all limits or none"
    );
}

#[tokio::test]
async fn an_allowed_request_carries_the_nearest_limit() {
    let (builder, _) = builder();
    let arcjet = builder
        .rule(FixedWindow::new(10, MINUTE))
        .rule(FixedWindow::new(3, Duration::from_secs(3600)))
        .build()
        .unwrap();
    let decision = arcjet.protect(&request("192.0.2.1", FIREFOX)).await;
    let Reason::RateLimit(limit) = decision.reason() else {
        panic!("{decision:?}")
    };
    assert_eq!(
        (limit.max, limit.remaining, limit.window, limit.reset),
        (3, 2, 3600, 3600)
    );
}

#[tokio::test]
async fn ipv6_clients_count_by_network() {
    let (builder, _) = builder();
    let arcjet = builder.rule(FixedWindow::new(2, MINUTE)).build().unwrap();
    let ask = async |ip| arcjet.protect(&request(ip, FIREFOX)).await;
    let one = ask("2001:db8:1:2::1").await;
    let other = ask("2001:db8:1:2:ffff:ffff:ffff:ffff").await;
    assert_eq!((remaining(&one), remaining(&other)), (vec![1], vec![0]));
    let fingerprints = [&one, &other].map(|decision| decision.results()[0].fingerprint().copied().unwrap());
    assert_ne!(
        fingerprints[0], fingerprints[1],
        "fingerprints keep the address as it is"
    );
    assert!(
        ask("2001:db8:1:2::3").await.is_denied(),
        "a third address of the network"
    );
    assert!(ask("2001:db8:1:3::1").await.is_allowed(), "the next network");
    assert_eq!(remaining(&ask("192.0.2.1").await), [1]);
    assert_eq!(
        remaining(&ask("192.0.2.2").await),
        [1],
        "IPv4 clients count by address"
    );
}

#[tokio::test]
async fn the_length_of_the_network_can_be_set() {
    let (builder, _) = builder();
    let arcjet = builder
        .ipv6_prefix(48)
        .rule(FixedWindow::new(2, MINUTE))
        .build()
        .unwrap();
    for (ip, left) in [("2001:db8:1:2::1", 1), ("2001:db8:1:3::1", 0)] {
        assert_eq!(remaining(&arcjet.protect(&request(ip, FIREFOX)).await), [left]);
    }
}

#[tokio::test]
async fn a_bucket_gives_as_much_as_a_request_asks_for() {
    let (builder, clock) = builder();
    let arcjet = builder
        .rule(TokenBucket::new(100, 10, MINUTE).characteristics(["userId"]))
        .rule(FixedWindow::new(50, MINUTE))
        .build()
        .unwrap();
    let ask = async |units| {
        let request = request("192.0.2.1", FIREFOX).with_characteristic("userId", "42");
        arcjet.protect(&request.with_requested(units)).await
    };
    assert_eq!(
        remaining(&ask(60).await),
        [40, 49],
        "windows count requests, not units"
    );
    let denied = ask(41).await;
    assert!(denied.is_denied());
    assert_eq!(remaining(&denied), [40, 49]);
    assert_eq!(denied.rate_limits().next().unwrap().reset, 60);
    assert_eq!(denied.ttl(), Duration::ZERO, "who asks for less may pass now");
    assert!(ask(101).await.is_denied(), "more than there can be");
    clock.advance(MINUTE);
    assert_eq!(remaining(&ask(41).await), [9, 49]);
    assert!(ask(0).await.is_allowed());
}

#[tokio::test]
async fn a_sliding_window_remembers_the_one_before() {
    let (builder, clock) = builder();
    let arcjet = builder.rule(SlidingWindow::new(4, MINUTE)).build().unwrap();
    let ask = async || arcjet.protect(&request("192.0.2.1", FIREFOX)).await;
    for left in [3, 2, 1, 0] {
        assert_eq!(remaining(&ask().await), [left]);
    }
    // A quarter into the next window three quarters of the last one still weigh: 4 * 0.75 leaves room for one.
    clock.advance(Duration::from_secs(75));
    assert!(ask().await.is_allowed());
    assert!(ask().await.is_denied());
}

#[tokio::test]
async fn limits_with_different_figures_count_apart() {
    let (builder, _) = builder();
    let arcjet = builder.build().unwrap();
    let request = request("192.0.2.1", FIREFOX);
    for (max, left) in [(5, 4), (6, 5), (5, 3)] {
        let limited = arcjet.with_rule(FixedWindow::new(max, MINUTE)).unwrap();
        assert_eq!(remaining(&limited.protect(&request).await), [left]);
    }
}
