//! Judgements without a future.

use std::time::Duration;

use arcjet_engine::{Arcjet, DetectBot, FixedWindow};

use super::*;

#[tokio::test]
async fn is_what_the_future_says_and_counts_the_same() {
    let (builder, _clock) = builder();
    let arcjet = builder
        .rule(DetectBot::deny(["CURL"]))
        .rule(FixedWindow::new(2, Duration::from_secs(60)))
        .build()
        .unwrap();
    let browser = request("192.0.2.1", FIREFOX);
    assert_eq!(remaining(&arcjet.protect_now(&browser).unwrap()), [1]);
    assert_eq!(remaining(&arcjet.protect(&browser).await), [0]);
    let spent = arcjet.protect_now(&browser).unwrap();
    assert!(spent.is_denied() && spent.reason().is_rate_limit());
    assert_eq!(results(&spent)[0].1, RuleState::Run);
    let cached = arcjet.protect_now(&browser).unwrap();
    assert_eq!(results(&cached)[0].1, RuleState::Cached);
    assert!(
        arcjet
            .protect_now(&request("192.0.2.2", CURL))
            .unwrap()
            .is_denied()
    );
}

#[cfg(feature = "remote")]
#[tokio::test]
async fn a_client_that_may_wait_for_a_server_says_so_and_judges_nothing() {
    let arcjet = Arcjet::builder()
        .rule(DetectBot::deny(["CURL"]))
        .decide_at("http://127.0.0.1:9", "ajkey_test")
        .build()
        .unwrap();
    assert!(arcjet.protect_now(&request("192.0.2.2", CURL)).is_none());
}

#[cfg(feature = "dns")]
#[test]
fn a_client_that_may_wait_for_the_dns_says_so() {
    use arcjet_engine::dns::DnsConfig;
    use arcjet_engine::{EmailType, ValidateEmail};

    let nowhere = DnsConfig::new().servers([([192, 0, 2, 1], 53).into()]);
    let asked = || Arcjet::builder().dns(nowhere.clone());
    let email = ValidateEmail::deny([EmailType::Disposable]);
    let mail = ValidateEmail::deny([EmailType::NoMxRecords]);
    let allowed = ValidateEmail::allow([EmailType::Free]);
    let browser = request("192.0.2.1", FIREFOX);
    for (arcjet, waits) in [
        (asked().rule(email), false),
        (asked().rule(mail), true),
        (asked().rule(allowed), true),
        (asked().rule(DetectBot::deny(["CURL"])), true),
        (asked().rule(FixedWindow::new(2, Duration::from_secs(60))), false),
    ] {
        let arcjet = arcjet.build().unwrap();
        assert_eq!(arcjet.protect_now(&browser).is_none(), waits, "{arcjet:?}");
    }
}
