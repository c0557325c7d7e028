//! What the store counts about itself.

use std::time::Duration;

use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};

use super::error::ErrorKind;

const DURATION: &str = "arcjet_store_call_duration_seconds";
const ERRORS: &str = "arcjet_store_errors_total";
const OPEN: &str = "arcjet_store_circuits_open";
const CONNECTS: &str = "arcjet_store_connects_total";
const RELOADS: &str = "arcjet_store_script_reloads_total";
const GIVEN_BACK: &str = "arcjet_store_decisions_given_back_total";

/// Handles, looked up once.
pub(super) struct Metrics {
    duration: Histogram,
    errors: [Counter; ErrorKind::ALL.len()],
    /// Circuits that are open; each node has one.
    pub(super) open: Gauge,
    pub(super) connects: Counter,
    pub(super) failed_connects: Counter,
    pub(super) reloads: Counter,
    pub(super) given_back: Counter,
    pub(super) not_given_back: Counter,
}

impl Metrics {
    pub(super) fn new() -> Self {
        describe_histogram!(
            DURATION,
            Unit::Seconds,
            "Time that a decision waited for the store."
        );
        describe_counter!(ERRORS, "Decisions that the store did not answer, by kind.");
        describe_gauge!(
            OPEN,
            "Nodes of the store that are not called, because they do not answer."
        );
        describe_counter!(CONNECTS, "Attempts to connect to the store, by result.");
        describe_counter!(
            RELOADS,
            "Scripts that the server had forgotten and was sent again."
        );
        describe_counter!(
            GIVEN_BACK,
            "Decisions over several nodes that were denied on one after another had counted them, by what became of that."
        );
        Self {
            duration: histogram!(DURATION),
            errors: ErrorKind::ALL.map(|kind| counter!(ERRORS, "kind" => kind.as_str())),
            open: gauge!(OPEN),
            connects: counter!(CONNECTS, "result" => "ok"),
            failed_connects: counter!(CONNECTS, "result" => "error"),
            reloads: counter!(RELOADS),
            given_back: counter!(GIVEN_BACK, "result" => "ok"),
            not_given_back: counter!(GIVEN_BACK, "result" => "error"),
        }
    }

    pub(super) fn answered(&self, after: Duration) {
        self.duration.record(after);
    }

    pub(super) fn failed(&self, kind: ErrorKind) {
        self.errors[kind as usize].increment(1);
    }
}
