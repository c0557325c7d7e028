//! The rules of a set that read bodies, for what is judged after the rest of the request.

use super::{CompiledRule, Judge, Rule, RuleSet};
use crate::error::ConfigError;
use crate::sandbox::Sandbox;

impl RuleSet {
    /// A set of those rules that read bodies, with their ids; `None` if none does. A [`Shield`](super::Shield) among them
    /// gives clients no points: those of the request's head are given already.
    pub(crate) fn only_body_rules(&self, sandbox: &Sandbox) -> Result<Option<Self>, ConfigError> {
        let mut rules = Vec::new();
        for rule in &self.rules {
            let mut rule = rule.clone();
            if let Some(Rule::Shield(shield)) = &mut rule.source {
                shield.suspicion = None;
            }
            if rule.reads_bodies(sandbox)? {
                rules.push(rule);
            }
        }
        if rules.is_empty() {
            return Ok(None);
        }
        let local = rules
            .iter()
            .filter_map(|rule| Some((rule.local()?, rule.position)));
        let (local, positions): (Vec<_>, Vec<_>) = local.unzip();
        let local = match local.is_empty() {
            true => None,
            false => Some(sandbox.prepare(local, &positions).map_err(|(_, error)| error)?),
        };
        Ok(Some(Self {
            rules,
            local,
            plans: self.plans.clone(),
            characteristics: self.characteristics.clone(),
        }))
    }
}

impl CompiledRule {
    /// What the sandbox is configured with, if the sandbox judges it.
    fn local(&self) -> Option<Rule> {
        match (&self.judge, &self.source) {
            (Judge::Local, Some(source)) => Some(source.clone().without_code()),
            _ => None,
        }
    }

    fn reads_bodies(&self, sandbox: &Sandbox) -> Result<bool, ConfigError> {
        #[cfg(feature = "custom-rules")]
        if let Judge::Custom(custom) = &self.judge {
            return Ok(custom.body_window() > 0);
        }
        match self.local() {
            Some(rule) => {
                let alone = sandbox.prepare(vec![rule], &[self.position]);
                Ok(alone.map_err(|(_, error)| error)?.body_window() > 0)
            }
            None => Ok(false),
        }
    }
}
