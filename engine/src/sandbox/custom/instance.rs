//! One instance of a custom rule.

use std::borrow::Cow;
use std::net::IpAddr;
use std::pin::pin;
use std::task::{Context, Poll};

use wasmtime::Store;

use super::Verdict;
use super::bindings::arcjet::custom_rule::types as wit;
use super::bindings::{CustomRule, CustomRulePre};
use crate::error::ConfigError;
use crate::request::RequestDetails;
use crate::rule::CustomSettings;
use crate::sandbox::config::SandboxConfig;
use crate::sandbox::fault::Fault;
use crate::sandbox::guard::{FIRST_LOOK, Guard};
use crate::sandbox::ticker::Waker;

/// How much of a reason, or of the complaint about a configuration, is kept, in bytes.
const LONGEST_REASON: usize = 1024;

/// The most that a rule may answer at once, in bytes.
const LONGEST_ANSWER: usize = 64 << 10;

pub(super) struct Instance {
    store: Store<Guard>,
    rule: CustomRule,
    name: String,
    /// The version of the rule that this is.
    version: u64,
    calls: u32,
}

/// Why there is no instance.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The sandbox stopped it.
    Fault(Fault, String),
    /// The rule refused its configuration.
    Config(String),
}

impl Refusal {
    pub(super) fn fault(self) -> Fault {
        match self {
            Self::Fault(fault, _) => fault,
            // The same configuration was accepted when the rule was loaded.
            Self::Config(_) => Fault::Contract,
        }
    }

    pub(super) fn into_config_error(self, name: &str) -> ConfigError {
        match self {
            Self::Fault(fault, detail) => {
                let (field, accepted) = match fault {
                    Fault::Memory => ("memory_limit", "a rule that needs less, or a higher limit"),
                    Fault::Deadline => ("deadline", "a rule that needs less, or a longer deadline"),
                    _ => ("rule", "a rule that does not trap"),
                };
                let problem = format!(
                    "the rule `{name}` failed while it was started and configured: {fault} ({detail})"
                );
                ConfigError::new(field, problem, accepted)
            }
            Self::Config(message) => {
                ConfigError::new("config", message, format!("what the rule `{name}` accepts"))
            }
        }
    }
}

impl Instance {
    /// Makes an instance and gives it its configuration.
    pub(super) fn new(
        rule: &CustomRulePre<Guard>,
        version: u64,
        settings: &CustomSettings,
        waker: &Waker,
    ) -> Result<Self, Refusal> {
        let mut store = Store::new(rule.engine(), Guard::new(&settings.sandbox, waker.clone()));
        store.limiter(|guard| guard);
        store.epoch_deadline_callback(|context| Ok(Guard::look(context)));
        store.set_hostcall_fuel(LONGEST_ANSWER);
        store.set_epoch_deadline(FIRST_LOOK);
        store.data_mut().start_slowly();
        let refuse = |store: &Store<Guard>, likely: Fault, error: &wasmtime::Error| {
            let fault = store.data().fault(likely);
            Refusal::Fault(fault, error.root_cause().to_string())
        };
        let rule = match on_own_stack(rule.instantiate_async(&mut store)) {
            Ok(rule) => rule,
            Err(error) => return Err(refuse(&store, Fault::Instantiation, &error)),
        };
        match on_own_stack(rule.call_configure(&mut store, &settings.config)) {
            Ok(Ok(())) => Ok(Self {
                store,
                rule,
                name: settings.name.clone(),
                version,
                calls: 0,
            }),
            Ok(Err(message)) => Err(Refusal::Config(shortened(message))),
            Err(error) => Err(refuse(&store, Fault::Trap, &error)),
        }
    }

    /// Whether the instance may judge by this version of the rule.
    pub(super) fn serves(&self, version: u64, config: &SandboxConfig) -> bool {
        self.version == version && config.allows(self.calls)
    }

    pub(super) fn judge(
        &mut self,
        request: &RequestDetails,
        ip: Option<IpAddr>,
        body: u32,
    ) -> Result<Verdict, Fault> {
        let headers: Vec<(&str, Cow<'_, str>)> = request
            .headers()
            .map(|(name, value)| (name, String::from_utf8_lossy(value)))
            .collect();
        let headers: Vec<wit::Header<'_>> = headers
            .iter()
            .map(|(name, value)| wit::Header { name, value })
            .collect();
        let local: Vec<wit::LocalValue<'_>> = request
            .local()
            .map(|(key, value)| wit::LocalValue { key, value })
            .collect();
        let ip = ip.map(|ip| ip.to_string());
        let window = usize::try_from(body)
            .unwrap_or(usize::MAX)
            .min(request.body().len());
        let request = wit::Request {
            method: request.method(),
            host: request.host(),
            path: request.path(),
            query: request.query(),
            headers: &headers,
            ip: ip.as_deref(),
            body: &request.body()[..window],
            local: &local,
        };
        self.store.set_epoch_deadline(FIRST_LOOK);
        self.store.data_mut().start();
        self.calls += 1;
        match on_own_stack(self.rule.call_judge(&mut self.store, request)) {
            Ok(verdict) => Ok(Verdict {
                denied: matches!(verdict.conclusion, wit::Conclusion::Deny),
                ttl: verdict.ttl_seconds,
                reason: shortened(verdict.reason),
            }),
            Err(error) => {
                let fault = self.store.data().fault(Fault::Trap);
                tracing::warn!(
                    rule = self.name,
                    fault = fault.as_str(),
                    error = %error.root_cause(),
                    "a custom rule failed in the sandbox"
                );
                Err(fault)
            }
        }
    }
}

/// Has wasmtime run a call on the store's own stack, which is what its asynchronous calls are for.
fn on_own_stack<T>(call: impl Future<Output = wasmtime::Result<T>>) -> wasmtime::Result<T> {
    let mut nobody = Context::from_waker(std::task::Waker::noop());
    match pin!(call).poll(&mut nobody) {
        Poll::Ready(answer) => answer,
        // A rule imports nothing, so there is nothing that it could wait for.
        Poll::Pending => Err(wasmtime::Error::msg("the rule waits")),
    }
}

fn shortened(mut reason: String) -> String {
    if reason.len() > LONGEST_REASON {
        let end = (0..=LONGEST_REASON).rev().find(|at| reason.is_char_boundary(*at));
        reason.truncate(end.unwrap_or_default());
    }
    reason
}

/// The store and the bindings have nothing to show.
impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance")
            .field("version", &self.version)
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}
