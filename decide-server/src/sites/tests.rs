use arcjet_engine::{ManualClock, SlidingWindow, TokenBucket};
use http::HeaderValue;
use http::header::AUTHORIZATION;
use std::time::Duration;

use super::*;
use crate::auth::Keys;

fn decider() -> ProtocolDecider<Store> {
    ProtocolDecider::builder().build_over(Store::default()).unwrap()
}

fn headers(value: &str) -> HeaderMap {
    HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(value).unwrap())])
}

fn hash(key: &str) -> KeyHash {
    KeyHash::of(key).unwrap()
}

/// The name of the site that the header opens.
fn opened(sites: &Sites, value: &str) -> Option<String> {
    let tenant = sites.authenticate(&headers(value)).ok()?;
    Some(tenant.site.name().to_owned())
}

#[test]
fn every_key_opens_its_site() {
    let configs = [
        SiteConfig::new("web")
            .key(hash("ajkey_one"))
            .key(hash("ajkey_two")),
        SiteConfig::new("api").key(hash("ajkey_three")),
    ];
    let sites = Sites::new(decider(), &configs).unwrap();
    assert_eq!(opened(&sites, "Bearer ajkey_one").as_deref(), Some("web"));
    assert_eq!(opened(&sites, "bearer ajkey_two ").as_deref(), Some("web"));
    assert_eq!(opened(&sites, "Bearer ajkey_three").as_deref(), Some("api"));
    assert_eq!(sites.names(), ["web", "api"]);
}

#[test]
fn anything_else_opens_none() {
    let sites = Sites::new(decider(), &Keys::new(["ajkey_one"]).unwrap().sites()).unwrap();
    let wrong = [
        "Bearer ajkey_on",
        "Bearer ajkey_onee",
        "Bearer ",
        "Bearer",
        "Basic ajkey_one",
        "ajkey_one",
        "",
    ];
    for value in wrong {
        assert_eq!(opened(&sites, value), None, "{value:?}");
    }
    assert!(sites.authenticate(&HeaderMap::new()).is_err());
}

#[test]
fn without_keys_everyone_is_the_one_site() {
    let sites = Sites::new(decider(), &[]).unwrap();
    assert!(sites.is_open());
    assert!(sites.authenticate(&HeaderMap::new()).is_ok());
    assert_eq!(opened(&sites, "Bearer whatever").as_deref(), Some(""));
}

#[test]
fn a_key_ends_at_its_instant() {
    let clock = ManualClock::new(Timestamp::from_millis(1_000_000));
    let end = Timestamp::from_millis(1_005_000);
    let configs = [SiteConfig::new("web")
        .key_until(hash("ajkey_old"), end)
        .key(hash("ajkey_new"))];
    let sites = Sites::new(decider(), &configs)
        .unwrap()
        .clock(Clock::from(clock.clone()));
    clock.advance(Duration::from_millis(4_999));
    assert!(opened(&sites, "Bearer ajkey_old").is_some());
    clock.advance(Duration::from_millis(1));
    let fault = sites.authenticate(&headers("Bearer ajkey_old")).unwrap_err();
    assert!(fault.message.contains("expired"), "{fault:?}");
    assert!(opened(&sites, "Bearer ajkey_new").is_some());
}

#[test]
fn what_cannot_work_is_refused_and_changes_nothing() {
    let web = || SiteConfig::new("web").key(hash("ajkey_one"));
    let sites = Sites::new(decider(), &[web()]).unwrap();
    let minute = Duration::from_secs(60);
    for (configs, field, accepted) in [
        (
            vec![SiteConfig::new("two words").key(hash("a"))],
            "site[0].name",
            "a-z",
        ),
        (vec![SiteConfig::new("web")], "site[0].keys", "at least one"),
        (
            vec![web(), SiteConfig::new("web").key(hash("b"))],
            "site[1].name",
            "each site",
        ),
        (
            vec![web(), SiteConfig::new("api").key(hash("ajkey_one"))],
            "site[1].keys[0]",
            "each key once",
        ),
        (
            vec![web().rules(vec![SlidingWindow::new(0, minute).into()])],
            "site[0].rules[0].max",
            "1 to",
        ),
        (
            vec![web().rules(vec![TokenBucket::new(1, 1, minute).into()])],
            "site[0].rules[0]",
            "sliding_window",
        ),
    ] {
        let error = sites.replace(&configs).unwrap_err();
        assert_eq!(error.field(), field, "{error}");
        assert!(error.accepted().contains(accepted), "{error}");
        assert_eq!(opened(&sites, "Bearer ajkey_one").as_deref(), Some("web"));
    }
}

#[test]
fn replacing_changes_all_clones() {
    let sites = Sites::new(decider(), &[SiteConfig::new("web").key(hash("ajkey_one"))]).unwrap();
    let running = sites.clone();
    sites
        .replace(&[SiteConfig::new("web").key(hash("ajkey_two"))])
        .unwrap();
    assert_eq!(opened(&running, "Bearer ajkey_one"), None);
    assert_eq!(opened(&running, "Bearer ajkey_two").as_deref(), Some("web"));
}
