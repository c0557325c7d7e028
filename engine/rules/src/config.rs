//! How rules are configured.

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
    /// Detects attacks in all parts of a request.
    Shield(Shield),
}

/// Configures the detection of bots by their `user-agent` header.
///
/// A request without that header, or with an empty one, gives the conclusion [`Error`](crate::Conclusion::Error).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectBot {
    /// Which bots may pass.
    pub entities: BotList,
    /// What becomes of ids that this version doesn't know.
    pub unknown_ids: UnknownIds,
}

/// Which bots may pass.
///
/// An entry is a bot's id (`CURL`) or a category (`CATEGORY:SEARCH_ENGINE`); [`bots`](crate::bots) lists both. Ids are compared as
/// written, categories without regard to case. Repeating an entry, or naming a bot and its category, is harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BotList {
    /// These bots pass, every other bot is denied. An empty list denies all bots.
    Allow(Vec<String>),
    /// These bots are denied, every other bot passes. An empty list denies none.
    Deny(Vec<String>),
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
