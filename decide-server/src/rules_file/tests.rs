use std::time::Duration;

use arcjet_engine::{
    DetectBot, DetectPromptInjection, EmailLevel, EmailType, Filter, FixedWindow, MissingUserAgent, Mode,
    Rule, SensitiveInfo, Shield, ShieldCategory, SlidingWindow, TokenBucket, ValidateEmail,
};

use super::RulesFile;
use super::table::RuleTable;

/// The faults as they are printed.
fn faults(text: &str) -> Vec<String> {
    let faults = RulesFile::parse(text).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

#[test]
fn every_option_of_every_rule_reaches_the_engine() {
    let file = RulesFile::parse(include_str!("../../../examples/rules/all.toml")).unwrap();
    let categories = [
        ShieldCategory::Sqli,
        ShieldCategory::Xss,
        ShieldCategory::Traversal,
        ShieldCategory::Rce,
        ShieldCategory::Protocol,
    ];
    let expected: Vec<Rule> = vec![
        SensitiveInfo::deny(["CREDIT_CARD_NUMBER", "TICKET"])
            .custom("TICKET", r"TICKET-\d{6}")
            .mode(Mode::DryRun)
            .into(),
        Filter::deny([
            r#"http.request.method eq "TRACE""#,
            r#"http.request.uri.path wildcard "/admin/*" and not ip.src in { 10.0.0.0/8 }"#,
        ])
        .into(),
        Shield::new()
            .threshold(6)
            .without(ShieldCategory::ALL)
            .with(categories)
            .exclude_parameters(["article_html", "csrf_*"])
            .exclude_paths(["/webhooks/*"])
            .body_limit(131_072)
            .suspicion(20, minutes(10))
            .into(),
        FixedWindow::new(10_000, minutes(24 * 60))
            .mode(Mode::DryRun)
            .characteristics([r#"http.request.headers["x-api-key"]"#])
            .into(),
        TokenBucket::new(100, 10, Duration::from_secs(1)).into(),
        SlidingWindow::new(5, minutes(10)).into(),
        DetectBot::allow(Vec::<String>::new())
            .missing_user_agent(MissingUserAgent::Bot)
            .into(),
        ValidateEmail::deny([EmailType::Disposable, EmailType::Invalid, EmailType::Role])
            .mode(Mode::DryRun)
            .level(EmailLevel::Smtp)
            .trusted_domains(["example.com"])
            .into(),
        DetectPromptInjection::new().threshold(60).into(),
    ];
    assert_eq!(file.rules(), expected);
    assert_eq!(file.origins(), [0, 1, 2, 3, 4, 5, 5, 5, 6]);
    assert_eq!(file.characteristics(), ["ip.src", "http.host"]);
}

#[test]
fn the_example_for_the_web_is_what_it_says() {
    let file = RulesFile::parse(include_str!("../../../examples/rules/web.toml")).unwrap();
    let expected: Vec<Rule> = vec![
        Shield::new().exclude_paths(["/webhooks/*"]).into(),
        DetectBot::allow(["CATEGORY:SEARCH_ENGINE", "CATEGORY:PREVIEW"]).into(),
        SlidingWindow::new(600, minutes(1)).into(),
    ];
    assert_eq!(file.rules(), expected);
}

#[test]
fn options_that_are_not_there_are_those_of_the_engine() {
    let file = RulesFile::parse(
        "[[rule]]\ntype = \"shield\"\n[[rule]]\ntype='detect_bot'\nmode='dry_run'\ndeny=['CURL']",
    )
    .unwrap();
    let expected: Vec<Rule> = vec![
        Shield::new().into(),
        DetectBot::deny(["CURL"]).mode(Mode::DryRun).into(),
    ];
    assert_eq!(file.rules(), expected);
}

#[test]
fn all_faults_are_found_at_once() {
    let text = r#"
colour = "red"

[[rule]]
type = "shield"
threshold = "high"
exclude_paths = ["/a"]
categories = ["sqli", "xs", 5]

[[rule]]
type = "fixed_window"
mode = "SOMETIMES"

[[rule]]
type = "detect_bots"

[[rule]]
mode = "LIVE"

[[rule]]
type = "sliding_window"
max = 0
interval = "1 minute"

[[rule]]
type = "detect_bot"
allow = []
deny = ["CURL"]

[[rule]]
type = "detect_bot"
deny = [
    "CURL",
    "NO_SUCH_BOT",
]

[[rule]]
type = "token_bucket"
capacity = 10
refill_rate = 0
interval = 10
"#;
    let found = faults(text);
    let expected = [
        "line 2: colour: unknown field",
        "line 6: rule[0].threshold: invalid type: string \"high\"",
        "line 7: rule[0].exclude_paths: unknown field `exclude_paths`",
        "line 8: rule[0].categories[1]: unknown variant `xs`",
        "line 8: rule[0].categories[2]: invalid type: integer `5`",
        "line 10: rule[1].max: missing; accepted: a whole number from 1 to 4294967295",
        "line 10: rule[1].window: missing",
        "line 12: rule[1].mode: unknown variant `SOMETIMES`; accepted: `LIVE` or `DRY_RUN`",
        "line 15: rule[2].type: no rule is called `detect_bots`; accepted: `shield`, `detect_bot`",
        "line 17: rule[3].type: missing; accepted: `shield`",
        "line 23: rule[4].interval: invalid value: string \"1 minute\"; accepted: whole seconds as in 60",
        "line 28: rule[5].deny: there is `allow` already; accepted: one of `allow` and `deny`",
        "line 34: rule[6].deny[1]: ",
        "line 40: rule[7].refill_rate: ",
    ];
    for (place, start) in expected.iter().enumerate() {
        let line = found.get(place).map_or("", String::as_str);
        assert!(line.starts_with(start), "expected {start}\nfound {found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn faults_inside_a_signup_name_its_part() {
    let text = r#"
[[rule]]
type = "protect_signup"
[rule.rate_limit]
max = 5
interval = 0
[rule.bots]
deny = ["CURL"]
allow = []
[rule.email]
deny = ["DISPOSABLE", "OLD"]
"#;
    let found = faults(text);
    assert!(
        found[0].starts_with("line 11: rule[0].email.deny[1]: unknown variant `OLD`"),
        "{found:#?}"
    );
    let found = faults(&text.replace(", \"OLD\"", ""));
    assert!(
        found[0].starts_with("line 8: rule[0].bots.deny: there is `allow` already"),
        "{found:#?}"
    );
    let found = faults(&text.replace(", \"OLD\"", "").replace("allow = []", ""));
    assert!(
        found[0].starts_with("line 6: rule[0].rate_limit.interval: "),
        "{found:#?}"
    );
    let found = faults("[[rule]]\ntype = 'protect_signup'\nbots = { allow = [] }\nrate_limit = { max = 1 }");
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(
        found[0].starts_with("line 1: rule[0].email: missing"),
        "{found:#?}"
    );
    assert!(
        found[1].starts_with("line 4: rule[0].rate_limit.interval: missing"),
        "{found:#?}"
    );
}

#[test]
fn what_concerns_several_rules_is_found() {
    let found = faults(
        "[[rule]]\ntype = 'shield'\n\n[[rule]]\ntype = 'filter'\ndeny = ['ip.src eq 192.0.2.1']\n[[rule]]\ntype = 'shield'\n",
    );
    assert_eq!(
        found,
        ["line 7: rule[2]: the same rule as rule[0]; accepted: each rule once"]
    );
    let found = faults("characteristics = ['a', 'a']\n[[rule]]\ntype = 'shield'\n");
    assert_eq!(
        found,
        ["line 1: characteristics: `a` twice; accepted: each one once"]
    );
    let many: String = (1..12)
        .map(|max| format!("[[rule]]\ntype = 'fixed_window'\nmax = {max}\nwindow = 60\n"))
        .collect();
    assert_eq!(
        faults(&many),
        ["line 1: rule: 11 rules; accepted: at most 10 rules"]
    );
}

#[test]
fn files_without_rules_and_slips_of_syntax() {
    assert_eq!(
        faults(""),
        ["line 1: rule: no rules; accepted: at least one [[rule]] table"]
    );
    assert_eq!(
        faults("rule = 5"),
        ["line 1: rule: a integer instead of a list; accepted: [[rule]] tables"]
    );
    assert_eq!(
        faults("rule = []"),
        ["line 1: rule: no rules; accepted: at least one [[rule]] table"]
    );
    assert_eq!(
        faults("rule = [5]"),
        ["line 1: rule[0]: a integer; accepted: [[rule]] tables"]
    );
    let found = faults("[[rule]]\ntype = \"shield\nmode = \"LIVE\"\n");
    assert!(found[0].starts_with("line 2: "), "{found:#?}");
}

#[test]
fn tables_are_read_by_serde_alone_too() {
    #[derive(serde::Deserialize)]
    struct Site {
        rule: Vec<RuleTable>,
    }
    let site: Site = toml::from_str("[[rule]]\ntype = 'fixed_window'\nmax = 5\nwindow = '1m'\n").unwrap();
    let rules: Vec<Rule> = site
        .rule
        .iter()
        .flat_map(|table| table.rules().unwrap())
        .collect();
    assert_eq!(rules, [FixedWindow::new(5, minutes(1)).into()]);
    assert!(toml::from_str::<Site>("[[rule]]\ntype = 'shield'\nwindow = 60\n").is_err());
}

#[test]
fn the_schema_has_all_types_and_what_they_require() {
    let schema: serde_json::Value = serde_json::from_str(&RulesFile::schema()).unwrap();
    let types = schema["$defs"]["RuleTable"]["oneOf"].as_array().unwrap();
    let mut kinds = Vec::new();
    for variant in types {
        let kind = variant["properties"]["type"]["const"].as_str().unwrap();
        kinds.push(kind);
        assert_eq!(variant["additionalProperties"], false, "{kind}");
        let required: Vec<&str> = variant["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key.as_str().unwrap())
            .collect();
        let expected: Vec<&str> = RuleTable::required(kind)
            .iter()
            .map(|(path, _)| *path)
            .filter(|path| !path.contains('.'))
            .collect();
        assert_eq!(required[0], "type", "{kind}");
        assert_eq!(required[1..], expected, "{kind}");
    }
    assert_eq!(kinds, RuleTable::KINDS);
}

#[test]
fn the_schema_in_the_documentation_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/rules.schema.json");
    let committed = std::fs::read_to_string(path).unwrap();
    let is_current = committed == RulesFile::schema();
    assert!(
        is_current,
        "renew it: `cargo run -p arcjet-decide-server -- schema rules > docs/rules.schema.json`"
    );
}
