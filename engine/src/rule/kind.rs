//! The kinds of rules that the wire protocol has.

use std::fmt;

/// The kind of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RuleKind {
    /// Sensitive information in text.
    SensitiveInfo,
    /// Expressions over the request.
    Filter,
    /// Attacks.
    Shield,
    /// A rate limit by a fixed window.
    FixedWindow,
    /// A rate limit by a sliding window.
    SlidingWindow,
    /// A rate limit by a token bucket.
    TokenBucket,
    /// Bots.
    DetectBot,
    /// E-mail addresses.
    ValidateEmail,
    /// Prompt injection.
    DetectPromptInjection,
    /// A rule of the application's own.
    Custom,
    /// A kind that only another version knows.
    Unknown,
}

impl RuleKind {
    /// All of them, in the order in which rules are judged.
    pub(crate) const ALL: [Self; 11] = [
        Self::SensitiveInfo,
        Self::Filter,
        Self::Shield,
        Self::FixedWindow,
        Self::SlidingWindow,
        Self::TokenBucket,
        Self::DetectBot,
        Self::ValidateEmail,
        Self::DetectPromptInjection,
        Self::Custom,
        Self::Unknown,
    ];

    /// The name in metrics and logs, as in `fixed_window`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SensitiveInfo => "sensitive_info",
            Self::Filter => "filter",
            Self::Shield => "shield",
            Self::FixedWindow => "fixed_window",
            Self::SlidingWindow => "sliding_window",
            Self::TokenBucket => "token_bucket",
            Self::DetectBot => "detect_bot",
            Self::ValidateEmail => "validate_email",
            Self::DetectPromptInjection => "detect_prompt_injection",
            Self::Custom => "custom",
            Self::Unknown => "unknown",
        }
    }

    /// The place in the order of judging that all Arcjet SDKs share; rules of the same place keep their order.
    pub(crate) fn priority(self) -> u8 {
        match self {
            Self::SensitiveInfo => 1,
            Self::Filter => 2,
            Self::Shield => 3,
            Self::FixedWindow | Self::SlidingWindow | Self::TokenBucket => 4,
            Self::DetectBot => 5,
            Self::ValidateEmail => 6,
            Self::DetectPromptInjection => 7,
            Self::Custom => 8,
            Self::Unknown => 9,
        }
    }
}

impl fmt::Display for RuleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
