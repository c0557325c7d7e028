//! Rules made ready: parsed, given ids, put in order.

use std::sync::Arc;

use super::{Characteristic, FixedWindow, Mode, Rule, RuleId, RuleKind, SlidingWindow, TokenBucket};
use crate::decision::ErrorReason;
use crate::error::ConfigError;
use crate::fingerprint::FingerprintPlan;
use crate::limit::Quota;
use crate::sandbox::{LocalRules, Sandbox};

/// The most rules in one set, as in the official SDKs.
pub(crate) const MOST_RULES: usize = 10;

/// A set of rules in the order in which they are judged.
#[derive(Debug)]
pub(crate) struct RuleSet {
    pub(crate) rules: Vec<CompiledRule>,
    /// What the sandbox judges: the rules with [`Judge::Local`], in the same order.
    pub(crate) local: Option<Arc<LocalRules>>,
    /// The distinct fingerprints that the rules need.
    pub(crate) plans: Vec<FingerprintPlan>,
    /// The client's characteristics as written.
    pub(crate) characteristics: Vec<String>,
}

/// One rule made ready.
#[derive(Clone, Debug)]
pub(crate) struct CompiledRule {
    /// `None` for a rule that only the wire protocol has.
    pub(crate) id: Option<RuleId>,
    pub(crate) kind: RuleKind,
    pub(crate) mode: Mode,
    /// The index of its fingerprint's plan.
    pub(crate) plan: usize,
    /// The index in the list that the set was made from.
    pub(crate) position: usize,
    pub(crate) judge: Judge,
    /// The rule as it was configured; `None` where `id` is.
    pub(crate) source: Option<Rule>,
}

/// Who judges a rule.
#[derive(Clone, Debug)]
pub(crate) enum Judge {
    /// The sandbox.
    Local,
    /// A sandbox of the rule's own.
    #[cfg(feature = "custom-rules")]
    Custom(Arc<crate::sandbox::CustomSandbox>),
    /// The decider's store of limits.
    Limit(Quota),
    /// Nobody: the rule itself is at fault. Only rules that came over the wire can be.
    #[cfg_attr(
        not(feature = "wire"),
        expect(dead_code, reason = "configurations of this process are refused instead")
    )]
    Faulty(ErrorReason),
    /// Nobody here.
    #[cfg_attr(
        not(feature = "wire"),
        expect(dead_code, reason = "every rule of this process has a judge")
    )]
    Unanswered,
}

impl CompiledRule {
    /// Whether it reads bodies.
    pub(crate) fn reads_body(&self) -> bool {
        match &self.judge {
            #[cfg(feature = "custom-rules")]
            Judge::Custom(sandbox) => sandbox.body_window() > 0,
            _ => matches!(&self.source, Some(Rule::Shield(shield)) if shield.body_limit > 0),
        }
    }

    /// What the points of a client are held against, if this is a rule that keeps them.
    pub(crate) fn suspicion(&self) -> Option<Quota> {
        match &self.source {
            // Checked when the rule was made ready.
            Some(Rule::Shield(shield)) => shield.suspicion_quota().ok().flatten(),
            _ => None,
        }
    }
}

impl RuleSet {
    /// How many bytes of a body the rules read, from its beginning.
    pub(crate) fn body_window(&self) -> usize {
        let local = self.local.as_ref().map_or(0, |local| local.body_window());
        #[cfg(feature = "custom-rules")]
        let local = self.rules.iter().fold(local, |window, rule| match &rule.judge {
            Judge::Custom(sandbox) => window.max(sandbox.body_window()),
            _ => window,
        });
        local
    }

    /// Whether the rules read what is known about the client's address.
    pub(crate) fn reads_ip_details(&self) -> bool {
        self.local.as_ref().is_some_and(|local| local.reads_ip_details())
    }

    /// Makes rules ready; refuses the whole set if one of them can't work.
    pub(crate) fn compile(
        rules: &[Rule],
        characteristics: &[String],
        sandbox: &Sandbox,
    ) -> Result<Self, ConfigError> {
        if rules.len() > MOST_RULES {
            let problem = format!("{} rules", rules.len());
            return Err(ConfigError::new(
                "rules",
                problem,
                format!("at most {MOST_RULES} rules"),
            ));
        }
        let mut assembly = Assembly::new(characteristics)?;
        for (position, rule) in rules.iter().enumerate() {
            let field = format!("rules[{position}]");
            let compiled = assembly
                .rule(rule.clone(), position)
                .map_err(|error| error.within(&field))?;
            if let Some(twin) = assembly.rules.iter().find(|other| other.id == compiled.id) {
                let problem = format!("the same rule as rules[{}]", twin.position);
                return Err(ConfigError::new(field, problem, "each rule once"));
            }
            assembly.rules.push(compiled);
        }
        assembly.finish(sandbox).map_err(|(_, error)| error)
    }
}

