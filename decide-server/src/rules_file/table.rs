//! The tables of a rules file, one type for each type of rule.

use schemars::JsonSchema;
use serde::Deserialize;

use super::options::{
    EmailLevelName, EmailTypeName, MissingUserAgentName, ModeName, ShieldCategoryName, Span,
};

/// A `[[rule]]` table: `type` says which rule it is, the other keys are the options of that rule.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RuleTable {
    /// Attacks.
    Shield(ShieldTable),
    /// Bots by their user agent.
    DetectBot(DetectBotTable),
    /// A number of requests in each window of the clock.
    FixedWindow(FixedWindowTable),
    /// A number of requests in a window that moves with the clock.
    SlidingWindow(SlidingWindowTable),
    /// A bucket of units that refills.
    TokenBucket(TokenBucketTable),
    /// E-mail addresses.
    ValidateEmail(ValidateEmailTable),
    /// Sensitive information in text.
    SensitiveInfo(SensitiveInfoTable),
    /// Expressions over the request.
    Filter(FilterTable),
    /// Messages that try to make a language model forget its instructions.
    DetectPromptInjection(DetectPromptInjectionTable),
    /// The three rules of a signup form: a limit, bots and e-mail addresses.
    ProtectSignup(ProtectSignupTable),
}

/// Options of `shield`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table of options")]
#[non_exhaustive]
pub struct ShieldTable {
    /// `LIVE` denies, `DRY_RUN` only reports; `LIVE` unless set.
    pub mode: Option<ModeName>,
    /// The score from which a request is denied; 5 unless set.
    #[schemars(range(min = 1, max = 1000))]
    pub threshold: Option<u32>,
    /// The categories of attacks that are looked for; all but `policy` unless set.
    pub categories: Option<Vec<ShieldCategoryName>>,
    /// Categories that are not looked for.
    #[serde(default)]
    pub excluded_categories: Vec<ShieldCategoryName>,
    /// Names of parameters, cookies and headers that are not searched; `*` at the end stands for anything.
    #[serde(default)]
    pub excluded_parameters: Vec<String>,
    /// Paths that are not searched; `*` at the end stands for anything.
    #[serde(default)]
    pub excluded_paths: Vec<String>,
    /// How many bytes of a body are searched, from its beginning; 65,536 unless set.
    #[schemars(range(min = 0, max = 1_048_576))]
    pub body_limit: Option<u32>,
    /// Also denies clients whose requests are suspicious again and again, each too little to be denied; off unless set.
    pub suspicion: Option<SuspicionTable>,
}

/// How suspicious a client may be in sum.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table of options")]
#[non_exhaustive]
pub struct SuspicionTable {
    /// The most points, which are the scores of requests, that a client may collect: from the rule's threshold.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub points: u32,
    /// In what time: whole seconds, or text with a unit as in `"1m"`.
    pub window: Span,
}

/// Options of `detect_bot`. One of `allow` and `deny` must be there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table of options")]
#[non_exhaustive]
pub struct DetectBotTable {
    /// `LIVE` denies, `DRY_RUN` only reports; `LIVE` unless set.
    pub mode: Option<ModeName>,
    /// Bots (`CURL`) and categories (`CATEGORY:SEARCH_ENGINE`) that may pass, all other bots may not; `[]` denies all bots.
    pub allow: Option<Vec<String>>,
    /// Bots and categories that may not pass, all other bots may.
    pub deny: Option<Vec<String>>,
    /// What a request without a user agent is: `ERROR` (it can't be judged) or `BOT`; `ERROR` unless set.
    pub missing_user_agent: Option<MissingUserAgentName>,
    /// Whether headers that contradict the browser that the user agent names make a bot of the client; false unless set.
    pub consistency: Option<bool>,
}

/// Options of `fixed_window`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table of options")]
#[non_exhaustive]
pub struct FixedWindowTable {
    /// `LIVE` denies, `DRY_RUN` only reports; `LIVE` unless set.
    pub mode: Option<ModeName>,
    /// How many requests a window admits.
    #[schemars(range(min = 1))]
    pub max: u32,
    /// The length of a window: whole seconds, or text with a unit as in `"1m"`.
    pub window: Span,
    /// What tells clients apart, as in `["ip.src"]`; the file's `characteristics` unless set.
    #[serde(default)]
    pub characteristics: Vec<String>,
}

