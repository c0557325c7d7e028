//! Bot detection in the bundled component: the whole list, and the same verdicts as the native code.

use std::sync::LazyLock;

use arcjet_engine::{Arcjet, Conclusion, DetectBot, Mode, Reason};
use arcjet_rules as native;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Entry {
    id: String,
    instances: Instances,
}

#[derive(Deserialize)]
struct Instances {
    accepted: Vec<String>,
    rejected: Vec<String>,
}

impl Entry {
    /// The id as rules spell it.
    fn id(&self) -> String {
        self.id.to_ascii_uppercase().replace('-', "_")
    }
}

/// The public list that the component was built from.
static LIST: LazyLock<Vec<Entry>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../rules/data/well-known-bots.json")).unwrap());

/// What the rules say about a user agent: whether it is denied, and the lists of bots allowed and denied.
async fn verdict(arcjet: &Arcjet, user_agent: &[u8]) -> (Conclusion, Vec<String>, Vec<String>) {
    // No address: without a fingerprint nothing is remembered, so every verdict is a new one.
    let request = RequestDetails::builder("GET", "/").header("user-agent", user_agent);
    let decision = arcjet.protect(&request.build()).await;
    let result = &decision.results()[0];
    match result.reason() {
        Reason::Bot(bot) => (result.conclusion(), bot.allowed.clone(), bot.denied.clone()),
        other => panic!("{other:?}"),
    }
}

fn protect_with(rule: DetectBot) -> Arcjet {
    Arcjet::builder().rule(rule).build().unwrap()
}

fn nothing() -> Vec<String> {
    Vec::new()
}

#[tokio::test]
async fn every_user_agent_of_the_list_is_its_bot() {
    let deny_all = protect_with(DetectBot::allow(nothing()));
    let allow_all = protect_with(DetectBot::deny(nothing()));
    let mut judged = 0;
    for entry in LIST.iter() {
        for user_agent in &entry.instances.accepted {
            let (conclusion, allowed, denied) = verdict(&deny_all, user_agent.as_bytes()).await;
            assert_eq!(
                (conclusion, allowed),
                (Conclusion::Deny, nothing()),
                "{user_agent}"
            );
            assert!(denied.contains(&entry.id()), "{user_agent}: {denied:?}");
            let (conclusion, allowed, also_denied) = verdict(&allow_all, user_agent.as_bytes()).await;
            assert_eq!((conclusion, also_denied), (Conclusion::Allow, nothing()));
            assert_eq!(allowed, denied, "{user_agent}");
            judged += 1;
        }
    }
    assert_eq!(judged, 1_220);
}

#[tokio::test]
async fn no_rejected_user_agent_of_the_list_is_its_bot() {
    let deny_all = protect_with(DetectBot::allow(nothing()));
    let mut judged = 0;
    for entry in LIST.iter() {
        for user_agent in &entry.instances.rejected {
            let (_, _, denied) = verdict(&deny_all, user_agent.as_bytes()).await;
            assert!(!denied.contains(&entry.id()), "{user_agent}");
            judged += 1;
        }
    }
    assert_eq!(judged, 3);
}

#[tokio::test]
async fn lists_hold_ids_and_categories() {
    const GOOGLEBOT: &[u8] = b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    let strings = |list: &[&str]| list.iter().map(|&entry| entry.to_owned()).collect::<Vec<_>>();
    let (google, curl) = (
        ["CATEGORY:GOOGLE", "CATEGORY:SEARCH_ENGINE", "GOOGLE_CRAWLER"],
        "CURL",
    );
    for (rule, user_agent, conclusion, allowed, denied) in [
        (
            DetectBot::allow(["CURL"]),
            GOOGLEBOT,
            Conclusion::Deny,
            &[][..],
            &["GOOGLE_CRAWLER"][..],
        ),
        (
            DetectBot::allow(google),
            GOOGLEBOT,
            Conclusion::Allow,
            &["GOOGLE_CRAWLER", "CATEGORY:GOOGLE", "CATEGORY:SEARCH_ENGINE"],
            &[],
        ),
        (
            DetectBot::deny(["category:search_engine"]),
            GOOGLEBOT,
            Conclusion::Deny,
            &[],
            &["GOOGLE_CRAWLER", "CATEGORY:SEARCH_ENGINE"],
        ),
        (
            DetectBot::deny(google),
            CURL.as_bytes(),
            Conclusion::Allow,
            &[curl],
            &[],
        ),
        (
            DetectBot::deny([curl]),
            CURL.as_bytes(),
            Conclusion::Deny,
            &[],
            &[curl],
        ),
        (
            DetectBot::allow(nothing()),
            FIREFOX.as_bytes(),
            Conclusion::Allow,
            &[],
            &[],
        ),
    ] {
        let expected = (conclusion, strings(allowed), strings(denied));
        assert_eq!(
            verdict(&protect_with(rule.clone()), user_agent).await,
            expected,
            "{rule:?}"
        );
    }
}

