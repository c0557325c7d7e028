//! Bots that no list knows by name, and browsers that are none.

use crate::list::LIST;
use arcjet_rules::{
    BotList, BotReason, Conclusion, DetectBot, MissingUserAgent, Mode, Outcome, Reason, Request, Rule,
    RuleConfig, RuleSet,
    bots::{self, MAX_BROWSER_USER_AGENT, MAX_SIGNALS},
};
use proptest::{collection::vec, prelude::*, sample::select};

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const ANDROID: &str = "Mozilla/5.0 (Linux; Android 13; MODEL) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";

fn signals(user_agent: &str) -> Vec<&'static str> {
    let findings = bots::examine(user_agent.as_bytes());
    assert!(
        findings.bots.is_empty(),
        "{user_agent}: {:?} is in the list",
        findings.bots.iter().map(|bot| bot.id()).collect::<Vec<_>>()
    );
    findings.signals
}

fn rules(config: DetectBot) -> RuleSet {
    RuleSet::new(&[Rule {
        mode: Mode::Live,
        config: RuleConfig::DetectBot(config),
    }])
    .unwrap()
}

fn judge(config: DetectBot, headers: &[(&str, &str)]) -> Outcome {
    let headers: Vec<(&[u8], &[u8])> = headers
        .iter()
        .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
        .collect();
    let request = Request {
        headers: &headers,
        ..Request::default()
    };
    rules(config).judge(&request).remove(0)
}

fn reason(outcome: &Outcome) -> &BotReason {
    match &outcome.reason {
        Reason::Bot(reason) => reason,
        other => panic!("{other:?}"),
    }
}

fn list(kind: fn(Vec<String>) -> BotList, entries: &[&str]) -> DetectBot {
    DetectBot::new(kind(entries.iter().map(|&entry| entry.to_owned()).collect()))
}

#[test]
fn browsers_give_no_signal() {
    for user_agent in [
        CHROME,
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
        "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko",
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.0; Trident/4.0)",
        "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18",
        "Mozilla/5.0 (compatible; Konqueror/4.5; Linux) KHTML/4.5.4 (like Gecko)",
        // What other detectors stumble over: smart TVs, browsers of UC and Sogou, applications on phones.
        "Opera/9.80 (Linux armv6l ; U; CE-HTML/1.0 NETTV/3.0.1;; en) Presto/2.6.33 Version/10.60",
        "Mozilla/5.0 (Linux; GoogleTV 3.2; VAP430 Build/MASTER) AppleWebKit/534.24 (KHTML, like Gecko) Chrome/11.0.696.77 Safari/534.24",
        "UCWEB/2.0 (MIDP-2.0; U; Adr 9; ru; Redmi_Note_8) U2/1.0.0 UCBrowser/11.1.2.1113 U2/1.0.0 Mobile",
        "Mozilla/5.0 (Linux; Android 9; wv) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/46.0.2490.92 Mobile Safari/537.36 SogouMobileBrowser/5.6.3",
        "Dalvik/2.1.0 (Linux; U; Android 9; SM-G965U Build/PPR1.180610.011)",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [Pinterest/iOS]",
        "Lynx/2.9.0dev.6 libwww-FM/2.14 SSL-MM/1.4.1 OpenSSL/1.1.1j",
    ] {
        assert_eq!(signals(user_agent), [] as [&str; 0], "{user_agent}");
    }
}

#[test]
fn the_model_of_a_device_says_nothing() {
    for model in [
        "CUBOT_X18",
        "Robot",
        "GLX Spider1S Build/KOT49H",
        "Discovery",
        "Catch 2",
        "moto g(50) crawler Build/S1RSS32",
        "Cherry Sonic",
    ] {
        let user_agent = ANDROID.replace("MODEL", model);
        assert_eq!(signals(&user_agent), [] as [&str; 0], "{user_agent}");
    }
    let elsewhere = ANDROID.replace("MODEL", "Pixel 9") + " GrooveCrawler/1.0";
    assert_eq!(signals(&elsewhere), ["token:crawl"]);
    let after = ANDROID.replace("MODEL", "Pixel 2 Build/OPD3; SpiderThing/1.0");
    assert_eq!(signals(&after), ["token:spider"]);
}

#[test]
fn what_speaks_for_a_program_is_named() {
    for (user_agent, expected) in [
        ("Zorblax", &["not-a-browser"] as &[&str]),
        ("ZorblaxCrawler/1.0", &["token:crawl", "not-a-browser"]),
        (
            "Mozilla/5.0 (compatible; Zorblax/1.0)",
            &["no-engine", "compatible-with-nothing"],
        ),
        ("Mozilla/5.0", &["no-engine", "no-platform"]),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", &["no-engine"]),
        ("Zorblax/2 dotnet/9", &["library:dotnet", "not-a-browser"]),
        (
            &format!("{CHROME} (+https://zorblax.example/about)"),
            &["url-in-user-agent"],
        ),
        (&format!("{CHROME} Zorblax"), &["name-without-version"]),
        (
            &CHROME.replace("Gecko)", "Gecko; Zorblax/1.0)"),
            &["name-in-engine-comment"],
        ),
        (&CHROME.replace("140.0.0.0", "W.X.Y.Z"), &["placeholder"]),
        (&CHROME.replace("NT 10.0", "NT 11.4"), &["impossible-windows"]),
        (&format!("{CHROME} Firefox/140.0"), &["contradicting-browsers"]),
        ("<script>", &["not-a-browser", "no-product"]),
    ] {
        assert_eq!(signals(user_agent), expected, "{user_agent}");
    }
}

