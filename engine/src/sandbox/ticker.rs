//! The clock of deadlines: a thread that advances the epoch while rules run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::Engine;

/// Advances an engine's epoch at a fixed pace, and sleeps when no rule has run for a while.
///
/// A thread rather than a task: a rule that blocks the runtime's threads must not be able to stop its own deadline.
/// The thread holds the engine weakly and ends with it.
#[derive(Debug)]
pub(super) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Debug, Default)]
struct Shared {
    /// A rule has run since the ticker last looked.
    active: AtomicBool,
    parked: AtomicBool,
}

/// How long no rule must have run before the thread sleeps; longer than any deadline.
const IDLE: Duration = Duration::from_secs(2);

impl Ticker {
    /// Starts a ticker with a tick every `period`.
    pub(super) fn start(engine: &Engine, period: Duration) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let engine = engine.weak();
        let handle = thread::Builder::new().name("arcjet-ticker".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || {
                let ticks_to_idle = IDLE.div_duration_f64(period).ceil() as u64;
                let mut ticks = 0;
                loop {
                    thread::sleep(period);
                    match engine.upgrade() {
                        Some(engine) => engine.increment_epoch(),
                        None => return,
                    }
                    ticks += 1;
                    if ticks >= ticks_to_idle {
                        ticks = 0;
                        if !shared.active.swap(false, Ordering::SeqCst) {
                            shared.park();
                        }
                    }
                }
            }
        })?;
        Ok(Self {
            shared,
            thread: handle.thread().clone(),
        })
    }

    /// Makes sure that time passes; to be called before each run of a rule.
    pub(super) fn keep_awake(&self) {
        // The flag is written only when it is down, so that threads don't fight over its cache line.
        if !self.shared.active.load(Ordering::Relaxed) {
            self.shared.active.store(true, Ordering::SeqCst);
            if self.shared.parked.load(Ordering::SeqCst) {
                self.thread.unpark();
            }
        }
    }
}

impl Shared {
    /// Sleeps until `keep_awake` or `drop`. Either this thread sees `active` up, or `keep_awake` sees `parked` up:
    /// both write before they read, in one total order.
    fn park(&self) {
        self.parked.store(true, Ordering::SeqCst);
        if !self.active.load(Ordering::SeqCst) {
            thread::park();
        }
        self.parked.store(false, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // The thread finds the engine gone and ends.
        self.shared.active.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}
