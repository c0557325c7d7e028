//! The detection of bots: a user agent, and in further lines the other headers of the request.
#![no_main]

use arcjet_rules::{
    BotList, DetectBot, MissingUserAgent, Reason, Request, RuleConfig, RuleSet,
    bots::{self, MAX_SIGNALS, UNKNOWN_BOT},
};
use arcjet_rules_fuzz::{judge, passes, rule, split};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| {
    rule(RuleConfig::DetectBot(DetectBot {
        missing_user_agent: MissingUserAgent::Bot,
        consistency: true,
        ..DetectBot::new(BotList::Allow(vec![
            "CATEGORY:SEARCH_ENGINE".into(),
            "CURL".into(),
        ]))
    }))
});

fuzz_target!(|text: &[u8]| {
    let (user_agent, lines) = split(text, b"\n");
    let found = bots::examine(user_agent);
    assert!(found.bots.is_sorted_by(|one, next| one < next), "{found:?}");
    assert!(found.signals.len() <= MAX_SIGNALS, "{found:?}");
    assert!(found.bots.is_empty() || found.signals.is_empty(), "{found:?}");
    // Names of devices are taken out, so what is examined may name fewer bots, but no others.
    let all = bots::detect(user_agent);
    assert!(found.bots.iter().all(|bot| bot.is_detectable()), "{found:?}");
    assert!(!all.is_empty() || found.bots.is_empty(), "{found:?} of {all:?}");

    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let mut headers: Vec<_> = lines.map(|line| split(line, b": ")).collect();
    headers.insert(0, (b"user-agent", user_agent));
    let request = Request {
        headers: &headers,
        ..Request::default()
    };
    let outcome = judge(&RULES, &request);
    let passes = passes(&outcome);
    let Reason::Bot(reason) = outcome.reason else {
        panic!("another rule's reason: {:?}", outcome.reason);
    };
    assert_eq!(passes, reason.denied.is_empty());
    assert_eq!(
        reason.denied.contains(&UNKNOWN_BOT),
        !reason.signals.is_empty(),
        "{reason:?}"
    );
    for bot in found.bots {
        let named = reason.allowed.contains(&bot.id()) || reason.denied.contains(&bot.id());
        assert!(named, "{} is not in {reason:?}", bot.id());
    }
});
