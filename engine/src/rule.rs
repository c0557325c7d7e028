//! The rules that a client can be built with, one typed configuration each.

mod body_rules;
mod characteristic;
#[cfg(feature = "custom-rules")]
mod custom;
mod detect_bot;
mod filter;
mod id;
mod kind;
mod pass_list;
mod prompt_injection;
mod protect_signup;
mod rate_limit;
mod sensitive_info;
mod set;
mod shield;
mod validate_email;

pub use characteristic::Characteristic;
#[cfg(feature = "custom-rules")]
pub use custom::CustomRule;
pub use detect_bot::{DetectBot, MissingUserAgent};
pub use filter::Filter;
pub use id::RuleId;
pub use kind::RuleKind;
pub use prompt_injection::DetectPromptInjection;
pub use protect_signup::ProtectSignup;
pub use rate_limit::{FixedWindow, SlidingWindow, TokenBucket};
pub use sensitive_info::SensitiveInfo;
pub use shield::{Shield, ShieldCategory};
pub use validate_email::{EmailLevel, EmailType, ValidateEmail};

#[cfg(feature = "custom-rules")]
pub(crate) use custom::{CustomSettings, CustomSource};
pub(crate) use detect_bot::UnknownIds;
pub(crate) use pass_list::PassList;
pub(crate) use rate_limit::{Algorithm, RateLimit};
pub(crate) use sensitive_info::{Detector, DetectorFault, Find};
#[cfg(feature = "wire")]
pub(crate) use set::{Assembly, MOST_RULES};
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// Sensitive information in text.
    SensitiveInfo(SensitiveInfo),
    /// Expressions over the request.
    Filter(Filter),
    /// Attacks.
    Shield(Shield),
    /// Bots by their user agent.
    DetectBot(DetectBot),
    /// A number of requests in each window of the clock.
    FixedWindow(FixedWindow),
    /// A number of requests in any window, estimated from two counters.
    SlidingWindow(SlidingWindow),
    /// A bucket of units that refills.
    TokenBucket(TokenBucket),
    /// E-mail addresses.
    ValidateEmail(ValidateEmail),
    /// Messages that try to make a language model forget its instructions.
    DetectPromptInjection(DetectPromptInjection),
    /// A rule of the application's own.
    #[cfg(feature = "custom-rules")]
    Custom(CustomRule),
}

impl Rule {
    /// Sets what a limit counts by, if this is a limit that does not say so itself.
    #[must_use]
    pub fn or_characteristics(mut self, characteristics: &[String]) -> Self {
        if let Self::FixedWindow(FixedWindow(limit))
        | Self::SlidingWindow(SlidingWindow(limit))
        | Self::TokenBucket(TokenBucket(limit)) = &mut self
            && limit.characteristics.is_empty()
        {
            limit.characteristics = characteristics.to_vec();
        }
        self
    }

    /// The kind, for results, metrics and logs.
    pub fn kind(&self) -> RuleKind {
        match self {
            Self::SensitiveInfo(_) => RuleKind::SensitiveInfo,
            Self::Filter(_) => RuleKind::Filter,
            Self::Shield(_) => RuleKind::Shield,
            Self::DetectBot(_) => RuleKind::DetectBot,
            Self::FixedWindow(_) => RuleKind::FixedWindow,
            Self::SlidingWindow(_) => RuleKind::SlidingWindow,
            Self::TokenBucket(_) => RuleKind::TokenBucket,
            Self::ValidateEmail(_) => RuleKind::ValidateEmail,
            Self::DetectPromptInjection(_) => RuleKind::DetectPromptInjection,
            #[cfg(feature = "custom-rules")]
            Self::Custom(_) => RuleKind::Custom,
        }
    }

    /// The rule as the sandbox is told: without code of the application, so that equal rules share what the sandbox knows of them
    /// whatever closures they come with.
    pub(crate) fn without_code(mut self) -> Self {
        if let Self::SensitiveInfo(rule) = &mut self {
            rule.detectors.clear();
        }
        self
    }

    /// The code of the application that searches texts.
    pub(crate) fn detectors(&self) -> &[Detector] {
        match self {
            Self::SensitiveInfo(rule) => &rule.detectors,
            _ => &[],
        }
    }

    pub(crate) fn mode(&self) -> Mode {
        match self {
            Self::SensitiveInfo(rule) => rule.mode,
            Self::Filter(rule) => rule.mode,
            Self::Shield(rule) => rule.mode,
            Self::DetectBot(rule) => rule.mode,
            Self::ValidateEmail(rule) => rule.mode,
            Self::DetectPromptInjection(rule) => rule.mode,
            #[cfg(feature = "custom-rules")]
            Self::Custom(rule) => rule.mode,
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
rule_from!(
    SensitiveInfo,
    Filter,
    Shield,
    DetectBot,
    FixedWindow,
    SlidingWindow,
    TokenBucket,
    ValidateEmail,
    DetectPromptInjection
);

#[cfg(feature = "custom-rules")]
impl From<CustomRule> for Rule {
    fn from(rule: CustomRule) -> Self {
        Self::Custom(rule)
    }
}
