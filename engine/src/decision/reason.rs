//! Why a rule concluded what it did.

use std::fmt;

use crate::rule::EmailType;

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
    /// Attack detection, whether it allowed or denied.
    Shield(ShieldReason),
    /// Validation of an e-mail address, whether it allowed or denied.
    Email(EmailReason),
    /// Detection of sensitive information, whether it allowed or denied.
    SensitiveInfo(SensitiveInfoReason),
    /// Expressions over the request, whether they allowed or denied.
    Filter(FilterReason),
    /// Detection of prompt injection, whether it allowed or denied.
    PromptInjection(PromptInjectionReason),
    /// A rule of the application's own, whether it allowed or denied.
    Custom(CustomReason),
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
            Self::Shield(_) => "shield",
            Self::Email(_) => "email",
            Self::SensitiveInfo(_) => "sensitive_info",
            Self::Filter(_) => "filter",
            Self::PromptInjection(_) => "prompt_injection",
            Self::Custom(_) => "custom",
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

    /// Whether attack detection is the reason.
    pub fn is_shield(&self) -> bool {
        matches!(self, Self::Shield(_))
    }

    /// Whether an e-mail address is the reason.
    pub fn is_email(&self) -> bool {
        matches!(self, Self::Email(_))
    }

    /// Whether sensitive information is the reason.
    pub fn is_sensitive_info(&self) -> bool {
        matches!(self, Self::SensitiveInfo(_))
    }

    /// Whether an expression over the request is the reason.
    pub fn is_filter(&self) -> bool {
        matches!(self, Self::Filter(_))
    }

    /// Whether prompt injection is the reason.
    pub fn is_prompt_injection(&self) -> bool {
        matches!(self, Self::PromptInjection(_))
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
    /// What made `UNKNOWN_BOT` of the client, as in `http-library`.
    pub signals: Vec<String>,
}

/// What attack detection found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShieldReason {
    /// The score reached the rule's threshold.
    pub triggered: bool,
    /// The score of the request.
    pub score: u32,
    /// What was found, the most telling first; at most 16.
    pub detections: Vec<ShieldDetection>,
    /// How much more was found than is listed.
    pub omitted: u32,
    /// The request is denied because its client's requests are suspicious again and again, see
    /// [`Shield::suspicion`](crate::Shield::suspicion).
    pub suspicious: bool,
    /// The points of the client, if the rule keeps them and this request scored without reaching the threshold.
    pub points: Option<SuspicionPoints>,
}

/// The points that a client's suspicious requests have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SuspicionPoints {
    /// The points of the last window, those of this request included unless it is denied.
    pub collected: u32,
    /// The most that a client may have.
    pub max: u32,
    /// Seconds, rounded up: for a request that is denied until the same request passes; for an allowed one until the current
    /// window of the clock ends.
    pub reset: u32,
    /// The length of the window in seconds.
    pub window: u32,
}

/// One thing that looks like an attack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShieldDetection {
    /// What found it, as in `sqli.union-select`.
    pub detector: String,
    /// The category of attacks, as in `sqli`.
    pub category: String,
    /// The part of the request, as in `query`.
    pub part: String,
    /// The name of the parameter, cookie or header, at most 64 bytes of it; empty where the part has none.
    pub parameter: String,
    /// How certain it is: from 1 to 5, which is enough alone by the default threshold.
    pub score: u32,
}

/// What the validation of an e-mail address found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmailReason {
    /// The types of the address that may pass.
    pub allowed: Vec<EmailType>,
    /// The types of the address that the rule denies.
    pub denied: Vec<EmailType>,
    /// If the address is invalid: why, in words.
    pub fault: Option<String>,
}

/// What the detection of sensitive information found. Positions are in bytes of the text; the text itself is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SensitiveInfoReason {
    /// Found, and allowed by the rule.
    pub allowed: Vec<SensitiveSpan>,
    /// Found, and denied by the rule.
    pub denied: Vec<SensitiveSpan>,
}

/// A piece of sensitive information.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensitiveSpan {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last one.
    pub end: usize,
    /// Its type, as in `EMAIL`, or the label of a custom detector.
    pub entity: String,
}

/// What expressions over the request said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterReason {
    /// The expressions that are true of the request.
    pub matched: Vec<String>,
    /// The expressions that depend on something that is not known.
    pub undetermined: Vec<String>,
}

/// What the detection of prompt injection found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromptInjectionReason {
    /// The score reached the rule's threshold.
    pub detected: bool,
    /// 0 to 100.
    pub score: u32,
    /// What contributed to the score, as in `instruction-override`.
    pub signals: Vec<String>,
}

/// What a rule of the application's own said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomReason {
    /// The rule's name.
    pub rule: String,
    /// Its reason, at most 1,024 bytes of it.
    pub message: String,
}

/// Why a rule could not judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorReason {
    /// What was at fault.
    pub source: ErrorSource,
    /// What happened, for people.
    pub message: String,
    /// What the request lacks, where a bundled rule can't judge without it.
    pub missing: Option<MissingInput>,
}

/// What a bundled rule can't judge without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MissingInput {
    /// The header that names the client's program; a [`DetectBot`](crate::DetectBot) reads it.
    UserAgent,
    /// [`RequestDetails::with_email`](crate::RequestDetails::with_email).
    Email,
    /// [`RequestDetails::with_sensitive_text`](crate::RequestDetails::with_sensitive_text).
    SensitiveText,
    /// [`RequestDetails::with_message`](crate::RequestDetails::with_message), or it is empty.
    Message,
}

impl ErrorReason {
    /// An error of `source` with a message for people.
    pub fn new(source: ErrorSource, message: impl Into<String>) -> Self {
        Self {
            source,
            message: message.into(),
            missing: None,
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
    /// Code of the application: a detector panicked, or found something outside of the text.
    Application,
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
            Self::Application => "application",
            Self::Sandbox => "sandbox",
            Self::Decider => "decider",
            Self::Store => "store",
        }
    }
}
