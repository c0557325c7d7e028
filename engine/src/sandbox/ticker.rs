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
    waker: Waker,
}

/// Keeps a ticker from sleeping. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Waker {
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Debug, Default)]
struct Shared {
    /// A rule has run since the ticker last looked.
    active: AtomicBool,
    parked: AtomicBool,
}

/// How long no rule must have run before the thread sleeps; longer than any time between two looks at a run.
pub(super) const IDLE: Duration = Duration::from_secs(2);

impl Ticker {
    /// Starts a ticker with a tick every `period`, which sleeps after being `idle`.
    pub(super) fn start(engine: &Engine, period: Duration, idle: Duration) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let engine = engine.weak();
        let handle = thread::Builder::new().name("arcjet-ticker".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || {
                let ticks_to_idle = idle.div_duration_f64(period).ceil() as u64;
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
        let thread = handle.thread().clone();
        Ok(Self {
            waker: Waker { shared, thread },
        })
    }

    /// What keeps it from sleeping, to be called before each run of a rule.
    pub(super) fn waker(&self) -> &Waker {
        &self.waker
    }
}

impl Waker {
    /// Makes sure that time passes.
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
        self.waker.shared.active.store(true, Ordering::SeqCst);
        self.waker.thread.unpark();
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::{Arc, Weak};
    use std::time::Instant;

    use super::*;

    pub(in crate::sandbox) fn sleeps(ticker: &Ticker) -> bool {
        let shared = &ticker.waker.shared;
        shared.parked.load(Ordering::SeqCst) && !shared.active.load(Ordering::SeqCst)
    }

    /// Waits for the ticker's thread, which nothing but its own pace delays.
    pub(in crate::sandbox) fn until(what: &str, condition: impl Fn() -> bool) {
        let started = Instant::now();
        while !condition() {
            assert!(started.elapsed() < Duration::from_secs(60), "{what}");
            thread::yield_now();
        }
    }

    #[test]
    fn sleeps_when_idle_and_wakes_for_a_run() {
        let engine = Engine::default();
        let period = Duration::from_micros(100);
        let ticker = Ticker::start(&engine, period, 3 * period).unwrap();
        until("it sleeps", || sleeps(&ticker));
        for _ in 0..20 {
            ticker.waker().keep_awake();
            // Only its own thread takes the flag down that this raised, so it has been awake in between.
            until("it wakes and sleeps again", || sleeps(&ticker));
        }
    }

    #[test]
    fn its_thread_ends_with_the_engine_even_from_sleep() {
        for idle in [Duration::from_micros(100), IDLE] {
            let engine = Engine::default();
            let ticker = Ticker::start(&engine, Duration::from_micros(100), idle).unwrap();
            let of_thread: Weak<Shared> = Arc::downgrade(&ticker.waker.shared);
            if idle < IDLE {
                until("it sleeps", || sleeps(&ticker));
            }
            drop(engine);
            drop(ticker);
            until("the thread ends", || of_thread.strong_count() == 0);
        }
    }
}
