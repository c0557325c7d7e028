//! What configurations mean.

use arcjet_rules::{
    BotList, BotReason, Conclusion, ConfigError, DetectBot, MissingInput, Mode, Outcome, Reason, Request,
    Rule, RuleConfig, RuleSet, UnknownIds, bots,
};

const GOOGLEBOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const CURL_AND_GOOGLEBOT: &str = "curl/8.14.1 Googlebot/2.1";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

type List = fn(Vec<String>) -> BotList;
const ALLOW: List = BotList::Allow;
const DENY: List = BotList::Deny;

fn rule(mode: Mode, kind: List, entries: &[&str], unknown_ids: UnknownIds) -> Rule {
    let entities = kind(entries.iter().map(|&entry| entry.to_owned()).collect());
    Rule {
        mode,
        config: RuleConfig::DetectBot(DetectBot {
            unknown_ids,
            ..DetectBot::new(entities)
        }),
    }
}

fn set(kind: List, entries: &[&str]) -> Result<RuleSet, ConfigError> {
    RuleSet::new(&[rule(Mode::Live, kind, entries, UnknownIds::Reject)])
}

/// The outcomes for a request with these headers.
fn outcomes(rules: &RuleSet, headers: &[(&str, &[u8])]) -> Vec<Outcome> {
    let headers: Vec<(&[u8], &[u8])> = headers
        .iter()
        .map(|(name, value)| (name.as_bytes(), *value))
        .collect();
    rules.judge(&Request {
        headers: &headers,
        ..Request::default()
    })
}

/// Conclusion, allowed and denied of the only rule.
fn judge(rules: &RuleSet, user_agent: &str) -> (Conclusion, Vec<&'static str>, Vec<&'static str>) {
    let outcomes = outcomes(rules, &[("user-agent", user_agent.as_bytes())]);
    let [outcome] = outcomes.as_slice() else {
        panic!("{} outcomes", outcomes.len())
    };
    let Reason::Bot(BotReason {
        allowed,
        denied,
        verified: false,
        spoofed: false,
        ..
    }) = &outcome.reason
    else {
        panic!("{outcome:?}")
    };
    (outcome.conclusion, allowed.clone(), denied.clone())
}

#[test]
fn lists_of_ids_and_categories() {
    let both = CURL_AND_GOOGLEBOT;
    let google = &["GOOGLE_CRAWLER"] as &[&str];
    let google_category = &["GOOGLE_CRAWLER", "CATEGORY:GOOGLE"] as &[&str];
    let (curl, none) = (&["CURL"] as &[&str], &[] as &[&str]);
    for (kind, entries, user_agent, allowed, denied) in [
        // The empty lists: all bots are denied, or none.
        (ALLOW, none, GOOGLEBOT, none, google),
        (ALLOW, none, BROWSER, none, none),
        (DENY, none, GOOGLEBOT, google, none),
        (DENY, none, BROWSER, none, none),
        // Ids.
        (ALLOW, google, GOOGLEBOT, google, none),
        (ALLOW, google, both, google, curl),
        (ALLOW, curl, GOOGLEBOT, none, google),
        (DENY, google, GOOGLEBOT, none, google),
        (DENY, google, both, curl, google),
        (DENY, curl, GOOGLEBOT, google, none),
        // Categories: those of the list appear beside the ids that they cover.
        (ALLOW, &["CATEGORY:GOOGLE"], both, google_category, curl),
        (DENY, &["CATEGORY:GOOGLE"], both, curl, google_category),
        (ALLOW, &["CATEGORY:TOOL"], GOOGLEBOT, none, google),
        (DENY, &["CATEGORY:TOOL"], GOOGLEBOT, google, none),
        (
            ALLOW,
            &["CATEGORY:SEARCH_ENGINE", "CATEGORY:GOOGLE"],
            GOOGLEBOT,
            &["GOOGLE_CRAWLER", "CATEGORY:GOOGLE", "CATEGORY:SEARCH_ENGINE"],
            none,
        ),
        (
            DENY,
            &["CATEGORY:TOOL", "CATEGORY:GOOGLE"],
            both,
            none,
            &["CURL", "GOOGLE_CRAWLER", "CATEGORY:GOOGLE", "CATEGORY:TOOL"],
        ),
        // Case and repetition don't matter, nor does naming a bot and its category.
        (ALLOW, &["category:Google"], GOOGLEBOT, google_category, none),
        (
            DENY,
            &["Category:gOOGLE", "CATEGORY:GOOGLE"],
            GOOGLEBOT,
            none,
            google_category,
        ),
        (
            ALLOW,
            &["GOOGLE_CRAWLER", "CATEGORY:GOOGLE", "GOOGLE_CRAWLER"],
            GOOGLEBOT,
            google_category,
            none,
        ),
        (
            DENY,
            &["CATEGORY:GOOGLE", "GOOGLE_CRAWLER"],
            GOOGLEBOT,
            none,
            google_category,
        ),
    ] {
        let case = format!(
            "{:?} for {user_agent}",
            kind(entries.iter().map(|&e| e.into()).collect())
        );
        let conclusion = if denied.is_empty() {
            Conclusion::Allow
        } else {
            Conclusion::Deny
        };
        let outcome = judge(&set(kind, entries).unwrap(), user_agent);
        assert_eq!(outcome, (conclusion, allowed.to_vec(), denied.to_vec()), "{case}");
    }
}

