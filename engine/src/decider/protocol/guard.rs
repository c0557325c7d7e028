//! Decides about guarded calls: what an application does without an HTTP request, such as the tools of its agents.
//!
//! An SDK sends the rules of one call, each with its input, or with its result if it judged the rule itself. The order here is:
//! the results of the SDK, then texts, then all limits at once. The first live denial ends it: what has not been judged by then
//! did not run, so a denied call consumes nothing.

mod capture;
mod limit;
mod metadata;
mod metrics;
mod name;
mod notes;
mod outcome;
mod submission;
#[cfg(test)]
mod tests;
mod text;

use smallvec::SmallVec;

pub(super) use self::metrics::GuardMetrics;
use self::metrics::RuleResult;
use self::outcome::{Code, Outcome, RuleError};
use self::submission::{Kind, State, Submission};
use super::{ProtocolDecider, Site};
use crate::id::type_id;
use crate::limit::{LimitCheck, LimitStore};
use crate::rule::Mode;
use crate::sandbox::Sandbox;
use crate::time::Timestamp;
use crate::wire::v2 as wire;

/// The most rules in one call.
const MOST_SUBMISSIONS: usize = 100;

impl<S: LimitStore> ProtocolDecider<S> {
    /// Decides one guarded call of a site. Faults of single rules are in their results, in the order of the submissions; what
    /// else is wrong with the request is in `errors`, and changes nothing.
    pub async fn guard(&self, site: Site, request: wire::GuardRequest) -> wire::GuardResponse {
        let inner = &*self.inner;
        let now = inner.clock.now();
        let errors = notes::about(&request);
        let policy_evaluation = policy_evaluation(&request);
        let mut call = Call::new(request.rule_submissions, site);
        call.judge_texts(&inner.sandbox).await;
        call.check_limits(inner.embedded.store(), now).await;
        inner.guard.count(call.is_denied(), call.results());
        let decision = wire::GuardDecision {
            policy_evaluation: Some(policy_evaluation),
            ..call.conclude(now)
        };
        tracing::debug!(
            id = decision.id,
            conclusion = decision.conclusion().as_str_name(),
            reason = decision.reason().as_str_name(),
            warnings = errors.len(),
            "guard"
        );
        wire::GuardResponse {
            decision: Some(decision),
            errors,
        }
    }

    /// The policy of a label: there is none, because this server has no policies. SDKs remember that for some minutes.
    pub fn guard_policy(
        &self,
        _site: Site,
        _request: &wire::GetGuardPolicyRequest,
    ) -> wire::GetGuardPolicyResponse {
        wire::GetGuardPolicyResponse {
            status: wire::GuardPolicyLookupStatus::NotConfigured.into(),
            policy: None,
            server_time_unix_ms: self.inner.clock.now().as_millis(),
        }
    }
}

/// Says that no policy took part.
///
/// A client that nevertheless judged by one has it from another server, and may have been denied by it: that must not look like
/// a call that nothing spoke against, so the client is told that its policy was not evaluated and to ask for it again.
fn policy_evaluation(request: &wire::GuardRequest) -> wire::GuardPolicyEvaluation {
    let judged_by_policy =
        !request.local_policy_revision.is_empty() || !request.local_policy_results.is_empty();
    let status = if judged_by_policy {
        wire::GuardPolicyStatus::Unavailable
    } else {
        wire::GuardPolicyStatus::NotConfigured
    };
    wire::GuardPolicyEvaluation {
        revision: String::new(),
        status: status.into(),
        refresh_required: judged_by_policy,
    }
}

/// One call on its way through its rules.
struct Call {
    submissions: Vec<Submission>,
}

impl Call {
    fn new(submissions: Vec<wire::GuardRuleSubmission>, site: Site) -> Self {
        let count = submissions.len();
        let mut submissions: Vec<Submission> = submissions
            .into_iter()
            .map(|submission| Submission::from_wire(submission, site))
            .collect();
        if count > MOST_SUBMISSIONS {
            for submission in &mut submissions {
                submission.settle(Outcome::Error(RuleError::new(
                    Code::InvalidRule,
                    format!("{count} rules in one call; accepted: at most {MOST_SUBMISSIONS}"),
                )));
            }
        }
        Self { submissions }
    }

    fn is_denied(&self) -> bool {
        self.submissions.iter().any(Submission::denies)
    }

    /// What became of each rule, for metrics.
    fn results(&self) -> impl Iterator<Item = (Kind, Mode, RuleResult)> {
        self.submissions
            .iter()
            .map(|submission| (submission.kind, submission.mode, submission.result()))
    }

    /// Searches the texts for prompt injection, one after the other, until a live rule denies.
    async fn judge_texts(&mut self, sandbox: &Sandbox) {
        let mut denied = self.is_denied();
        for submission in &mut self.submissions {
            if denied {
                return;
            }
            if let State::Text(text) = &mut submission.state {
                let text = std::mem::take(text);
                submission.settle(text::search(sandbox, &text).await);
                denied = submission.denies();
            }
        }
    }

    /// Checks all limits at once, unless the call is denied already.
    async fn check_limits(&mut self, store: &impl LimitStore, now: Timestamp) {
        if self.is_denied() {
            return;
        }
        let checks: SmallVec<[LimitCheck; 4]> = self
            .submissions
            .iter()
            .filter_map(|submission| match submission.state {
                State::Limit {
                    key,
                    quota,
                    requested,
                } => Some(LimitCheck {
                    key,
                    quota,
                    requested,
                    dry_run: submission.mode == Mode::DryRun,
                }),
                _ => None,
            })
            .collect();
        if checks.is_empty() {
            return;
        }
        let answer = store.check(&checks, now).await;
        let failure = answer.as_ref().err().map(|error| {
            tracing::warn!(%error, "the store of rate limits failed");
            RuleError::new(Code::Store, error.to_string())
        });
        let mut outcomes = answer.iter().flatten();
        for submission in &mut self.submissions {
            let State::Limit { quota, .. } = submission.state else {
                continue;
            };
            match (outcomes.next(), &failure) {
                (Some(&outcome), _) => submission.settle(Outcome::Limit { quota, outcome, now }),
                (None, Some(failure)) => submission.settle(Outcome::Error(failure.clone())),
                // A store has one outcome for each check.
                (None, None) => {}
            }
        }
    }

    /// Concludes: a live denial denies, and the most telling of them gives the reason. Errors let the call pass; SDKs show them
    /// and know what the application wants then.
    fn conclude(self, now: Timestamp) -> wire::GuardDecision {
        let reason = self
            .submissions
            .iter()
            .filter(|submission| submission.denies())
            .map(|submission| submission.kind)
            .min_by_key(|kind| kind.precedence())
            .map(|kind| kind.reason());
        wire::GuardDecision {
            id: type_id("gdec", now),
            conclusion: match reason {
                Some(_) => wire::GuardConclusion::Deny.into(),
                None => wire::GuardConclusion::Allow.into(),
            },
            reason: reason.unwrap_or_default().into(),
            rule_results: self
                .submissions
                .into_iter()
                .map(|submission| submission.into_result(now))
                .collect(),
            ..wire::GuardDecision::default()
        }
    }
}
