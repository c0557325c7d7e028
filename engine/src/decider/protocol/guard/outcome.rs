//! What a rule of a call concluded.

use std::borrow::Cow;

use super::limit;
use crate::limit::{LimitOutcome, Quota};
use crate::time::Timestamp;
use crate::wire::v2 as wire;
use crate::wire::v2::guard_rule_result::Result as WireResult;

/// What a rule concluded.
#[derive(Debug)]
pub(super) enum Outcome {
    /// A limit, judged at `now`.
    Limit {
        quota: Quota,
        outcome: LimitOutcome,
        now: Timestamp,
    },
    PromptInjection {
        detected: bool,
    },
    /// What the SDK found, as it says.
    SensitiveInfo(wire::ResultLocalSensitiveInfo),
    /// What the application's own rule said, as the SDK says.
    Custom(wire::ResultLocalCustom),
    /// It could not be judged.
    Error(RuleError),
    /// Nobody judged it.
    NotRun,
}

/// Why a rule could not be judged.
#[derive(Clone, Debug)]
pub(super) struct RuleError {
    code: Cow<'static, str>,
    message: String,
}

/// The kinds of faults.
///
/// The codes that official servers give are kept to where they are known: 1000 to 1999 are theirs, from 3000 on the SDKs'.
/// The numbers from 2000 on are this server's.
#[derive(Clone, Copy, Debug)]
pub(super) enum Code {
    /// The text to search is longer than 128 KiB.
    InjectionTextTooLong,
    /// The text to moderate is longer than 128 KiB.
    ModerationTextTooLong,
    /// A configuration or an input that can't work.
    InvalidRule,
    /// This server does not evaluate rules of the kind.
    Unsupported,
    /// The store of limits did not answer.
    Store,
    /// The detector failed.
    Detector,
}

impl Code {
    fn as_str(self) -> &'static str {
        match self {
            Self::InjectionTextTooLong => "AJ1131",
            Self::ModerationTextTooLong => "AJ1141",
            Self::InvalidRule => "AJ2001",
            Self::Unsupported => "AJ2002",
            Self::Store => "AJ2003",
            Self::Detector => "AJ2004",
        }
    }
}

impl RuleError {
    /// An error of this server's.
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code: Cow::Borrowed(code.as_str()),
            message: message.into(),
        }
    }
}

/// An error of the SDK's.
impl From<wire::ResultError> for RuleError {
    fn from(error: wire::ResultError) -> Self {
        Self {
            code: Cow::Owned(error.code),
            message: error.message,
        }
    }
}

impl Outcome {
    /// Whether it speaks against the call.
    pub(super) fn denies(&self) -> bool {
        match self {
            Self::Limit { outcome, .. } => !outcome.allowed,
            Self::PromptInjection { detected } => *detected,
            Self::SensitiveInfo(result) => result.conclusion() == wire::GuardConclusion::Deny,
            Self::Custom(result) => result.conclusion() == wire::GuardConclusion::Deny,
            Self::Error(_) | Self::NotRun => false,
        }
    }

    pub(super) fn into_wire(self) -> WireResult {
        let conclusion = match self.denies() {
            true => wire::GuardConclusion::Deny.into(),
            false => wire::GuardConclusion::Allow.into(),
        };
        match self {
            Self::Limit { quota, outcome, now } => {
                let reset_at = limit::reset_at_unix_seconds(&quota, &outcome, now);
                match quota {
                    Quota::TokenBucket {
                        refill_rate,
                        interval,
                        ..
                    } => WireResult::TokenBucket(wire::ResultTokenBucket {
                        conclusion,
                        remaining_tokens: outcome.remaining,
                        max_tokens: outcome.max,
                        reset_at_unix_seconds: reset_at,
                        refill_rate: refill_rate.get(),
                        refill_interval_seconds: interval.get(),
                    }),
                    Quota::FixedWindow { window, .. } => WireResult::FixedWindow(wire::ResultFixedWindow {
                        conclusion,
                        remaining_requests: outcome.remaining,
                        max_requests: outcome.max,
                        reset_at_unix_seconds: reset_at,
                        window_seconds: window.get(),
                    }),
                    Quota::SlidingWindow { interval, .. } => {
                        WireResult::SlidingWindow(wire::ResultSlidingWindow {
                            conclusion,
                            remaining_requests: outcome.remaining,
                            max_requests: outcome.max,
                            reset_at_unix_seconds: reset_at,
                            interval_seconds: interval.get(),
                        })
                    }
                }
            }
            Self::PromptInjection { detected } => WireResult::PromptInjection(wire::ResultPromptInjection {
                conclusion,
                detected,
                // Nothing is billed.
                billing: None,
            }),
            Self::SensitiveInfo(result) => WireResult::LocalSensitiveInfo(result),
            Self::Custom(result) => WireResult::LocalCustom(result),
            Self::Error(error) => WireResult::Error(wire::ResultError {
                message: error.message,
                code: error.code.into_owned(),
            }),
            Self::NotRun => WireResult::NotRun(wire::ResultNotRun {}),
        }
    }
}
