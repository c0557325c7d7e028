//! The tables against the regular expressions that they were made from, run one by one.

use crate::list::LIST;
use arcjet_rules::bots::{self, Bot, MAX_USER_AGENT};
use proptest::{collection::vec, prelude::*, sample::select};
use regex_automata::{meta::Regex, util::syntax};
use std::sync::LazyLock;

struct Reference {
    bot: Bot,
    accepted: Vec<Regex>,
    forbidden: Vec<Regex>,
}

static REFERENCE: LazyLock<Vec<Reference>> = LazyLock::new(|| {
    // The patterns as they are; a user agent may hold any bytes.
    let compile = |pattern: &String| {
        Regex::builder()
            .syntax(syntax::Config::new().utf8(false))
            .configure(Regex::config().utf8_empty(false))
            .build(pattern)
            .unwrap()
    };
    let mut reference: Vec<Reference> = LIST
        .iter()
        .map(|entry| Reference {
            bot: Bot::from_id(&entry.id()).unwrap(),
            accepted: entry.pattern.accepted.iter().map(compile).collect(),
            forbidden: entry.pattern.forbidden.iter().map(compile).collect(),
        })
        .collect();
    for line in include_str!("../../data/bot-list-exceptions.txt").lines() {
        let Some((id, pattern)) = line
            .strip_prefix("well-known-bots ")
            .and_then(|rest| rest.split_once(' '))
        else {
            continue;
        };
        let id = id.to_ascii_uppercase().replace('-', "_");
        let entry = reference.iter_mut().find(|entry| entry.bot.id() == id).unwrap();
        entry.forbidden.push(compile(&pattern.to_owned()));
    }
    reference.sort_by_key(|entry| entry.bot);
    reference
});

/// What `detect` should find.
fn reference(user_agent: &[u8]) -> Vec<Bot> {
    let user_agent = &user_agent[..user_agent.len().min(MAX_USER_AGENT)];
    let is_bot = |entry: &&Reference| {
        entry.accepted.iter().all(|pattern| pattern.is_match(user_agent))
            && !entry.forbidden.iter().any(|pattern| pattern.is_match(user_agent))
    };
    REFERENCE.iter().filter(is_bot).map(|entry| entry.bot).collect()
}

fn ids(bots: &[Bot]) -> Vec<&'static str> {
    bots.iter().map(|bot| bot.id()).collect()
}

/// What is detected, without the bots that the list doesn't hold.
fn detect(user_agent: &[u8]) -> Vec<Bot> {
    let mut found = bots::detect(user_agent);
    found.retain(|bot| REFERENCE.iter().any(|entry| entry.bot == *bot));
    found
}

#[test]
fn every_user_agent_of_the_list_is_exactly_the_bots_of_the_reference() {
    let mut several = 0;
    for user_agent in LIST.iter().flat_map(|entry| &entry.instances.accepted) {
        let found = detect(user_agent.as_bytes());
        assert_eq!(
            ids(&found),
            ids(&reference(user_agent.as_bytes())),
            "{user_agent}"
        );
        several += usize::from(found.len() > 1);
    }
    assert_eq!(several, 27, "user agents that are several bots");
}

/// Cases that the shape of the tables makes special: ends of the input, anchors, classes, repetitions, short and overlapping literals.
#[test]
fn edges_of_patterns() {
    for (user_agent, expected) in [
        ("", &[] as &[&str]),
        ("c", &[]),
        ("cu", &[]),
        ("cur", &[]),
        ("curl", &["CURL"]),
        ("CURL", &[]),
        (" curl", &[]),
        ("wget", &["WGET"]),
        ("Wget", &["WGET"]),
        ("Y!J", &["YAHOO_CRAWLER_JAPAN"]),
        ("xxY!J", &["YAHOO_CRAWLER_JAPAN"]),
        ("Y!", &[]),
        ("BW/1.3", &["BUILTWITH_CRAWLER"]),
        ("xBW/1.3", &[]),
        ("PTST/1", &["WEBPAGETEST_CRAWLER"]),
        ("x PTST/1", &["WEBPAGETEST_CRAWLER"]),
        ("xPTST/1", &[]),
        ("AI2Bot", &[]),
        ("AI2Bot ", &["AI2_CRAWLER"]),
        ("AI2Bot\u{a0}", &["AI2_CRAWLER"]),
        ("AdsBot-Google", &["GOOGLE_ADSBOT"]),
        ("AdsBot-Google-", &[]),
        ("AdsBot-Google-AdsBot-Googleé", &["GOOGLE_ADSBOT"]),
        ("BlogTraffic/1.42 Feed-Fetcher", &["BLOGTRAFFIC_FEEDFETCHER"]),
        ("BlogTraffic/1.4.2 Feed-Fetcher", &[]),
        ("BlogTraffic/٣.٣ Feed-Fetcher", &["BLOGTRAFFIC_FEEDFETCHER"]),
        (
            "facebookexternalhit/1.1 Facebot Twitterbot/1.0",
            &["IMESSAGE_PREVIEW"],
        ),
        ("facebookexternalhit/1.1 Facebot", &[]),
        ("facebookexternalhit/1.1", &["FACEBOOK_SHARE_CRAWLER"]),
        ("curl/8 wget Googlebot/2.1", &["CURL", "GOOGLE_CRAWLER", "WGET"]),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            &[],
        ),
    ] {
        assert_eq!(ids(&detect(user_agent.as_bytes())), expected, "{user_agent:?}");
        assert_eq!(
            ids(&reference(user_agent.as_bytes())),
            expected,
            "{user_agent:?} in the reference"
        );
    }
}

#[test]
fn only_the_start_of_a_long_user_agent_is_searched() {
    let name = b"Googlebot/";
    let fits = [vec![b'x'; MAX_USER_AGENT - name.len()], name.to_vec()].concat();
    assert_eq!(ids(&detect(&fits)), ["GOOGLE_CRAWLER"]);
    let too_long = [vec![b'x'; MAX_USER_AGENT - name.len() + 1], name.to_vec()].concat();
    assert_eq!(ids(&detect(&too_long)), [] as [&str; 0]);
}

/// A piece of a user agent of the list, or of a pattern, or any bytes.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let mut texts: Vec<&str> = Vec::new();
    for entry in LIST.iter() {
        texts.extend(entry.instances.accepted.iter().map(String::as_str));
        texts.extend(entry.pattern.accepted.iter().map(String::as_str));
    }
    let part = (
        select(texts),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
    );
    prop_oneof![
        6 => part.prop_map(|(text, a, b)| {
            let (a, b) = (a.index(text.len() + 1), b.index(text.len() + 1));
            text.as_bytes()[a.min(b)..a.max(b)].to_vec()
        }),
        2 => select(LIST.iter().flat_map(|entry| &entry.instances.accepted).collect::<Vec<_>>())
            .prop_map(|text| text.clone().into_bytes()),
        1 => vec(any::<u8>(), 0..8),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn detects_what_the_patterns_match(pieces in vec(piece(), 0..12), lower in proptest::bool::weighted(0.1)) {
        let mut user_agent = pieces.concat();
        if lower {
            user_agent.make_ascii_lowercase();
        }
        prop_assert_eq!(ids(&detect(&user_agent)), ids(&reference(&user_agent)));
    }
}
