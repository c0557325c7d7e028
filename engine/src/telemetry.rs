//! Metrics of the request path, through the [`metrics`] facade: free until the program installs a recorder.
//!
//! Handles are made once, when a client is built, so a recorder must be installed before `build()`.

use std::cell::Cell;
use std::time::Instant;

use metrics::{Counter, Histogram, IntoF64, counter, histogram};

use crate::decision::{Conclusion, Decision, Reason, RuleState, ShieldReason};
use crate::rule::RuleKind;

/// The metrics of one client and of all clients derived from it.
pub(crate) struct Telemetry {
    decisions: [Counter; 4],
    rules: [RuleMetrics; RuleKind::ALL.len()],
    /// Requests that added points to their client, and those that were denied for the points.
    suspicions: [Counter; 2],
    late_bodies: Counter,
    protect: Histogram,
    stages: [Histogram; Stage::ALL.len()],
}

/// The part of the way that a histogram is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Identify,
    Remember,
    Judge,
    Decide,
}

impl Stage {
    const ALL: [Self; 4] = [Self::Identify, Self::Remember, Self::Judge, Self::Decide];

    fn as_str(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Remember => "remember",
            Self::Judge => "judge",
            Self::Decide => "decide",
        }
    }
}

struct RuleMetrics {
    allowed: Counter,
    allowed_dry_run: Counter,
    denied: Counter,
    denied_cached: Counter,
    denied_dry_run: Counter,
    errors: Counter,
    errors_dry_run: Counter,
}

impl Telemetry {
    pub(crate) fn new() -> Self {
        Self {
            decisions: [
                Conclusion::Allow,
                Conclusion::Deny,
                Conclusion::Challenge,
                Conclusion::Error,
            ]
            .map(|conclusion| counter!("arcjet_decisions_total", "conclusion" => conclusion.as_str())),
            rules: RuleKind::ALL.map(|kind| {
                let result = |conclusion: Conclusion, state: RuleState| {
                    counter!(
                        "arcjet_rule_results_total",
                        "rule" => kind.as_str(),
                        "conclusion" => conclusion.as_str(),
                        "state" => state.as_str()
                    )
                };
                RuleMetrics {
                    allowed: result(Conclusion::Allow, RuleState::Run),
                    allowed_dry_run: result(Conclusion::Allow, RuleState::DryRun),
                    denied: result(Conclusion::Deny, RuleState::Run),
                    denied_cached: result(Conclusion::Deny, RuleState::Cached),
                    denied_dry_run: result(Conclusion::Deny, RuleState::DryRun),
                    errors: result(Conclusion::Error, RuleState::Run),
                    errors_dry_run: result(Conclusion::Error, RuleState::DryRun),
                }
            }),
            suspicions: [Conclusion::Allow, Conclusion::Deny].map(
                |conclusion| counter!("arcjet_shield_suspicions_total", "conclusion" => conclusion.as_str()),
            ),
            late_bodies: counter!("arcjet_late_bodies_total"),
            protect: histogram!("arcjet_protect_duration_seconds"),
            stages: Stage::ALL
                .map(|stage| histogram!("arcjet_stage_duration_seconds", "stage" => stage.as_str())),
        }
    }

    /// Counts a decision and the results of its rules.
    pub(crate) fn count(&self, decision: &Decision) {
        #[cfg(feature = "wire")]
        crate::observation::note_rules(decision);
        let conclusion = match decision.conclusion() {
            Conclusion::Allow => 0,
            Conclusion::Deny => 1,
            Conclusion::Challenge => 2,
            Conclusion::Error => 3,
        };
        if let Some(counter) = self.decisions.get(conclusion) {
            counter.increment(1);
        }
        for result in decision.results() {
            if let Reason::Shield(ShieldReason {
                points: Some(_),
                suspicious,
                ..
            }) = &result.reason
            {
                self.suspicions[usize::from(*suspicious)].increment(1);
            }
            let Some(metrics) = self.rules.get(result.rule as usize) else {
                continue;
            };
            match (result.conclusion, result.state) {
                (_, RuleState::NotRun) => {}
                (Conclusion::Error, RuleState::DryRun) => metrics.errors_dry_run.increment(1),
                (Conclusion::Error, _) => metrics.errors.increment(1),
                (Conclusion::Deny, RuleState::Cached) => metrics.denied_cached.increment(1),
                (Conclusion::Deny, RuleState::DryRun) => metrics.denied_dry_run.increment(1),
                (Conclusion::Deny | Conclusion::Challenge, _) => metrics.denied.increment(1),
                (Conclusion::Allow, RuleState::DryRun) => metrics.allowed_dry_run.increment(1),
                (Conclusion::Allow, _) => metrics.allowed.increment(1),
            }
        }
    }

    /// Counts a body that did not come in time.
    pub(crate) fn count_late_body(&self) {
        self.late_bodies.increment(1);
    }

    /// Starts the clock of one request.
    pub(crate) fn start(&self) -> Timer<'_> {
        let now = Instant::now();
        Timer {
            telemetry: self,
            started: now,
            stage_started: Cell::new(now),
        }
    }
}

impl std::fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telemetry").finish_non_exhaustive()
    }
}

/// Measures the stages of one request.
pub(crate) struct Timer<'a> {
    telemetry: &'a Telemetry,
    started: Instant,
    stage_started: Cell<Instant>,
}

impl Timer<'_> {
    /// Ends a stage; the next one begins.
    pub(crate) fn end(&self, stage: Stage) {
        #[cfg(feature = "wire")]
        let began = self.stage_started.get();
        if let Some(histogram) = self.telemetry.stages.get(stage as usize) {
            histogram.record(Lap(&self.stage_started));
        }
        #[cfg(feature = "wire")]
        crate::observation::note_stage(stage.as_str(), || {
            // Without a recorder the clock was not read.
            if self.stage_started.get() == began {
                self.stage_started.set(Instant::now());
            }
            (began, self.stage_started.get())
        });
    }

    /// Ends the whole, with the last stage.
    pub(crate) fn finish(&self) {
        self.telemetry
            .protect
            .record(self.stage_started.get().duration_since(self.started));
    }
}

/// The time since the cell's instant; taking it moves the cell to now.
///
/// A histogram that nobody records asks for no value, and then the clock isn't read: reading it for each stage takes as
/// long as a rate limit.
struct Lap<'a>(&'a Cell<Instant>);

impl IntoF64 for Lap<'_> {
    fn into_f64(self) -> f64 {
        let now = Instant::now();
        now.duration_since(self.0.replace(now)).into_f64()
    }
}
