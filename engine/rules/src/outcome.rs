//! What rules conclude.

use crate::email::EmailReason;
use crate::filter::FilterReason;
use crate::prompt_injection::PromptInjectionReason;
use crate::sensitive_info::SensitiveInfoReason;
use crate::shield::ShieldReason;

/// The verdict of one rule on one request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Whether the request may pass, as far as this rule is concerned.
    pub conclusion: Conclusion,
    /// Why.
    pub reason: Reason,
}

impl Outcome {
    /// The outcome of a rule that can't judge for want of this.
    pub(crate) fn missing(input: MissingInput) -> Self {
        Self {
            conclusion: Conclusion::Error,
            reason: Reason::Error(input),
        }
    }
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
    /// With [`Conclusion::Error`]: what the request lacks.
    Error(MissingInput),
}

/// What a rule can't judge without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingInput {
    /// The header that names the client's program.
    UserAgent,
    /// [`Request::email`](crate::Request::email).
    Email,
    /// [`Request::sensitive_text`](crate::Request::sensitive_text).
    SensitiveText,
    /// [`Request::message`](crate::Request::message), or it is empty.
    Message,
}

impl MissingInput {
    /// What is missing, for people; one line. The first is what the official SDKs say.
    pub fn message(self) -> &'static str {
        match self {
            Self::UserAgent => "user-agent header is empty: bot detection requires user-agent header",
            Self::Email => "no e-mail address given: e-mail validation requires the request's email",
            Self::SensitiveText => "no text to search: the detection of sensitive information requires one",
            Self::Message => "no message to search: the detection of prompt injection requires one",
        }
    }
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
