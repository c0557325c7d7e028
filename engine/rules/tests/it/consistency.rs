//! Whether the other headers fit the user agent.

use arcjet_rules::{BotList, Conclusion, DetectBot, Mode, Reason, Request, Rule, RuleConfig, RuleSet};

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const WEB_VIEW: &str = "Mozilla/5.0 (Linux; Android 13; Pixel 7; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36";

fn rules(consistency: bool) -> RuleSet {
    RuleSet::new(&[Rule {
        mode: Mode::Live,
        config: RuleConfig::DetectBot(DetectBot {
            consistency,
            ..DetectBot::new(BotList::Allow(Vec::new()))
        }),
    }])
    .unwrap()
}

/// The signals for a request with these headers, where consistency is looked at.
fn signals(headers: &[(&str, &str)]) -> Vec<&'static str> {
    let headers: Vec<(&[u8], &[u8])> = headers
        .iter()
        .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
        .collect();
    let request = Request {
        headers: &headers,
        ..Request::default()
    };
    let ignored = rules(false).judge(&request).remove(0);
    assert_eq!(ignored.conclusion, Conclusion::Allow, "without being asked to");
    let outcome = rules(true).judge(&request).remove(0);
    let Reason::Bot(reason) = outcome.reason else {
        panic!("{outcome:?}")
    };
    assert_eq!(outcome.conclusion == Conclusion::Deny, !reason.signals.is_empty());
    reason.signals
}

/// The headers of Chrome over TLS, in its order.
fn chrome() -> Vec<(&'static str, &'static str)> {
    vec![
        ("host", "example.com"),
        ("sec-ch-ua", "\"Chromium\";v=\"140\", \"Google Chrome\";v=\"140\""),
        ("sec-ch-ua-mobile", "?0"),
        ("sec-ch-ua-platform", "\"Windows\""),
        ("user-agent", CHROME),
        ("accept", "text/html,*/*;q=0.8"),
        ("sec-fetch-site", "none"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("accept-encoding", "gzip, deflate, br, zstd"),
        ("accept-language", "de-AT,de;q=0.9"),
    ]
}

fn chrome_without(names: &[&str]) -> Vec<(&'static str, &'static str)> {
    let mut headers = chrome();
    headers.retain(|(name, _)| !names.contains(name));
    headers
}

fn chrome_with(name: &str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut headers = chrome();
    headers
        .iter_mut()
        .filter(|(own, _)| *own == name)
        .for_each(|(_, own)| *own = value);
    headers
}

#[test]
fn the_headers_of_browsers_contradict_nothing() {
    let none = [] as [&str; 0];
    assert_eq!(signals(&chrome()), none);
    // Without TLS neither `sec-fetch-*` nor client hints are sent.
    let plain = [
        "sec-ch-ua",
        "sec-ch-ua-platform",
        "sec-fetch-site",
        "sec-fetch-mode",
        "sec-fetch-dest",
    ];
    assert_eq!(signals(&chrome_without(&plain)), none);
    let firefox = [
        ("user-agent", FIREFOX),
        ("accept", "*/*"),
        ("accept-language", "de"),
    ];
    assert_eq!(signals(&firefox), none);
    assert_eq!(signals(&[("user-agent", WEB_VIEW)]), none);
    let old = CHROME.replace("140", "80");
    assert_eq!(signals(&[("user-agent", &old)]), none);
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    for (headers, expected) in [
        (vec![("user-agent", CHROME)], &["no-browser-headers"] as &[&str]),
        (
            vec![("user-agent", CHROME), ("accept", "*/*")],
            &["no-browser-headers"],
        ),
        (chrome_without(&["accept-language"]), &["no-accept-language"]),
        (chrome_with("accept-language", "*"), &["any-accept-language"]),
        (
            chrome_with("sec-ch-ua-platform", "\"macOS\""),
            &["platform-of-client-hints"],
        ),
        (
            chrome_with("sec-ch-ua", "\"HeadlessChrome\";v=\"140\""),
            &["headless-client-hints"],
        ),
        (
            chrome_with("user-agent", FIREFOX),
            &["client-hints-of-another-browser"],
        ),
        (chrome().into_iter().rev().collect(), &["header-order"]),
    ] {
        assert_eq!(signals(&headers), expected, "{headers:?}");
    }
}

#[test]
fn the_headers_are_read_only_on_request() {
    assert_eq!(rules(false).needs().headers, ["user-agent"]);
    let needs = rules(true).needs().headers;
    for name in [
        "user-agent",
        "accept-language",
        "sec-ch-ua",
        "sec-ch-ua-platform",
        "sec-fetch-mode",
    ] {
        assert!(needs.iter().any(|own| own == name), "{name}");
    }
}

#[test]
fn a_bot_of_the_list_is_not_examined_further() {
    let headers: [(&[u8], &[u8]); 1] = [(b"user-agent", b"curl/8 Chrome/140.0")];
    let request = Request {
        headers: &headers,
        ..Request::default()
    };
    let outcome = rules(true).judge(&request).remove(0);
    let Reason::Bot(reason) = outcome.reason else {
        panic!("{outcome:?}")
    };
    assert_eq!((reason.denied, reason.signals), (vec!["CURL"], vec![]));
}
