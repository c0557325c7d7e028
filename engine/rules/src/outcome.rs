//! What rules conclude.

use crate::email::EmailReason;
use crate::filter::FilterReason;
use crate::prompt_injection::PromptInjectionReason;
use crate::sensitive_info::SensitiveInfoReason;
use crate::shield::ShieldReason;
use std::borrow::Cow;

/// The verdict of one rule on one request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Whether the request may pass, as far as this rule is concerned.
    pub conclusion: Conclusion,
    /// Why.
    pub reason: Reason,
}

/// What a rule concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The request may pass.
    Allow,
    /// The request may not pass, unless the rule is a dry run.
    Deny,
    /// The rule could not judge this request. What that means is the caller's policy.
    Error,
}

/// Why a rule came to its conclusion.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// What the detection of bots found.
    Bot(BotReason),
    /// What the expressions of a filter came to.
    Filter(FilterReason),
    /// What the validation of the e-mail address found.
    Email(EmailReason),
    /// What the search for sensitive information found.
    SensitiveInfo(SensitiveInfoReason),
    /// What the detection of attacks found.
    Shield(ShieldReason),
    /// What the detection of prompt injection found.
    PromptInjection(PromptInjectionReason),
    /// With [`Conclusion::Error`]: what was missing, one line.
    Error(Cow<'static, str>),
}

/// What the detection of bots found. Both lists hold first the ids and then the categories, sorted and without duplicates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BotReason {
    /// The detected bots that may pass, and the categories of an allow list that they belong to.
    pub allowed: Vec<&'static str>,
    /// The detected bots that are denied, and the categories of a deny list that they belong to.
    pub denied: Vec<&'static str>,
    /// What speaks for a bot where no bot of the list was found, so that a wrong `UNKNOWN_BOT` can be understood: `token:crawl`,
    /// `url-in-user-agent`, `library:okhttp`, `list:isbot`. Empty otherwise.
    pub signals: Vec<&'static str>,
    /// Whether a bot proved by its address to be what it says. The user agent alone proves nothing: always false here.
    pub verified: bool,
    /// Whether a bot was shown by its address not to be what it says. Always false here.
    pub spoofed: bool,
}
