//! The sandbox with rules that misbehave on request (`tests/faulty-rules`), and with the bundled ones.

mod config;
mod contract;
mod faults;
mod instances;

use std::time::Duration;

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use wasmtime::component::Component;

use super::*;
use crate::rule::DetectBot;

static FAULTY: &[u8] = include_bytes!("../../tests/assets/faulty-rules.wasm");

/// A sandbox of faulty rules, with the counters that it keeps.
pub(crate) struct Faulty {
    pub(crate) sandbox: Sandbox,
    counters: Snapshotter,
}

/// Limits that nothing meets but what is made to.
fn roomy() -> SandboxConfig {
    SandboxConfig::default().deadline(Duration::from_secs(1))
}

impl Faulty {
    pub(crate) fn new(config: SandboxConfig) -> Self {
        let recorder = DebuggingRecorder::new();
        let counters = recorder.snapshotter();
        let sandbox = metrics::with_local_recorder(&recorder, || {
            Sandbox::with_component(config, |engine| Component::new(engine, FAULTY))
        });
        Self {
            sandbox: sandbox.unwrap(),
            counters,
        }
    }

    /// Configures one rule whose list begins with `entry`.
    fn configure(&self, entry: &str) -> Arc<LocalRules> {
        self.sandbox
            .prepare(vec![DetectBot::deny([entry]).into()], &[0])
            .unwrap()
    }

    fn judge(&self, rules: &LocalRules, fault: &str) -> Result<Vec<Outcome>, Fault> {
        self.sandbox.judge(rules, &request(fault), None, None, &[])
    }

    /// The number of requests that the instance that judged this one had judged by then.
    fn calls(&self, rules: &LocalRules) -> u32 {
        call_number(&self.judge(rules, "none").unwrap()[0])
    }

    /// What the counters have gained since they were last asked: instances made, and faults of this kind.
    fn gained(&self, kind: Fault) -> (u64, u64) {
        let (mut instances, mut faults) = (0, 0);
        for (key, _, _, value) in self.counters.snapshot().into_vec() {
            let DebugValue::Counter(value) = value else {
                continue;
            };
            match key.key().name() {
                "arcjet_sandbox_instances_total" => instances += value,
                "arcjet_sandbox_faults_total"
                    if key.key().labels().any(|label| label.value() == kind.as_str()) =>
                {
                    faults += value;
                }
                _ => {}
            }
        }
        (instances, faults)
    }
}

/// A request that asks the faulty rules for a fault.
pub(crate) fn request(fault: &str) -> RequestDetails {
    RequestDetails::builder("GET", "/")
        .header("x-fault", fault.as_bytes())
        .peer([192, 0, 2, 1].into())
        .build()
}

fn call_number(outcome: &Outcome) -> u32 {
    let Reason::Bot(bot) = &outcome.reason else {
        panic!("no count: {outcome:?}")
    };
    bot.allowed[0].strip_prefix("call ").unwrap().parse().unwrap()
}