/// Options of `sliding_window`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table of options")]
#[non_exhaustive]
pub struct SlidingWindowTable {
    /// `LIVE` denies, `DRY_RUN` only reports; `LIVE` unless set.
    pub mode: Option<ModeName>,
    /// How many requests an interval admits.
    #[schemars(range(min = 1))]
    pub max: u32,
    /// The length of the window that moves: whole seconds, or text with a unit as in `"1m"`.
    pub interval: Span,
    /// What tells clients apart, as in `["ip.src"]`; the file's `characteristics` unless set.
    #[serde(default)]
    pub characteristics: Vec<String>,
}

/// Options of `token_bucket`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table of options")]
#[non_exhaustive]
pub struct TokenBucketTable {
    /// `LIVE` denies, `DRY_RUN` only reports; `LIVE` unless set.
    pub mode: Option<ModeName>,
    /// How many units the bucket holds.
    #[schemars(range(min = 1))]
    pub capacity: u32,
    /// How many units it gains in each interval.
    #[schemars(range(min = 1))]
    pub refill_rate: u32,
    /// The time between gains: whole seconds, or text with a unit as in `"1m"`.
    pub interval: Span,
    /// What tells clients apart, as in `["ip.src"]`; the file's `characteristics` unless set.
    #[serde(default)]
    pub characteristics: Vec<String>,
}

/// Options of `validate_email`. One of `allow` and `deny` must be there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table of options")]
#[non_exhaustive]
pub struct ValidateEmailTable {
    /// `LIVE` denies, `DRY_RUN` only reports; `LIVE` unless set.
    pub mode: Option<ModeName>,
    /// Types of addresses that may pass, and so may those of no type; others may not.
    pub allow: Option<Vec<EmailTypeName>>,
    /// Types of addresses that may not pass.
    pub deny: Option<Vec<EmailTypeName>>,
    /// How much of the grammar is accepted: `SMTP`, `RFC5322` or `PLAIN`; `SMTP` unless set.
    pub level: Option<EmailLevelName>,
    /// Domains, with those below them, of which only the grammar is judged.
    #[serde(default)]
    pub trusted_domains: Vec<String>,
    /// Whether a domain must have a dot in it; true unless set.
    pub require_top_level_domain: Option<bool>,
    /// Whether an address may stand in place of a domain, as in `a@[192.0.2.1]`; false unless set.
    pub allow_domain_literal: Option<bool>,
}

/// Options of `sensitive_info`. One of `allow` and `deny` must be there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table of options")]
#[non_exhaustive]
pub struct SensitiveInfoTable {
    /// `LIVE` denies, `DRY_RUN` only reports; `LIVE` unless set.
    pub mode: Option<ModeName>,
    /// Types of information that may pass, as in `EMAIL`, or labels of custom detectors; others may not.
    pub allow: Option<Vec<String>>,
    /// Types of information, or labels of custom detectors, that may not pass.
    pub deny: Option<Vec<String>>,
    /// Detectors of your own.
    #[serde(default)]
    pub custom: Vec<CustomDetectorTable>,
}

/// A detector of your own in a `sensitive_info` rule.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table of options")]
#[non_exhaustive]
pub struct CustomDetectorTable {
    /// The type of what it finds, as the lists name it.
    pub label: String,
    /// What it finds: a regular expression in the syntax of the Rust crate `regex`.
    pub pattern: String,
}

/// Options of `filter`. One of `allow` and `deny` must be there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table of options")]
#[non_exhaustive]
pub struct FilterTable {
    /// `LIVE` denies, `DRY_RUN` only reports; `LIVE` unless set.
    pub mode: Option<ModeName>,
    /// Expressions; a request that none of them is true of is denied.
    #[schemars(length(min = 1, max = 10))]
    pub allow: Option<Vec<String>>,
    /// Expressions; a request that one of them is true of is denied.
    #[schemars(length(min = 1, max = 10))]
    pub deny: Option<Vec<String>>,
}

/// Options of `detect_prompt_injection`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table of options")]
#[non_exhaustive]
pub struct DetectPromptInjectionTable {
    /// `LIVE` denies, `DRY_RUN` only reports; `LIVE` unless set.
    pub mode: Option<ModeName>,
    /// The score from which a message is denied; 50 unless set.
    #[schemars(range(min = 1, max = 100))]
    pub threshold: Option<u32>,
}

/// Options of `protect_signup`: a table for each of its three rules, with the options of that rule.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table of options")]
#[non_exhaustive]
pub struct ProtectSignupTable {
    /// The mode of those of the three rules that have none of their own; `LIVE` unless set.
    pub mode: Option<ModeName>,
    /// How often a client may try: the options of `sliding_window`.
    pub rate_limit: SlidingWindowTable,
    /// Which bots may: the options of `detect_bot`.
    pub bots: DetectBotTable,
    /// Which addresses may be given: the options of `validate_email`.
    pub email: ValidateEmailTable,
}
