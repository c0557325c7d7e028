//! Why a rule concluded what it did.

use std::fmt;

/// Why a rule, or a decision, concluded what it did.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing to say: a rule that did not run, or a request that no rule spoke about.
    #[default]
    None,
    /// A rate limit, whether it allowed or denied.
    RateLimit(RateLimitReason),
    /// Bot detection, whether it allowed or denied.
    Bot(BotReason),
    /// The rule could not judge.
    Error(ErrorReason),
}

impl Reason {
    /// The name in metrics and logs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::RateLimit(_) => "rate_limit",
            Self::Bot(_) => "bot",
            Self::Error(_) => "error",
        }
    }

    /// Whether a rate limit is the reason.
    pub fn is_rate_limit(&self) -> bool {
        matches!(self, Self::RateLimit(_))
    }

    /// Whether bot detection is the reason.
    pub fn is_bot(&self) -> bool {
        matches!(self, Self::Bot(_))
    }
}

/// The state of a rate limit after it judged a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimitReason {
    /// The most that a window admits, or the capacity of a token bucket.
    pub max: u32,
    /// How much is left now.
    pub remaining: u32,
    /// Seconds, rounded up: for a denied request until the same request passes, for an allowed one until the
    /// quota is whole again.
    pub reset: u32,
    /// The length of the window in seconds; for a token bucket its refill interval.
    pub window: u32,
}

/// What bot detection found. The lists hold ids of bots and those configured categories that matched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BotReason {
    /// Detected, and allowed by the rule.
    pub allowed: Vec<String>,
    /// Detected, and denied by the rule.
    pub denied: Vec<String>,
    /// The client's address belongs to the bot that its user agent names.
    pub verified: bool,
    /// The client's address does not belong to the bot that its user agent names.
    pub spoofed: bool,
}

/// Why a rule could not judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorReason {
    /// What was at fault.
    pub source: ErrorSource,
    /// What happened, for people.
    pub message: String,
}

impl ErrorReason {
    /// An error of `source` with a message for people.
    pub fn new(source: ErrorSource, message: impl Into<String>) -> Self {
        Self {
            source,
            message: message.into(),
        }
    }
}

impl fmt::Display for ErrorReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What was at fault when a rule could not judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorSource {
    /// The request lacks what the rule needs, as a user agent or the value of a characteristic.
    Request,
    /// The rule's configuration, as a client of the decision server sent it.
    Config,
    /// The sandbox: the rule trapped, ran too long or wanted too much memory.
    Sandbox,
    /// The decision server: unreachable, too slow, or its answer made no sense.
    Decider,
    /// The store of the rate limits.
    Store,
}

impl ErrorSource {
    /// The name in metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Config => "config",
            Self::Sandbox => "sandbox",
            Self::Decider => "decider",
            Self::Store => "store",
        }
    }
}
