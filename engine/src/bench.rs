//! A door for the benchmarks that compare sandboxed rules with native ones. Not covered by semantic versioning.

use std::sync::Arc;

use crate::decision::Conclusion;
use crate::error::ConfigError;
use crate::request::RequestDetails;
use crate::rule::Rule;
use crate::sandbox::{LocalRules, Sandbox, SandboxConfig};

/// Bundled rules in the sandbox, and nothing around them.
#[derive(Debug)]
pub struct SandboxedRules {
    sandbox: Sandbox,
    rules: Arc<LocalRules>,
}

impl SandboxedRules {
    /// Prepares the rules.
    ///
    /// # Errors
    ///
    /// A rule can't work.
    pub fn new(rules: Vec<Rule>, config: SandboxConfig) -> Result<Self, ConfigError> {
        let sandbox = Sandbox::new(config)?;
        let positions: Vec<usize> = (0..rules.len()).collect();
        let rules = sandbox.prepare(rules, &positions).map_err(|(_, error)| error)?;
        Ok(Self { sandbox, rules })
    }

    /// Judges a request: what the last rule that judged concluded. `None` if the sandbox failed.
    pub fn judge(&self, request: &RequestDetails) -> Option<Conclusion> {
        let outcomes = self.sandbox.judge(&self.rules, request, None, None, &[]).ok()?;
        outcomes.last().map(|outcome| outcome.conclusion)
    }
}

/// A custom rule, and nothing around it.
#[cfg(feature = "custom-rules")]
#[derive(Debug)]
pub struct SandboxedCustomRule(Arc<crate::sandbox::CustomSandbox>);

#[cfg(feature = "custom-rules")]
impl SandboxedCustomRule {
    /// Compiles and configures the rule.
    ///
    /// # Errors
    ///
    /// The rule can't work.
    pub fn new(rule: &crate::CustomRule) -> Result<Self, ConfigError> {
        rule.load().map(Self)
    }

    /// Judges a request on this thread's instance: whether it is denied. `None` if the rule failed.
    pub fn judge(&self, request: &RequestDetails) -> Option<bool> {
        self.0.judge(request, None).ok().map(|verdict| verdict.denied)
    }

    /// The same on an instance that is made for it.
    pub fn judge_afresh(&self, request: &RequestDetails) -> Option<bool> {
        self.0
            .judge_afresh(request, None)
            .ok()
            .map(|verdict| verdict.denied)
    }
}
