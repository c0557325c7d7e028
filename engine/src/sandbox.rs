//! Runs the local rules in WASM: one call for each request, under a memory cap and a deadline.
//!
//! The rules were compiled to machine code when this crate was built; [`Sandbox::new`] maps that code and starts a
//! thread for deadlines. Each thread that judges keeps an instance of its own, so instances are never waited for.
//! A fault (trap, deadline, memory) costs the request its local results and the instance its life, nothing else.

mod artifact;
mod bindings;
mod config;
mod convert;
#[cfg(feature = "custom-rules")]
mod custom;
mod encoding;
mod engine_config;
mod fault;
mod guard;
mod instance;
mod ticker;

#[cfg(test)]
pub(crate) mod tests;

use std::cell::RefCell;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::sync::Cache;
use thread_local::ThreadLocal;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

use self::bindings::RulesPre;
use self::bindings::arcjet::rules::types as wit;
pub use self::config::{Isolation, SandboxConfig};
#[cfg(feature = "custom-rules")]
pub(crate) use self::custom::{CompileCache, CustomSandbox};
pub(crate) use self::fault::Fault;
use self::guard::{Guard, TICKS_PER_DEADLINE};
use self::instance::Instance;
use self::ticker::{IDLE, Ticker};
use crate::decision::{Conclusion, IpDetails, Reason};
use crate::error::ConfigError;
use crate::request::RequestDetails;
use crate::rule::{Find, Mode, Rule};

/// How many rule sets are remembered with what the rules said about them. Deriving the same client for each request
/// finds its rule set here.
const REMEMBERED_RULE_SETS: u64 = 256;

/// The sandbox of one client and of all clients derived from it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sandbox(Arc<Inner>);

struct Inner {
    config: SandboxConfig,
    engine: Engine,
    rules: RulesPre<Guard>,
    ticker: Ticker,
    instances: ThreadLocal<RefCell<Option<Instance>>>,
    rule_sets: Cache<Vec<Rule>, Arc<LocalRules>>,
    next_id: AtomicU64,
    faults: [metrics::Counter; Fault::ALL.len()],
    instantiations: metrics::Counter,
}

/// A set of local rules that the sandbox has accepted.
#[derive(Debug)]
pub(crate) struct LocalRules {
    id: u64,
    rules: Vec<Rule>,
    needs: wit::Needs,
}

/// What a detector of the application found in the text that is searched for sensitive information.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApplicationFind {
    /// The place of the rule among those of the set that the sandbox judges.
    pub(crate) rule: u32,
    pub(crate) find: Find,
}

/// What a local rule says about a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) conclusion: Conclusion,
    pub(crate) reason: Reason,
    /// The domain whose mail servers decide about an e-mail address that is otherwise allowed.
    pub(crate) mail_domain: Option<String>,
}

impl Sandbox {
    /// Makes a sandbox for the bundled rules.
    pub(crate) fn new(config: SandboxConfig) -> Result<Self, ConfigError> {
        Self::with_component(config, artifact::load)
    }

    fn with_component(
        config: SandboxConfig,
        component: impl FnOnce(&Engine) -> wasmtime::Result<Component>,
    ) -> Result<Self, ConfigError> {
        config.validate("sandbox.")?;
        let fault = |error: &dyn fmt::Display| {
            ConfigError::new(
                "sandbox",
                format!("can't run here: {error}"),
                "a system that wasmtime supports",
            )
        };
        let engine = Engine::new(&engine_config::engine_config()).map_err(|error| fault(&error))?;
        let component = component(&engine).map_err(|error| fault(&error))?;
        // The rules import nothing, so an empty linker is enough, and is what proves it.
        let rules = Linker::new(&engine)
            .instantiate_pre(&component)
            .and_then(RulesPre::new)
            .map_err(|error| fault(&error))?;
        let ticker = Ticker::start(&engine, config.deadline / TICKS_PER_DEADLINE, IDLE)
            .map_err(|error| fault(&error))?;
        Ok(Self(Arc::new(Inner {
            config,
            engine,
            rules,
            ticker,
            instances: ThreadLocal::new(),
            rule_sets: Cache::new(REMEMBERED_RULE_SETS),
            next_id: AtomicU64::new(0),
            faults: Fault::ALL
                .map(|fault| metrics::counter!("arcjet_sandbox_faults_total", "kind" => fault.as_str())),
            instantiations: metrics::counter!("arcjet_sandbox_instances_total"),
        })))
    }

