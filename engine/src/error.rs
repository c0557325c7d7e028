//! What can be wrong with a configuration, found by `build()`.

use std::fmt;

/// A configuration that can't work: which field, why, and what is accepted instead.
///
/// Every fault of a configuration is found when it is built, so a program with a wrong one does not start.
///
/// ```
/// use arcjet_engine::{Arcjet, FixedWindow};
/// use std::time::Duration;
///
/// let error = Arcjet::builder().rule(FixedWindow::new(10, Duration::ZERO)).build().unwrap_err();
/// assert_eq!(error.field(), "rules[0].window");
/// assert_eq!(error.accepted(), "whole seconds from 1 to 4294967295");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    field: String,
    problem: String,
    accepted: String,
}

impl ConfigError {
    /// Names the `field`, the `problem` with its value, and the values that are `accepted`.
    pub fn new(field: impl Into<String>, problem: impl Into<String>, accepted: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
            accepted: accepted.into(),
        }
    }

    /// The path of the field, as in `rules[0].window`.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What is wrong with the value.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// The values that the field accepts.
    pub fn accepted(&self) -> &str {
        &self.accepted
    }

    /// The same error of a field inside `parent`.
    #[must_use]
    pub fn within(mut self, parent: &str) -> Self {
        self.field = format!("{parent}.{}", self.field);
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; accepted: {}", self.field, self.problem, self.accepted)
    }
}

impl std::error::Error for ConfigError {}
