//! One instance of the rules, with the rule sets that it has been given.

use std::net::IpAddr;

use wasmtime::{Engine, Store};

use super::bindings::arcjet::rules::types as wit;
use super::bindings::{Rules, RulesPre};
use super::config::SandboxConfig;
use super::encoding::encode;
use super::fault::Fault;
use super::guard::{CONFIGURE_FACTOR, FIRST_LOOK, Guard};
use super::ticker::Waker;
use super::{ApplicationFind, LocalRules};
use crate::decision::IpDetails;
use crate::request::RequestDetails;

/// The most that an instance may answer at once, in bytes. Lists may overlap in the guest's memory, so that its memory limit alone
/// would not limit the copies that the host makes of them.
const LONGEST_ANSWER: usize = 1 << 20;

/// The most bytes that an instance keeps for writing requests into.
const LARGEST_KEPT_BUFFER: usize = 256 << 10;

/// The most rule sets that an instance holds before it is replaced. Few programs have more than a handful.
const MOST_RULE_SETS: usize = 64;

pub(super) struct Instance {
    store: Store<Guard>,
    rules: Rules,
    /// The rule sets that this instance knows, by the sandbox's id, with the handle that the guest gave them.
    handles: Vec<(u64, u32)>,
    calls: u32,
    /// Where requests are written for the guest; kept for its room.
    buffer: Vec<u8>,
}

impl Instance {
    pub(super) fn new(
        engine: &Engine,
        rules: &RulesPre<Guard>,
        config: &SandboxConfig,
        waker: &Waker,
    ) -> Result<Self, Fault> {
        let mut store = Store::new(engine, Guard::new(config, waker.clone()));
        store.limiter(|guard| guard);
        store.epoch_deadline_callback(|context| Ok(Guard::look(context)));
        store.set_epoch_deadline(FIRST_LOOK);
        store.set_hostcall_fuel(LONGEST_ANSWER);
        let rules = rules
            .instantiate(&mut store)
            .map_err(|error| fault(&store, Fault::Instantiation, &error))?;
        Ok(Self {
            store,
            rules,
            handles: Vec::new(),
            calls: 0,
            buffer: Vec::new(),
        })
    }

    /// Whether the instance may serve another request.
    pub(super) fn is_fresh_enough(&self, config: &SandboxConfig) -> bool {
        self.calls < config.recycle_after && self.handles.len() <= MOST_RULE_SETS
    }

    /// Gives the instance a rule set; the outer error is the sandbox's, the inner one the rules' about the configuration.
    pub(super) fn configure(
        &mut self,
        rules: &[wit::Rule],
    ) -> Result<Result<wit::RuleSet, wit::ConfigError>, Fault> {
        self.start();
        self.store.set_epoch_deadline(FIRST_LOOK * CONFIGURE_FACTOR);
        let answer = self.rules.call_configure(&mut self.store, rules);
        answer.map_err(|error| fault(&self.store, Fault::Trap, &error))
    }

    /// Judges one request by a rule set.
    pub(super) fn judge(
        &mut self,
        rules: &LocalRules,
        request: &RequestDetails,
        ip: Option<IpAddr>,
        details: Option<&IpDetails>,
        found: &[ApplicationFind],
    ) -> Result<Vec<wit::Outcome>, Fault> {
        let handle = match self.handles.iter().find(|(id, _)| *id == rules.id) {
            Some((_, handle)) => *handle,
            None => {
                // The same configuration was accepted when the rule set was made.
                let set = rules.configure(self)?.map_err(|_| Fault::Contract)?;
                self.handles.push((rules.id, set.handle));
                set.handle
            }
        };
        self.start();
        self.calls += 1;
        encode(&mut self.buffer, request, ip, details, found, &rules.needs);
        let answer = self.rules.call_judge(&mut self.store, handle, &self.buffer);
        if self.buffer.capacity() > LARGEST_KEPT_BUFFER {
            self.buffer = Vec::new();
        }
        let outcomes = answer.map_err(|error| fault(&self.store, Fault::Trap, &error))?;
        if !rules.are_answered_by(&outcomes) {
            tracing::warn!(
                outcomes = outcomes.len(),
                "the rules answered for other rules than theirs"
            );
            return Err(Fault::Contract);
        }
        Ok(outcomes)
    }

    fn start(&mut self) {
        self.store.set_epoch_deadline(FIRST_LOOK);
        self.store.data_mut().start();
    }
}

/// What stopped the rules: a cap, if one was exceeded, else what is `likely`.
fn fault(store: &Store<Guard>, likely: Fault, error: &wasmtime::Error) -> Fault {
    let fault = store.data().fault(likely);
    tracing::warn!(fault = fault.as_str(), error = %error.root_cause(), "the rules failed in the sandbox");
    fault
}

/// The store and the bindings have nothing to show.
impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance")
            .field("calls", &self.calls)
            .field("rule_sets", &self.handles.len())
            .finish()
    }
}
