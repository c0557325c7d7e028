//! What was decided about a request, and everything it was built from.

mod findings;
mod inspect;
mod ip;
mod lazy_details;
mod reason;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use findings::Findings;
#[cfg(any(feature = "mmdb", feature = "remote"))]
pub(crate) use ip::Location;
pub(crate) use ip::{Flags, Text};
pub use ip::{IpDetails, IpFlag, ThreatIntelligence};
pub(crate) use lazy_details::LazyDetails;
pub use reason::{
    BotReason, CustomReason, EmailReason, ErrorReason, ErrorSource, FilterReason, MissingInput,
    PromptInjectionReason, RateLimitReason, Reason, SensitiveInfoReason, SensitiveSpan, ShieldDetection,
    ShieldReason, SuspicionPoints,
};

pub use crate::client_ip::{ClientIp, Provenance};
use crate::fingerprint::Fingerprint;
pub use crate::id::DecisionId;
use crate::rule::{RuleId, RuleKind};

/// The outcome of [`Arcjet::protect`](crate::Arcjet::protect). Cheap to clone.
///
/// Ask [`is_denied`](Self::is_denied): it already accounts for the [`FailPolicy`] where something failed.
#[derive(Clone)]
pub struct Decision(Arc<DecisionParts>);

/// What a decision is made of, before it is sealed.
#[derive(Clone, Debug)]
pub(crate) struct DecisionParts {
    pub(crate) id: DecisionId,
    pub(crate) conclusion: Conclusion,
    /// The index of the result whose reason is the decision's.
    pub(crate) deciding: Option<usize>,
    pub(crate) results: Vec<RuleResult>,
    pub(crate) ttl: u32,
    pub(crate) client_ip: Option<ClientIp>,
    pub(crate) ip_details: LazyDetails,
    pub(crate) answers: AnswerPolicy,
}

/// What a configuration says about the answers to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AnswerPolicy {
    /// What becomes of requests that could not be judged.
    pub(crate) fail: FailPolicy,
    /// Whether clients are told where they stand with their rate limits.
    pub(crate) shows_limits: bool,
}

impl Default for AnswerPolicy {
    fn default() -> Self {
        Self {
            fail: FailPolicy::default(),
            shows_limits: true,
        }
    }
}

