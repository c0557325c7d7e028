//! What can be wrong with sources.

use std::fmt;

use crate::error::ConfigError;

/// A source that can't be used: which one, where in it, why, and what is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReputationError {
    source: String,
    line: Option<usize>,
    problem: String,
    accepted: String,
}

impl ReputationError {
    pub(super) fn new(
        source: impl Into<String>,
        line: Option<usize>,
        problem: impl Into<String>,
        accepted: impl Into<String>,
    ) -> Self {
        Self {
            source: source.into(),
            line,
            problem: problem.into(),
            accepted: accepted.into(),
        }
    }

    /// The file or, where there is none, the name of the source.
    pub fn source_name(&self) -> &str {
        &self.source
    }

    /// The line, from 1, if the fault is in one.
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// What is wrong.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// What would have been accepted.
    pub fn accepted(&self) -> &str {
        &self.accepted
    }
}

impl fmt::Display for ReputationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}; accepted: {}", self.problem, self.accepted)
    }
}

impl std::error::Error for ReputationError {}

impl From<ReputationError> for ConfigError {
    fn from(error: ReputationError) -> Self {
        let place = error.line.map(|line| format!(":{line}")).unwrap_or_default();
        Self::new(
            "reputation",
            format!("{}{place}: {}", error.source, error.problem),
            error.accepted,
        )
    }
}