#[test]
fn other_lists_are_named_too() {
    for (user_agent, expected) in [
        (
            CHROME.replace(" Safari", " Newsai/1.0 Safari"),
            "list:ai.robots.txt",
        ),
        (CHROME.to_owned() + " silktide", "list:isbot"),
        (
            CHROME.to_owned() + " Miniature.io/6.0",
            "list:crawler-user-agents",
        ),
    ] {
        assert!(signals(&user_agent).contains(&expected), "{user_agent}");
    }
}

#[test]
fn a_long_user_agent_hides_nothing() {
    let fits = format!(
        "{CHROME} Padding/{}",
        "1".repeat(MAX_BROWSER_USER_AGENT - CHROME.len() - 9)
    );
    assert_eq!(fits.len(), MAX_BROWSER_USER_AGENT);
    assert_eq!(signals(&fits), [] as [&str; 0]);
    assert_eq!(signals(&(fits + "1")), ["long-user-agent"]);
    let hidden = format!("{CHROME} Padding/{} Googlebot/2.1", "1".repeat(10_000));
    assert_eq!(signals(&hidden), ["long-user-agent"]);
    // One that the list names within what is searched is still that one.
    let named = format!("{CHROME} Googlebot/2.1 {}", "1".repeat(10_000));
    assert_eq!(bots::examine(named.as_bytes()).bots.len(), 1);
}

#[test]
fn signals_are_few_and_distinct() {
    let words = "crawl spider fetch harvest archiv uptime checker audit survey research sitemap curl python";
    let found = signals(words);
    assert_eq!(found.len(), MAX_SIGNALS);
    assert_eq!(signals(&words.repeat(3)), found);
}

#[test]
fn an_unknown_bot_is_listed_by_its_id_only() {
    let unknown = &["UNKNOWN_BOT"] as &[&str];
    let none = &[] as &[&str];
    for (kind, entries, allowed, denied) in [
        (BotList::Allow as fn(_) -> _, none, none, unknown),
        (BotList::Allow, &["CATEGORY:UNKNOWN", "CURL"], none, unknown),
        (BotList::Allow, unknown, unknown, none),
        (BotList::Deny, none, unknown, none),
        (BotList::Deny, &["CATEGORY:UNKNOWN"], unknown, none),
        (BotList::Deny, unknown, none, unknown),
    ] {
        let outcome = judge(list(kind, entries), &[("user-agent", "ZorblaxCrawler/1.0")]);
        let reason = reason(&outcome);
        assert_eq!(
            (reason.allowed.as_slice(), reason.denied.as_slice()),
            (allowed, denied),
            "{entries:?}"
        );
        assert_eq!(reason.signals, ["token:crawl", "not-a-browser"]);
        assert_eq!(outcome.conclusion == Conclusion::Deny, !denied.is_empty());
    }
    // A bot of the list is no unknown one as well.
    let outcome = judge(
        list(BotList::Deny, unknown),
        &[("user-agent", "curl/8 some crawler")],
    );
    assert_eq!(reason(&outcome).allowed, ["CURL"]);
    assert_eq!(reason(&outcome).signals, [] as [&str; 0]);
}

#[test]
fn a_missing_user_agent_is_a_bot_on_request() {
    for headers in [&[] as &[(&str, &str)], &[("user-agent", "")]] {
        let config = DetectBot {
            missing_user_agent: MissingUserAgent::Bot,
            ..list(BotList::Allow, &[])
        };
        let outcome = judge(config, headers);
        assert_eq!(outcome.conclusion, Conclusion::Deny);
        assert_eq!(reason(&outcome).denied, ["UNKNOWN_BOT"]);
        assert_eq!(reason(&outcome).signals, ["missing-user-agent"]);
    }
}

#[test]
fn every_user_agent_of_the_list_stays_a_bot() {
    for user_agent in LIST.iter().flat_map(|entry| &entry.instances.accepted) {
        let findings = bots::examine(user_agent.as_bytes());
        assert_eq!(findings.bots, bots::detect(user_agent.as_bytes()), "{user_agent}");
    }
}

/// A piece of a user agent of the list, or of a grammar's edge, or any bytes.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let texts: Vec<&'static str> = LIST
        .iter()
        .flat_map(|entry| entry.instances.accepted.iter().map(String::as_str))
        .collect();
    let edges = select(vec![
        "(",
        ")",
        ";",
        " ",
        "Android",
        "Build/",
        "Mozilla/",
        "Windows NT ",
        "like Gecko",
        "KHTML",
        "Chrome/",
        "bot",
        "\u{e9}",
    ]);
    prop_oneof![
        2 => (select(texts), any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(text, a, b)| {
            let (a, b) = (a.index(text.len() + 1), b.index(text.len() + 1));
            text.as_bytes()[a.min(b)..a.max(b)].to_vec()
        }),
        4 => edges.prop_map(|edge| edge.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..8),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_give_few_distinct_signals(pieces in vec(piece(), 0..200)) {
        let findings = bots::examine(&pieces.concat());
        let mut sorted = findings.signals.clone();
        sorted.sort_unstable();
        sorted.dedup();
        prop_assert_eq!(sorted.len(), findings.signals.len());
        prop_assert!(findings.signals.len() <= MAX_SIGNALS);
        prop_assert!(findings.bots.is_empty() || findings.signals.is_empty());
    }

    #[test]
    fn any_model_of_a_device_is_no_signal(model in "[A-Za-z0-9 _.+-]{0,40}") {
        // Other parts of the comment, such as the version of Android, can't be told from a model that looks like them.
        let user_agent = ANDROID.replace("MODEL", &format!("x{model}"));
        prop_assert_eq!(bots::examine(user_agent.as_bytes()).signals, [] as [&str; 0]);
    }
}
