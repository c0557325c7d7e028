//! The rules that a client can be built with, one typed configuration each.

mod characteristic;
mod detect_bot;
mod id;
mod kind;
mod rate_limit;
mod set;

pub use characteristic::Characteristic;
pub use detect_bot::DetectBot;
pub use id::RuleId;
pub use kind::RuleKind;
pub use rate_limit::{FixedWindow, SlidingWindow, TokenBucket};

pub(crate) use detect_bot::{BotList, UnknownIds};
pub(crate) use rate_limit::{Algorithm, RateLimit};
#[cfg(feature = "wire")]
pub(crate) use set::Assembly;
pub(crate) use set::{CompiledRule, Judge, RuleSet};

/// Whether a rule's denial counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It does. The default.
    #[default]
    Live,
    /// It is judged and reported, and never denies: for trying a rule on real traffic.
    DryRun,
}

impl Mode {
    /// The name in rule ids, as all Arcjet SDKs write it.
    pub(crate) fn wire_name(self) -> &'static str {
        match self {
            Self::Live => "LIVE",
            Self::DryRun => "DRY_RUN",
        }
    }
}

/// A rule of any kind; every typed rule converts into it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Bots by their user agent.
    DetectBot(DetectBot),
    /// A number of requests in each window of the clock.
    FixedWindow(FixedWindow),
    /// A number of requests in any window, estimated from two counters.
    SlidingWindow(SlidingWindow),
    /// A bucket of units that refills.
    TokenBucket(TokenBucket),
}

impl Rule {
    /// The kind, for results, metrics and logs.
    pub fn kind(&self) -> RuleKind {
        match self {
            Self::DetectBot(_) => RuleKind::DetectBot,
            Self::FixedWindow(_) => RuleKind::FixedWindow,
            Self::SlidingWindow(_) => RuleKind::SlidingWindow,
            Self::TokenBucket(_) => RuleKind::TokenBucket,
        }
    }

    pub(crate) fn mode(&self) -> Mode {
        match self {
            Self::DetectBot(rule) => rule.mode,
            Self::FixedWindow(FixedWindow(limit))
            | Self::SlidingWindow(SlidingWindow(limit))
            | Self::TokenBucket(TokenBucket(limit)) => limit.mode,
        }
    }
}

macro_rules! rule_from {
    ($($kind:ident),*) => {$(
        impl From<$kind> for Rule {
            fn from(rule: $kind) -> Self {
                Self::$kind(rule)
            }
        }
    )*};
}
rule_from!(DetectBot, FixedWindow, SlidingWindow, TokenBucket);