    /// Has the rules check their configuration. `positions` are those of the rules in the user's list; an error comes
    /// with the position of the rule that is to blame, if it is one.
    pub(crate) fn prepare(
        &self,
        rules: Vec<Rule>,
        positions: &[usize],
    ) -> Result<Arc<LocalRules>, (Option<usize>, ConfigError)> {
        if let Some(known) = self.0.rule_sets.get(&rules) {
            return Ok(known);
        }
        let mut prepared = LocalRules {
            id: self.0.next_id.fetch_add(1, Ordering::Relaxed),
            rules,
            needs: convert::NO_NEEDS,
        };
        self.0.ticker.waker().keep_awake();
        let answer = self
            .instance()
            .and_then(|mut instance| prepared.configure(&mut instance));
        let set = match answer {
            Ok(Ok(set)) => set,
            Ok(Err(error)) => {
                let position = positions.get(error.rule as usize).copied();
                let error = ConfigError::new(error.field, error.message, error.accepted);
                return Err((
                    position,
                    error.within(&position.map_or("rules".to_owned(), |at| format!("rules[{at}]"))),
                ));
            }
            Err(fault) => {
                self.count(fault);
                let error =
                    ConfigError::new("rules", fault.to_string(), "rules that fit the sandbox's limits");
                return Err((None, error));
            }
        };
        prepared.needs = set.needs;
        let prepared = Arc::new(prepared);
        self.0
            .rule_sets
            .insert(prepared.rules.clone(), Arc::clone(&prepared));
        Ok(prepared)
    }

    /// Judges a request by all rules of a set, in one call. The outcomes are in the order of the rules and end after
    /// the first live denial. `found` is what the application found by itself.
    pub(crate) fn judge(
        &self,
        rules: &LocalRules,
        request: &RequestDetails,
        ip: Option<IpAddr>,
        details: Option<&IpDetails>,
        found: &[ApplicationFind],
    ) -> Result<Vec<Outcome>, Fault> {
        self.0.ticker.waker().keep_awake();
        match self.run(|instance| instance.judge(rules, request, ip, details, found)) {
            Ok(outcomes) => Ok(rules
                .rules
                .iter()
                .zip(outcomes)
                .map(|(rule, outcome)| convert::outcome(rule, outcome))
                .collect()),
            Err(fault) => {
                self.count(fault);
                Err(fault)
            }
        }
    }

    /// Runs a call on this thread's instance or on a fresh one; an instance that faulted is not used again.
    fn run<T>(&self, call: impl FnOnce(&mut Instance) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.0.config.isolation == Isolation::PerRequest {
            return call(&mut self.instance()?);
        }
        let slot = self.0.instances.get_or_default();
        // Nothing in a call comes back here on the same thread, so the slot is free; were it not, a fresh one serves.
        let Ok(mut slot) = slot.try_borrow_mut() else {
            return call(&mut self.instance()?);
        };
        let mut instance = match slot.take() {
            Some(instance) if instance.is_fresh_enough(&self.0.config) => instance,
            _ => self.instance()?,
        };
        let answer = call(&mut instance);
        if answer.is_ok() {
            *slot = Some(instance);
        }
        answer
    }

    fn instance(&self) -> Result<Instance, Fault> {
        self.0.instantiations.increment(1);
        Instance::new(
            &self.0.engine,
            &self.0.rules,
            &self.0.config,
            self.0.ticker.waker(),
        )
    }

    fn count(&self, fault: Fault) {
        let index = Fault::ALL.iter().position(|candidate| *candidate == fault);
        if let Some(counter) = index.and_then(|index| self.0.faults.get(index)) {
            counter.increment(1);
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("config", &self.0.config)
            .finish_non_exhaustive()
    }
}

impl LocalRules {
    /// Whether the rules read every header.
    pub(crate) fn reads_all_headers(&self) -> bool {
        self.needs.all_headers
    }

    /// Names of the headers that the rules read, in lower case, unless they read all.
    pub(crate) fn headers(&self) -> &[String] {
        &self.needs.headers
    }

    /// How many bytes of a body the rules read, from its beginning.
    pub(crate) fn body_window(&self) -> usize {
        usize::try_from(self.needs.body).unwrap_or(usize::MAX)
    }

    /// Whether the rules read what is known about the client's address.
    pub(crate) fn reads_ip_details(&self) -> bool {
        self.needs.ip_details
    }

    /// Whether there is an outcome for each rule up to the first live denial, and no other.
    fn are_answered_by(&self, outcomes: &[wit::Outcome]) -> bool {
        let last = self.rules.iter().zip(outcomes).position(|(rule, outcome)| {
            rule.mode() == Mode::Live && matches!(outcome.conclusion, wit::Conclusion::Deny)
        });
        outcomes.len() == last.map_or(self.rules.len(), |last| last + 1)
    }

    /// Gives the rules to an instance.
    fn configure(&self, instance: &mut Instance) -> Result<Result<wit::RuleSet, wit::ConfigError>, Fault> {
        let rules: Vec<wit::Rule> = self.rules.iter().filter_map(convert::rule).collect();
        instance.configure(&rules)
    }
}
