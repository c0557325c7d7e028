//! What one decision did and how long it took, for traces.
//!
//! Most decisions are not traced, and for those this costs a look at a variable of the task for each stage.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use crate::decision::Decision;

tokio::task_local! {
    static CURRENT: RefCell<Observation>;
}

/// The parts of a decision, in the order in which they came to their end.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Observation {
    /// The stages that were gone through.
    pub stages: Vec<ObservedStage>,
    /// The results of the rules.
    pub rules: Vec<ObservedRule>,
}

/// A stage of a decision, with its name in `arcjet_stage_duration_seconds`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ObservedStage {
    /// `identify`, `remember`, `judge` or `decide`.
    pub name: &'static str,
    /// When it began.
    pub began: Instant,
    /// How long it took.
    pub took: Duration,
}

/// The result of a rule, in the words of `arcjet_rule_results_total`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ObservedRule {
    /// The kind of rule.
    pub rule: &'static str,
    /// What it concluded.
    pub conclusion: &'static str,
    /// Whether it was run, for real or in dry run.
    pub state: &'static str,
}

/// Runs a future to its end, and returns what it did besides.
pub async fn observe<F: Future>(future: F) -> (F::Output, Observation) {
    let observed = async {
        let output = future.await;
        (output, CURRENT.with(RefCell::take))
    };
    CURRENT.scope(RefCell::default(), observed).await
}

/// Notes a stage, if anybody wants to know; only then is it asked when it began and ended.
pub(crate) fn note_stage(name: &'static str, times: impl FnOnce() -> (Instant, Instant)) {
    // An error: this task is not observed.
    let _ = CURRENT.try_with(|current| {
        let (began, ended) = times();
        current.borrow_mut().stages.push(ObservedStage {
            name,
            began,
            took: ended.duration_since(began),
        });
    });
}

/// Notes the results of the rules, if anybody wants to know.
pub(crate) fn note_rules(decision: &Decision) {
    // An error: this task is not observed.
    let _ = CURRENT.try_with(|current| {
        let rules = decision.results().iter().map(|result| ObservedRule {
            rule: result.rule().as_str(),
            conclusion: result.conclusion().as_str(),
            state: result.state().as_str(),
        });
        current.borrow_mut().rules.extend(rules);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stages_are_noted_in_the_task_that_is_observed() {
        let began = Instant::now();
        let note = |name| note_stage(name, || (began, began + Duration::from_millis(1)));
        note("before");
        let ((), observation) = observe(async {
            note("first");
            tokio::task::yield_now().await;
            note("second");
        })
        .await;
        note("after");
        let stages = observation.stages.iter().map(|stage| (stage.name, stage.took));
        let took = Duration::from_millis(1);
        assert_eq!(stages.collect::<Vec<_>>(), [("first", took), ("second", took)]);
    }
}
