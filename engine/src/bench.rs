//! A door for the benchmark that compares the sandboxed rules with the native ones. Not covered by semantic versioning.

use std::sync::Arc;

use crate::decision::Conclusion;
use crate::error::ConfigError;
use crate::request::RequestDetails;
use crate::rule::Rule;
use crate::sandbox::{LocalRules, Sandbox, SandboxConfig};

/// One rule in the sandbox, and nothing around it.
#[derive(Debug)]
pub struct SandboxedRule {
    sandbox: Sandbox,
    rules: Arc<LocalRules>,
}

impl SandboxedRule {
    /// Prepares the rule.
    ///
    /// # Errors
    ///
    /// The rule can't work.
    pub fn new(rule: impl Into<Rule>, config: SandboxConfig) -> Result<Self, ConfigError> {
        let sandbox = Sandbox::new(config)?;
        let rules = sandbox
            .prepare(vec![rule.into()], &[0])
            .map_err(|(_, error)| error)?;
        Ok(Self { sandbox, rules })
    }

    /// Judges a request; `None` if the sandbox failed.
    pub fn judge(&self, request: &RequestDetails) -> Option<Conclusion> {
        let outcomes = self.sandbox.judge(&self.rules, request, None, None).ok()?;
        outcomes.first().map(|outcome| outcome.conclusion)
    }
}
