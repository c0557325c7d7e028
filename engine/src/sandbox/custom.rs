//! Rules of the application's own, each in a sandbox of its own.

mod bindings;
mod compile;
mod instance;
mod watch;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use thread_local::ThreadLocal;

use self::bindings::CustomRulePre;
pub(crate) use self::compile::CompileCache;
use self::compile::{Code, Compiler};
use self::instance::Instance;
use self::watch::Watched;
use super::fault::Fault;
use super::guard::{Guard, TICKS_PER_DEADLINE};
use super::ticker::{IDLE, Ticker};
use crate::error::ConfigError;
use crate::request::RequestDetails;
use crate::rule::CustomSettings;

/// A rule that was loaded. Judging finds the newest version of it.
pub(crate) struct CustomSandbox {
    settings: CustomSettings,
    compiler: Compiler,
    ticker: Ticker,
    version: ArcSwap<Version>,
    /// Held while the file is read again: each version has a number of its own.
    reloading: Mutex<()>,
    instances: ThreadLocal<RefCell<Option<Instance>>>,
    faults: [metrics::Counter; Fault::ALL.len()],
    reloaded: metrics::Counter,
    refused: metrics::Counter,
}

/// The rule as it was at one time in its file.
struct Version {
    rule: CustomRulePre<Guard>,
    number: u64,
    digest: [u8; 32],
}

/// What the rule concluded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) denied: bool,
    pub(crate) reason: String,
    pub(crate) ttl: u32,
}

impl CustomSandbox {
    /// Reads, compiles and configures the rule.
    pub(crate) fn load(settings: CustomSettings) -> Result<Arc<Self>, ConfigError> {
        settings.sandbox.validate("")?;
        let watched = Watched::note(&settings);
        let code = Code::read(&settings.source)?;
        let compiler = Compiler::new(&settings.cache)?;
        let ticker = Ticker::start(
            compiler.engine(),
            settings.sandbox.deadline / TICKS_PER_DEADLINE,
            IDLE,
        )
        .map_err(|error| {
            ConfigError::new(
                "sandbox",
                format!("can't run here: {error}"),
                "a system with threads",
            )
        })?;
        let rule = compiler.compile(&code)?;
        accept(&rule, &settings, &ticker)?;
        let name = settings.name.clone();
        let reloads = |outcome: &'static str| metrics::counter!("arcjet_custom_rule_reloads_total", "rule" => name.clone(), "outcome" => outcome);
        let sandbox = Arc::new(Self {
            faults: Fault::ALL.map(|fault| {
                metrics::counter!("arcjet_custom_rule_faults_total", "rule" => name.clone(), "kind" => fault.as_str())
            }),
            reloaded: reloads("reloaded"),
            refused: reloads("refused"),
            compiler,
            ticker,
            version: ArcSwap::from_pointee(Version {
                rule,
                number: 0,
                digest: code.digest,
            }),
            reloading: Mutex::new(()),
            instances: ThreadLocal::new(),
            settings,
        });
        if let Some(watched) = watched {
            // Ends by itself, with the rule.
            drop(watched.start(&sandbox)?);
        }
        Ok(sandbox)
    }

    /// Reads the rule's file again. The version in use stays if the new one is refused.
    pub(crate) fn reload(&self) -> Result<(), ConfigError> {
        let outcome = self.try_reload();
        match &outcome {
            Ok(true) => {
                self.reloaded.increment(1);
                tracing::info!(rule = self.settings.name, "reloaded a custom rule");
            }
            Ok(false) => {}
            Err(error) => {
                self.refused.increment(1);
                tracing::error!(rule = self.settings.name, %error, "kept a custom rule as it was: the new one is refused");
            }
        }
        outcome.map(|_| ())
    }

    /// Says whether the file held another rule than the one in use.
    fn try_reload(&self) -> Result<bool, ConfigError> {
        // Nothing is behind the lock that a panic could leave half done.
        let _alone = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let code = Code::read(&self.settings.source)?;
        let current = self.version.load();
        if current.digest == code.digest {
            return Ok(false);
        }
        let rule = self.compiler.compile(&code)?;
        accept(&rule, &self.settings, &self.ticker)?;
        self.version.store(Arc::new(Version {
            rule,
            number: current.number + 1,
            digest: code.digest,
        }));
        Ok(true)
    }

    /// Judges a request, on this thread's instance or on a fresh one.
    pub(crate) fn judge(&self, request: &RequestDetails, ip: Option<IpAddr>) -> Result<Verdict, Fault> {
        self.ticker.waker().keep_awake();
        let answer = self.run(request, ip);
        if let Err(fault) = &answer {
            let index = Fault::ALL.iter().position(|candidate| candidate == fault);
            if let Some(counter) = index.and_then(|index| self.faults.get(index)) {
                counter.increment(1);
            }
        }
        answer
    }

    fn run(&self, request: &RequestDetails, ip: Option<IpAddr>) -> Result<Verdict, Fault> {
        let version = self.version.load();
        let make = || {
            Instance::new(&version.rule, version.number, &self.settings, self.ticker.waker())
                .map_err(instance::Refusal::fault)
        };
        let slot = self.instances.get_or_default();
        let Ok(mut slot) = slot.try_borrow_mut() else {
            return make()?.judge(request, ip, self.settings.body);
        };
        let mut instance = match slot.take() {
            Some(instance) if instance.serves(version.number, &self.settings.sandbox) => instance,
            _ => make()?,
        };
        let answer = instance.judge(request, ip, self.settings.body);
        if answer.is_ok() {
            *slot = Some(instance);
        }
        answer
    }

    /// Judges a request on an instance of its own.
    #[cfg(feature = "bench")]
    pub(crate) fn judge_afresh(
        &self,
        request: &RequestDetails,
        ip: Option<IpAddr>,
    ) -> Result<Verdict, Fault> {
        self.ticker.waker().keep_awake();
        let version = self.version.load();
        Instance::new(&version.rule, version.number, &self.settings, self.ticker.waker())
            .map_err(instance::Refusal::fault)?
            .judge(request, ip, self.settings.body)
    }

    /// The rule's name.
    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    /// How many bytes of a body the rule reads.
    pub(crate) fn body_window(&self) -> usize {
        usize::try_from(self.settings.body).unwrap_or(usize::MAX)
    }
}

/// Has the rule take its configuration, in an instance that serves for nothing else.
fn accept(
    rule: &CustomRulePre<Guard>,
    settings: &CustomSettings,
    ticker: &Ticker,
) -> Result<(), ConfigError> {
    ticker.waker().keep_awake();
    match Instance::new(rule, 0, settings, ticker.waker()) {
        Ok(_) => Ok(()),
        Err(refusal) => Err(refusal.into_config_error(&settings.name)),
    }
}

impl fmt::Debug for CustomSandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomSandbox")
            .field("settings", &self.settings)
            .field("version", &self.version.load().number)
            .finish_non_exhaustive()
    }
}