#[test]
fn every_id_and_every_category_can_be_listed() {
    let entries: Vec<&str> = bots::ids()
        .chain(bots::categories().map(|category| category.name()))
        .collect();
    assert_eq!(
        judge(&set(ALLOW, &entries).unwrap(), "curl/8").0,
        Conclusion::Allow
    );
    assert_eq!(judge(&set(DENY, &entries).unwrap(), "curl/8").0, Conclusion::Deny);
    for bot in bots::all() {
        assert!(set(ALLOW, &[bot.id()]).is_ok(), "{}", bot.id());
    }
}

#[test]
fn a_request_without_user_agent_is_an_error_whatever_the_list() {
    for kind in [ALLOW, DENY] {
        let rules = set(kind, &[]).unwrap();
        for headers in [
            &[] as &[(&str, &[u8])],
            &[("user-agent", b"")],
            &[("accept", b"*/*")],
        ] {
            let outcomes = outcomes(&rules, headers);
            assert_eq!(outcomes.len(), 1);
            assert_eq!(outcomes[0].conclusion, Conclusion::Error);
            assert_eq!(outcomes[0].reason, Reason::Error(MissingInput::UserAgent));
        }
    }
}

#[test]
fn the_first_user_agent_header_counts_in_any_case_and_any_bytes() {
    let rules = set(ALLOW, &[]).unwrap();
    let judge = |headers: &[(&str, &[u8])]| outcomes(&rules, headers)[0].conclusion;
    assert_eq!(
        judge(&[
            ("accept", b"x"),
            ("User-Agent", b"curl/8"),
            ("user-agent", BROWSER.as_bytes())
        ]),
        Conclusion::Deny
    );
    assert_eq!(
        judge(&[("user-agent", BROWSER.as_bytes()), ("user-agent", b"curl/8")]),
        Conclusion::Allow
    );
    assert_eq!(
        judge(&[("user-agent", b"\xff\xfe\0 Googlebot/ \xc3")]),
        Conclusion::Deny
    );
}

#[test]
fn a_live_denial_ends_the_judgement_and_a_dry_run_does_not() {
    let dry = rule(Mode::DryRun, ALLOW, &[], UnknownIds::Reject);
    let live = rule(Mode::Live, DENY, &["CURL"], UnknownIds::Reject);
    let after = rule(Mode::Live, ALLOW, &["GOOGLE_CRAWLER"], UnknownIds::Reject);
    let rules = RuleSet::new(&[dry, live, after]).unwrap();
    let conclusions = |user_agent: &str| -> Vec<Conclusion> {
        outcomes(&rules, &[("user-agent", user_agent.as_bytes())])
            .iter()
            .map(|outcome| outcome.conclusion)
            .collect()
    };
    assert_eq!(conclusions("curl/8"), [Conclusion::Deny, Conclusion::Deny]);
    assert_eq!(
        conclusions(GOOGLEBOT),
        [Conclusion::Deny, Conclusion::Allow, Conclusion::Allow]
    );
    assert_eq!(
        conclusions("Wget/1.25"),
        [Conclusion::Deny, Conclusion::Allow, Conclusion::Deny]
    );
    assert_eq!(conclusions(BROWSER), [Conclusion::Allow; 3]);
    // An error is no denial.
    assert_eq!(conclusions(""), [Conclusion::Error; 3]);
}

