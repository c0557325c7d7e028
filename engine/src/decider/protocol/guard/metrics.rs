//! What is counted about guarded calls.

use std::fmt;
use std::sync::OnceLock;

use metrics::{Counter, counter};

use super::submission::Kind;
use crate::rule::Mode;

/// Counters of guarded calls, registered with the first call: servers without such clients do not show them.
#[derive(Default)]
pub(in crate::decider::protocol) struct GuardMetrics {
    calls: OnceLock<Calls>,
    events: OnceLock<Events>,
}

struct Calls {
    allowed: Counter,
    denied: Counter,
    /// By kind, mode and result.
    results: [[[Counter; RuleResult::ALL.len()]; 2]; Kind::ALL.len()],
}

struct Events {
    accepted: Counter,
    invalid: Counter,
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RuleResult {
    Allow,
    Deny,
    Error,
    NotRun,
}

impl RuleResult {
    const ALL: [Self; 4] = [Self::Allow, Self::Deny, Self::Error, Self::NotRun];

    fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Error => "error",
            Self::NotRun => "not_run",
        }
    }
}

impl GuardMetrics {
    /// Counts a decision with the results of its rules.
    pub(super) fn count(&self, denied: bool, results: impl Iterator<Item = (Kind, Mode, RuleResult)>) {
        let calls = self.calls.get_or_init(Calls::new);
        if denied { &calls.denied } else { &calls.allowed }.increment(1);
        for (kind, mode, result) in results {
            calls.results[kind as usize][mode as usize][result as usize].increment(1);
        }
    }

    /// Counts events that were captured.
    pub(super) fn count_events(&self, accepted: usize, invalid: usize) {
        let events = self.events.get_or_init(Events::new);
        events.accepted.increment(accepted as u64);
        events.invalid.increment(invalid as u64);
    }
}

impl fmt::Debug for GuardMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardMetrics").finish_non_exhaustive()
    }
}

impl Calls {
    fn new() -> Self {
        let decisions = |conclusion| counter!("arcjet_guard_decisions_total", "conclusion" => conclusion);
        Self {
            allowed: decisions("allow"),
            denied: decisions("deny"),
            results: Kind::ALL.map(|kind| {
                ["live", "dry_run"].map(|mode| {
                    RuleResult::ALL.map(|result| {
                        counter!(
                            "arcjet_guard_rule_results_total",
                            "rule" => kind.as_str(), "mode" => mode, "result" => result.as_str()
                        )
                    })
                })
            }),
        }
    }
}

impl Events {
    fn new() -> Self {
        let events = |result| counter!("arcjet_captured_events_total", "result" => result);
        Self {
            accepted: events("accepted"),
            invalid: events("invalid"),
        }
    }
}
