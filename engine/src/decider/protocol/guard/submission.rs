//! A rule of a call with its input, and what has become of it.

use super::super::Site;
use super::limit;
use super::metrics::RuleResult;
use super::outcome::{Code, Outcome, RuleError};
use crate::id::type_id;
use crate::limit::{LimitKey, Quota};
use crate::rule::Mode;
use crate::time::Timestamp;
use crate::wire::v2 as wire;
use crate::wire::v2::guard_rule::Rule;

/// The longest text that is searched, in bytes, as in the protocol: 128 KiB.
const MOST_TEXT: usize = 128 << 10;

/// A rule of a call.
#[derive(Debug)]
pub(super) struct Submission {
    /// The SDK's names of the rule and of its input, by which it finds the result.
    config_id: String,
    input_id: String,
    pub(super) kind: Kind,
    pub(super) mode: Mode,
    pub(super) state: State,
}

/// How far a rule has come.
#[derive(Debug)]
pub(super) enum State {
    /// A limit to be checked.
    Limit {
        key: LimitKey,
        quota: Quota,
        requested: u32,
    },
    /// A text to be searched for prompt injection.
    Text(String),
    /// It is judged.
    Settled(Outcome),
}

/// The kind of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    TokenBucket,
    FixedWindow,
    SlidingWindow,
    PromptInjection,
    ModerateContent,
    SensitiveInfo,
    Custom,
    /// One that only a newer SDK knows.
    Unknown,
}

impl Submission {
    /// Reads a rule. What is wrong with it becomes its result.
    pub(super) fn from_wire(submission: wire::GuardRuleSubmission, site: Site) -> Self {
        let mode = match submission.mode() {
            wire::GuardRuleMode::DryRun => Mode::DryRun,
            wire::GuardRuleMode::Live | wire::GuardRuleMode::Unspecified => Mode::Live,
        };
        let (kind, state) = read(submission.rule.and_then(|rule| rule.rule), site);
        Self {
            config_id: submission.config_id,
            input_id: submission.input_id,
            kind,
            mode,
            state: state.unwrap_or_else(|error| State::Settled(Outcome::Error(error))),
        }
    }

    pub(super) fn settle(&mut self, outcome: Outcome) {
        self.state = State::Settled(outcome);
    }

    /// Whether it refuses the call.
    pub(super) fn denies(&self) -> bool {
        self.mode == Mode::Live && matches!(&self.state, State::Settled(outcome) if outcome.denies())
    }

    /// What became of it, for metrics.
    pub(super) fn result(&self) -> RuleResult {
        match &self.state {
            State::Limit { .. } | State::Text(_) | State::Settled(Outcome::NotRun) => RuleResult::NotRun,
            State::Settled(Outcome::Error(_)) => RuleResult::Error,
            State::Settled(outcome) if outcome.denies() => RuleResult::Deny,
            State::Settled(_) => RuleResult::Allow,
        }
    }

    pub(super) fn into_result(self, now: Timestamp) -> wire::GuardRuleResult {
        let outcome = match self.state {
            State::Settled(outcome) => outcome,
            State::Limit { .. } | State::Text(_) => Outcome::NotRun,
        };
        wire::GuardRuleResult {
            result_id: type_id("gres", now),
            config_id: self.config_id,
            input_id: self.input_id,
            r#type: self.kind.to_wire().into(),
            source: wire::GuardRuleSource::Sdk.into(),
            execution: self.kind.execution().into(),
            mode: match self.mode {
                Mode::Live => wire::GuardRuleMode::Live.into(),
                Mode::DryRun => wire::GuardRuleMode::DryRun.into(),
            },
            result: Some(outcome.into_wire()),
        }
    }
}

fn read(rule: Option<Rule>, site: Site) -> (Kind, Result<State, RuleError>) {
    match rule {
        Some(Rule::TokenBucket(rule)) => (Kind::TokenBucket, limit::token_bucket(&rule, site)),
        Some(Rule::FixedWindow(rule)) => (Kind::FixedWindow, limit::fixed_window(&rule, site)),
        Some(Rule::SlidingWindow(rule)) => (Kind::SlidingWindow, limit::sliding_window(&rule, site)),
        Some(Rule::DetectPromptInjection(rule)) => (Kind::PromptInjection, text(rule.input_text)),
        Some(Rule::ModerateContent(rule)) => (Kind::ModerateContent, Err(unmoderated(&rule.input_text))),
        Some(Rule::LocalSensitiveInfo(rule)) => (Kind::SensitiveInfo, sensitive_info(rule)),
        Some(Rule::LocalCustom(rule)) => (Kind::Custom, custom(rule)),
        None => {
            let message = "a rule of a kind that this server does not know";
            (Kind::Unknown, Err(RuleError::new(Code::Unsupported, message)))
        }
    }
}

fn text(text: String) -> Result<State, RuleError> {
    if text.is_empty() {
        return Err(RuleError::new(
            Code::InvalidRule,
            "input_text: empty; accepted: text",
        ));
    }
    if text.len() > MOST_TEXT {
        return Err(RuleError::new(Code::InjectionTextTooLong, too_long(&text)));
    }
    Ok(State::Text(text))
}

