//! How rules are configured.

use crate::email::ValidateEmail;
use crate::filter::Filter;
use crate::prompt_injection::DetectPromptInjection;
use crate::sensitive_info::SensitiveInfo;
use crate::shield::Shield;
use std::{error::Error, fmt};

/// A rule and what its denial means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whether a denial denies.
    pub mode: Mode,
    /// What the rule looks for.
    pub config: RuleConfig,
}

/// What a denial by a rule means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A denial denies the request, and the rules after it are not run.
    Live,
    /// A denial is reported, but denies nothing and stops nothing.
    DryRun,
}

/// The configuration of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleConfig {
    /// Detects bots by their `user-agent` header.
    DetectBot(DetectBot),
    /// Allows or denies by expressions.
    Filter(Filter),
    /// Validates the e-mail address that the application asks about.
    ValidateEmail(ValidateEmail),
    /// Looks for sensitive information in a text.
    SensitiveInfo(SensitiveInfo),
    /// Detects attacks in all parts of a request.
    Shield(Shield),
    /// Detects prompt injection in a message.
    DetectPromptInjection(DetectPromptInjection),
}

/// Configures the detection of bots by their `user-agent` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectBot {
    /// Which bots may pass.
    pub entities: BotList,
    /// What becomes of ids that this version doesn't know.
    pub unknown_ids: UnknownIds,
    /// What becomes of a request without a user agent.
    pub missing_user_agent: MissingUserAgent,
    /// Whether other headers are compared with what the browser that the user agent names would send; what contradicts makes the client an
    /// `UNKNOWN_BOT`. Reads `accept-language`, `sec-ch-ua`, `sec-ch-ua-platform`, and `sec-fetch-*`, and the order of headers:
    /// not for sites behind a proxy that removes or reorders headers.
    pub consistency: bool,
}

impl DetectBot {
    /// The detection with this list and, for the rest, what is usual: unknown ids are refused, a request without user agent is an error,
    /// only the user agent is read.
    pub fn new(entities: BotList) -> Self {
        Self {
            entities,
            unknown_ids: UnknownIds::Reject,
            missing_user_agent: MissingUserAgent::Error,
            consistency: false,
        }
    }
}

/// Which bots may pass.
///
/// An entry is a bot's id (`CURL`), a category (`CATEGORY:SEARCH_ENGINE`), or `UNKNOWN_BOT` for clients that look like a bot of no known
/// name; [`bots`](crate::bots) lists ids and categories. An unknown bot belongs to no category: `CATEGORY:UNKNOWN` holds known bots of
/// unknown purpose. Ids are compared as written, categories without regard to case. Repeating an entry, or naming a bot and its category,
/// is harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BotList {
    /// These bots pass, every other bot is denied. An empty list denies all bots.
    Allow(Vec<String>),
    /// These bots are denied, every other bot passes. An empty list denies none.
    Deny(Vec<String>),
}

/// What becomes of a request without a `user-agent` header, or with an empty one. Browsers always send it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingUserAgent {
    /// It gives the conclusion [`Error`](crate::Conclusion::Error), as in the official SDKs.
    #[default]
    Error,
    /// It is from an `UNKNOWN_BOT`.
    Bot,
}

/// What becomes of a bot id that this version doesn't know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownIds {
    /// The configuration is refused: for configurations written for this version.
    Reject,
    /// The id is skipped, it never matches: for configurations of clients that know another version of the list.
    Ignore,
}

/// Why a configuration was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigError {
    /// The rule's place in the list, from 0.
    pub rule: usize,
    /// The setting that is wrong, with its place if it is a list: `allow[2]`.
    pub field: String,
    /// What is wrong with it: one line, lower case, no full stop.
    pub message: String,
    /// What would have been accepted, in words.
    pub accepted: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            field,
            message,
            accepted,
        } = self;
        write!(f, "rule {rule}, {field}: {message}; accepted: {accepted}")
    }
}

impl Error for ConfigError {}