#[tokio::test]
async fn the_first_of_repeated_headers_counts() {
    let arcjet = protect_with(DetectBot::deny(["CURL"]));
    for (first, then, denied) in [(FIREFOX, CURL, false), (CURL, FIREFOX, true)] {
        let request = RequestDetails::builder("GET", "/")
            .header("User-Agent", first.as_bytes())
            .header("user-agent", then.as_bytes());
        assert_eq!(arcjet.protect(&request.build()).await.is_denied(), denied);
    }
}

/// Two rules that together read every way in which a list can be meant.
static IN_SANDBOX: LazyLock<Arcjet> = LazyLock::new(|| {
    Arcjet::builder()
        .rule(DetectBot::allow(["CATEGORY:SEARCH_ENGINE", "CURL"]).mode(Mode::DryRun))
        .rule(DetectBot::deny([
            "CATEGORY:AI",
            "CATEGORY:TOOL",
            "GOOGLE_CRAWLER",
        ]))
        .build()
        .unwrap()
});

static NATIVE: LazyLock<native::RuleSet> = LazyLock::new(|| {
    let rule = |mode, entities| native::Rule {
        mode,
        config: native::RuleConfig::DetectBot(native::DetectBot::new(entities)),
    };
    let list = |list: &[&str]| list.iter().map(|&entry| entry.to_owned()).collect();
    native::RuleSet::new(&[
        rule(
            native::Mode::DryRun,
            native::BotList::Allow(list(&["CATEGORY:SEARCH_ENGINE", "CURL"])),
        ),
        rule(
            native::Mode::Live,
            native::BotList::Deny(list(&["CATEGORY:AI", "CATEGORY:TOOL", "GOOGLE_CRAWLER"])),
        ),
    ])
    .unwrap()
});

static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());

/// Pieces of real user agents with anything in between, so that many bots are found, and some only almost.
fn user_agent() -> impl Strategy<Value = Vec<u8>> {
    let instances: Vec<&String> = LIST.iter().flat_map(|entry| &entry.instances.accepted).collect();
    let piece = (prop::sample::select(instances), any::<(u16, u16)>()).prop_map(|(whole, (start, end))| {
        let bytes = whole.as_bytes();
        let start = usize::from(start) % bytes.len();
        let end = start + usize::from(end) % (bytes.len() - start + 1);
        bytes[start..end].to_vec()
    });
    let anything = prop::collection::vec(any::<u8>(), 0..20);
    prop::collection::vec(prop_oneof![3 => piece, 1 => anything], 1..6)
        .prop_map(|pieces| pieces.concat())
        .prop_filter("an empty one is an error", |bytes| !bytes.is_empty())
}

proptest! {
    #[test]
    fn the_sandbox_says_what_the_native_code_says(user_agent in user_agent()) {
        let expected: Vec<_> = NATIVE
            .judge(&native::Request {
                headers: &[(b"user-agent", user_agent.as_ref())],
                ..native::Request::default()
            })
            .into_iter()
            .map(|outcome| match outcome.reason {
                native::Reason::Bot(bot) => (outcome.conclusion == native::Conclusion::Deny, bot.allowed, bot.denied),
                other => panic!("{other:?}"),
            })
            .collect();
        let request = RequestDetails::builder("GET", "/").header("user-agent", &user_agent).build();
        let decision = RUNTIME.block_on(IN_SANDBOX.protect(&request));
        let found: Vec<_> = decision
            .results()
            .iter()
            .map(|result| match result.reason() {
                Reason::Bot(bot) => (
                    result.conclusion() == Conclusion::Deny,
                    bot.allowed.iter().map(String::as_str).collect::<Vec<_>>(),
                    bot.denied.iter().map(String::as_str).collect::<Vec<_>>(),
                ),
                other => panic!("{other:?}"),
            })
            .collect();
        prop_assert_eq!(found, expected);
    }
}