#[test]
fn rules_name_the_headers_they_read() {
    assert_eq!(RuleSet::new(&[]).unwrap().needs().headers, [] as [String; 0]);
    assert_eq!(
        outcomes(&RuleSet::new(&[]).unwrap(), &[("user-agent", b"curl/8")]),
        []
    );
    let detect = rule(Mode::Live, ALLOW, &[], UnknownIds::Reject);
    assert_eq!(
        RuleSet::new(&[detect.clone(), detect]).unwrap().needs().headers,
        ["user-agent"]
    );
}

#[test]
fn wrong_entries_are_refused_and_named() {
    let long = "X".repeat(100_000);
    for (kind, entries, field, message) in [
        (
            ALLOW,
            &["CURL", "CRUL"] as &[&str],
            "allow[1]",
            "unknown bot id \"CRUL\", did you mean CURL?",
        ),
        (
            DENY,
            &["GoogleBot"],
            "deny[0]",
            "unknown bot id \"GoogleBot\", did you mean GOOGLE_CRAWLER?",
        ),
        (
            DENY,
            &["curl"],
            "deny[0]",
            "unknown bot id \"curl\", did you mean CURL?",
        ),
        (
            DENY,
            &["nothing like any of them"],
            "deny[0]",
            "unknown bot id \"nothing like any of them\"",
        ),
        (DENY, &[""], "deny[0]", "unknown bot id \"\""),
        (DENY, &["a\nb"], "deny[0]", "unknown bot id \"a\\nb\""),
        (
            ALLOW,
            &["CATEGORY:SEARCH"],
            "allow[0]",
            "unknown category \"CATEGORY:SEARCH\"",
        ),
        (
            ALLOW,
            &["CATEGORY:"],
            "allow[0]",
            "unknown category \"CATEGORY:\"",
        ),
        (
            ALLOW,
            &["CATEGORY:SEARCH-ENGINE"],
            "allow[0]",
            "unknown category \"CATEGORY:SEARCH-ENGINE\"",
        ),
        (
            DENY,
            &[&long],
            "deny[0]",
            &format!("unknown bot id {:?}…", "X".repeat(64)),
        ),
    ] {
        let error = set(kind, entries).unwrap_err();
        assert_eq!(
            (error.field.as_str(), error.message.as_str(), error.rule),
            (field, message, 0)
        );
        assert!(
            error.accepted.contains("CATEGORY:SEARCH_ENGINE"),
            "{}",
            error.accepted
        );
    }
}

#[test]
fn an_error_names_the_rule_it_is_in() {
    let good = rule(Mode::Live, ALLOW, &[], UnknownIds::Reject);
    let bad = rule(Mode::DryRun, DENY, &["CATEGORY:NONE"], UnknownIds::Ignore);
    let error = RuleSet::new(&[good.clone(), bad, good]).unwrap_err();
    assert_eq!(error.rule, 1);
    assert!(
        error.to_string().starts_with(
            "rule 1, deny[0]: unknown category \"CATEGORY:NONE\"; accepted: CATEGORY:ACADEMIC, "
        )
    );
}

#[test]
fn what_other_versions_know_is_skipped_on_request() {
    for entry in ["A_BOT_OF_NEXT_YEAR", "curl", ""] {
        for (kind, conclusion) in [(ALLOW, Conclusion::Deny), (DENY, Conclusion::Allow)] {
            let rules = RuleSet::new(&[rule(Mode::Live, kind, &[entry], UnknownIds::Ignore)]).unwrap();
            assert_eq!(judge(&rules, "curl/8").0, conclusion, "{entry}");
        }
    }
    let unknown = RuleSet::new(&[rule(Mode::Live, DENY, &["CATEGORY:NONE"], UnknownIds::Ignore)]);
    assert_eq!(unknown.unwrap_err().message, "unknown category \"CATEGORY:NONE\"");
}