/// A rule set in the making.
pub(crate) struct Assembly {
    pub(crate) rules: Vec<CompiledRule>,
    plans: Vec<FingerprintPlan>,
    characteristics: Vec<Characteristic>,
    /// The client's characteristics as written, which rule ids are made from.
    written: Vec<String>,
}

impl Assembly {
    /// Starts with the client's characteristics; their plan is the first one.
    pub(crate) fn new(characteristics: &[String]) -> Result<Self, ConfigError> {
        let parsed: Vec<Characteristic> = characteristics
            .iter()
            .map(|text| text.parse())
            .collect::<Result<_, _>>()?;
        Ok(Self {
            rules: Vec::new(),
            plans: vec![FingerprintPlan::new(parsed.clone())?],
            characteristics: parsed,
            written: characteristics.to_vec(),
        })
    }

    /// Makes one rule ready, without adding it.
    pub(crate) fn rule(&mut self, rule: Rule, position: usize) -> Result<CompiledRule, ConfigError> {
        let (plan, judge) = match &rule {
            Rule::Shield(shield) => {
                shield.suspicion_quota()?;
                (0, Judge::Local)
            }
            Rule::SensitiveInfo(info) => {
                info.check_detectors()?;
                (0, Judge::Local)
            }
            Rule::Filter(_)
            | Rule::DetectBot(_)
            | Rule::ValidateEmail(_)
            | Rule::DetectPromptInjection(_) => (0, Judge::Local),
            #[cfg(feature = "custom-rules")]
            Rule::Custom(rule) => (0, Judge::Custom(rule.load()?)),
            Rule::FixedWindow(FixedWindow(limit))
            | Rule::SlidingWindow(SlidingWindow(limit))
            | Rule::TokenBucket(TokenBucket(limit)) => {
                let quota = limit.quota()?;
                let plan = FingerprintPlan::new(limit.characteristics(&self.characteristics)?)?;
                (self.plan(plan), Judge::Limit(quota))
            }
        };
        Ok(CompiledRule {
            id: Some(RuleId::of(&rule, &self.written)),
            kind: rule.kind(),
            mode: rule.mode(),
            plan,
            position,
            judge,
            source: Some(rule),
        })
    }

    fn plan(&mut self, plan: FingerprintPlan) -> usize {
        self.plans
            .iter()
            .position(|known| *known == plan)
            .unwrap_or_else(|| {
                self.plans.push(plan);
                self.plans.len() - 1
            })
    }

    /// Forgets the plans that no rule has: the client's own one, if every rule has another. A plan is a digest for each request.
    fn drop_unused_plans(&mut self) {
        let plans = std::mem::take(&mut self.plans);
        for (number, plan) in plans.into_iter().enumerate() {
            let kept = self.plans.len();
            let mut used = false;
            for rule in self.rules.iter_mut().filter(|rule| rule.plan == number) {
                rule.plan = kept;
                used = true;
            }
            if used {
                self.plans.push(plan);
            }
        }
    }

    /// Orders the rules and has the sandbox check its own. An error comes with the position of the
    /// rule that is to blame, if it is one.
    pub(crate) fn finish(mut self, sandbox: &Sandbox) -> Result<RuleSet, (Option<usize>, ConfigError)> {
        self.rules.sort_by_key(|rule| rule.kind.priority());
        self.drop_unused_plans();
        let mut local = Vec::new();
        let mut positions = Vec::new();
        for rule in &self.rules {
            if let (Judge::Local, Some(source)) = (&rule.judge, &rule.source) {
                local.push(source.clone().without_code());
                positions.push(rule.position);
            }
        }
        let local = if local.is_empty() {
            None
        } else {
            Some(sandbox.prepare(local, &positions)?)
        };
        Ok(RuleSet {
            rules: self.rules,
            local,
            plans: self.plans,
            characteristics: self.written,
        })
    }
}