/// Allowing what nobody looked at would be a lie, so it is an error, which SDKs show.
fn unmoderated(text: &str) -> RuleError {
    if text.len() > MOST_TEXT {
        return RuleError::new(Code::ModerationTextTooLong, too_long(text));
    }
    RuleError::new(
        Code::Unsupported,
        "moderate content: this server does not moderate content, so nobody looked at the text and nothing was denied; \
         take the rule out, or moderate in the application and send what came of it as a custom rule",
    )
}

fn too_long(text: &str) -> String {
    format!("input_text: {} bytes; accepted: at most {MOST_TEXT}", text.len())
}

/// Takes over what the SDK found in a text that stays with it.
fn sensitive_info(rule: wire::RuleLocalSensitiveInfo) -> Result<State, RuleError> {
    use wire::rule_local_sensitive_info::LocalResult;
    Ok(State::Settled(match rule.local_result {
        Some(LocalResult::ResultComputed(result)) => {
            concluded(result.conclusion)?;
            Outcome::SensitiveInfo(result)
        }
        Some(LocalResult::ResultError(error)) => Outcome::Error(error.into()),
        Some(LocalResult::ResultNotRun(_)) => Outcome::NotRun,
        None => return Err(no_result()),
    }))
}

/// Takes over what a rule of the application's own said.
fn custom(rule: wire::RuleLocalCustom) -> Result<State, RuleError> {
    use wire::rule_local_custom::LocalResult;
    Ok(State::Settled(match rule.local_result {
        Some(LocalResult::ResultComputed(result)) => {
            concluded(result.conclusion)?;
            Outcome::Custom(result)
        }
        Some(LocalResult::ResultError(error)) => Outcome::Error(error.into()),
        Some(LocalResult::ResultNotRun(_)) => Outcome::NotRun,
        None => return Err(no_result()),
    }))
}

fn concluded(conclusion: i32) -> Result<(), RuleError> {
    match wire::GuardConclusion::try_from(conclusion) {
        Ok(wire::GuardConclusion::Allow | wire::GuardConclusion::Deny) => Ok(()),
        Ok(wire::GuardConclusion::Unspecified) | Err(_) => Err(RuleError::new(
            Code::InvalidRule,
            "result_computed.conclusion: none; accepted: ALLOW, DENY",
        )),
    }
}

fn no_result() -> RuleError {
    RuleError::new(
        Code::InvalidRule,
        "local_result: none; accepted: one of result_computed, result_error, result_not_run",
    )
}

impl Kind {
    /// All of them, in the order of their declaration.
    pub(super) const ALL: [Self; 8] = [
        Self::TokenBucket,
        Self::FixedWindow,
        Self::SlidingWindow,
        Self::PromptInjection,
        Self::ModerateContent,
        Self::SensitiveInfo,
        Self::Custom,
        Self::Unknown,
    ];

    /// The name in metrics, as in `fixed_window`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::TokenBucket => "token_bucket",
            Self::FixedWindow => "fixed_window",
            Self::SlidingWindow => "sliding_window",
            Self::PromptInjection => "prompt_injection",
            Self::ModerateContent => "moderate_content",
            Self::SensitiveInfo => "sensitive_info",
            Self::Custom => "custom",
            Self::Unknown => "unknown",
        }
    }

    fn to_wire(self) -> wire::GuardRuleType {
        match self {
            Self::TokenBucket => wire::GuardRuleType::TokenBucket,
            Self::FixedWindow => wire::GuardRuleType::FixedWindow,
            Self::SlidingWindow => wire::GuardRuleType::SlidingWindow,
            Self::PromptInjection => wire::GuardRuleType::PromptInjection,
            Self::ModerateContent => wire::GuardRuleType::ModerateContent,
            Self::SensitiveInfo => wire::GuardRuleType::LocalSensitiveInfo,
            Self::Custom => wire::GuardRuleType::LocalCustom,
            Self::Unknown => wire::GuardRuleType::Unspecified,
        }
    }

    fn execution(self) -> wire::GuardRuleExecution {
        match self {
            Self::SensitiveInfo | Self::Custom => wire::GuardRuleExecution::Sdk,
            _ => wire::GuardRuleExecution::Server,
        }
    }

    /// The reason of a decision that this rule denies.
    pub(super) fn reason(self) -> wire::GuardReason {
        match self {
            Self::SensitiveInfo => wire::GuardReason::SensitiveInfo,
            Self::TokenBucket | Self::FixedWindow | Self::SlidingWindow => wire::GuardReason::RateLimit,
            Self::PromptInjection => wire::GuardReason::PromptInjection,
            Self::ModerateContent => wire::GuardReason::ModerateContent,
            Self::Custom => wire::GuardReason::Custom,
            Self::Unknown => wire::GuardReason::Unspecified,
        }
    }

    /// Whose reason a decision has when several rules deny: the least number wins. The order is the one that the SDKs document.
    pub(super) fn precedence(self) -> u8 {
        match self {
            Self::SensitiveInfo => 0,
            Self::TokenBucket | Self::FixedWindow | Self::SlidingWindow => 1,
            Self::PromptInjection => 2,
            Self::ModerateContent => 3,
            Self::Custom => 4,
            Self::Unknown => 5,
        }
    }
}