impl From<DecisionParts> for Decision {
    fn from(parts: DecisionParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Decision {
    /// The id, for logs and support.
    pub fn id(&self) -> &DecisionId {
        &self.0.id
    }

    /// What the rules concluded.
    pub fn conclusion(&self) -> Conclusion {
        self.0.conclusion
    }

    /// Why: the reason of the rule that decided. An allowed request carries the reason of the rate limit that is
    /// nearest to its end, or [`Reason::None`].
    pub fn reason(&self) -> &Reason {
        let deciding = self.0.deciding.and_then(|index| self.0.results.get(index));
        deciding.map_or(&Reason::None, |result| &result.reason)
    }

    /// One result for each rule, in the order in which rules are judged.
    pub fn results(&self) -> &[RuleResult] {
        &self.0.results
    }

    /// For how long this decision holds; zero if it must be made anew for every request. Resolution: one second.
    pub fn ttl(&self) -> Duration {
        Duration::from_secs(self.0.ttl.into())
    }

    /// Whether the request should be answered with a refusal: a rule denied it, or something failed and the
    /// policy is [`FailPolicy::Closed`].
    pub fn is_denied(&self) -> bool {
        match self.0.conclusion {
            Conclusion::Deny | Conclusion::Challenge => true,
            Conclusion::Error => self.0.answers.fail == FailPolicy::Closed,
            Conclusion::Allow => false,
        }
    }

    /// The opposite of [`is_denied`](Self::is_denied).
    pub fn is_allowed(&self) -> bool {
        !self.is_denied()
    }

    /// Whether something failed, whatever the policy made of it.
    pub fn is_errored(&self) -> bool {
        self.0.conclusion == Conclusion::Error
    }

    /// The client's address and where it came from, if there was one.
    pub fn client_ip(&self) -> Option<&ClientIp> {
        self.0.client_ip.as_ref()
    }

    /// What is known about the client's address, by the tables as they were when the request came
    /// ([`Reputation`](crate::reputation::Reputation)) or by the decision server, if it was asked; `None` if nothing is.
    ///
    /// The first call looks it up.
    pub fn ip_details(&self) -> Option<&IpDetails> {
        self.0.ip_details.get()
    }

    /// The policy that applied to failures.
    pub fn fail_policy(&self) -> FailPolicy {
        self.0.answers.fail
    }

    /// Whether answers carry the rate limits.
    pub(crate) fn shows_limits(&self) -> bool {
        self.0.answers.shows_limits
    }

    /// The reasons of all rate limits that judged this request.
    pub fn rate_limits(&self) -> impl Iterator<Item = &RateLimitReason> {
        self.results().iter().filter_map(|result| match &result.reason {
            Reason::RateLimit(reason) => Some(reason),
            _ => None,
        })
    }

    #[cfg(any(feature = "remote", feature = "wire"))]
    pub(crate) fn parts(&self) -> &DecisionParts {
        &self.0
    }
}

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What rules conclude about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Conclusion {
    /// Nothing speaks against it.
    Allow,
    /// A rule refuses it.
    Deny,
    /// A rule wants a proof of humanity first. Part of the wire protocol; no rule here concludes it.
    Challenge,
    /// No rule refused, and at least one could not judge.
    Error,
}

impl Conclusion {
    /// The name in metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Challenge => "challenge",
            Self::Error => "error",
        }
    }
}

/// What becomes of a request that could not be judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FailPolicy {
    /// It is allowed: a fault in the protection never takes the application down. The default.
    #[default]
    Open,
    /// It is denied.
    Closed,
}

/// How a rule came to its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RuleState {
    /// It judged this request.
    Run,
    /// It did not judge: an earlier rule had decided, or nobody here can answer it.
    NotRun,
    /// It judged, and its conclusion does not count.
    DryRun,
    /// An earlier denial of the same client still holds.
    Cached,
}

impl RuleState {
    /// The name in metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::NotRun => "not_run",
            Self::DryRun => "dry_run",
            Self::Cached => "cached",
        }
    }
}

/// What one rule says about a request.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleResult {
    pub(crate) rule_id: Option<RuleId>,
    pub(crate) rule: RuleKind,
    pub(crate) state: RuleState,
    pub(crate) conclusion: Conclusion,
    pub(crate) reason: Reason,
    pub(crate) ttl: u32,
    pub(crate) fingerprint: Option<Fingerprint>,
}

impl RuleResult {
    /// The id of the rule: a digest of its configuration, equal in all SDKs. Every rule of a built client has one.
    pub fn rule_id(&self) -> Option<RuleId> {
        self.rule_id
    }

    /// The kind of rule.
    pub fn rule(&self) -> RuleKind {
        self.rule
    }

    /// How the rule came to its result.
    pub fn state(&self) -> RuleState {
        self.state
    }

    /// What the rule concludes. It counts unless the state is [`RuleState::DryRun`] or [`RuleState::NotRun`].
    pub fn conclusion(&self) -> Conclusion {
        self.conclusion
    }

    /// Why.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// For how long the result holds; zero if it must not be reused.
    pub fn ttl(&self) -> Duration {
        Duration::from_secs(self.ttl.into())
    }

    /// Who the rule counted this request for; `None` if that could not be determined.
    pub fn fingerprint(&self) -> Option<&Fingerprint> {
        self.fingerprint.as_ref()
    }

    /// Whether this result refuses the request.
    pub fn denies(&self) -> bool {
        self.conclusion == Conclusion::Deny && !matches!(self.state, RuleState::DryRun | RuleState::NotRun)
    }
}
