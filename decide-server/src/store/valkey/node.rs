//! One server: a connection that a task of its own keeps open, and the circuit breaker.
//!
//! The circuit is closed while there is a connection that answers. It opens when the connection breaks, when
//! [`failures`](super::ValkeyConfig::failures) calls in a row got no answer, or when the server says that it is not the
//! one to write to. The connection is then thrown away, calls fail at once, and the task connects anew, at a pace. Its own
//! greeting and the loading of the scripts are the probe: no user's request is. After that the first call without an
//! answer opens the circuit again, until one has been answered.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use redis::aio::MultiplexedConnection;
use redis::{Cmd, Value};
use tokio::sync::{Notify, watch};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{Instant as Deadline, sleep, timeout, timeout_at};

use super::connect::send;
use super::error::{CallError, ErrorKind};
use super::metrics::Metrics;
use super::script::{Invocation, Script};
use super::source::Source;

/// The pause before the second attempt to connect; each further one is twice as long, up to [`LONGEST_PAUSE`], give or
/// take a quarter, so that servers that lost the same Valkey do not come back in step.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How often an idle connection is tried, so that a dead one is noticed before a request needs it.
const PING_INTERVAL: Duration = Duration::from_secs(2);

/// A server, called through one connection.
pub(super) struct Node {
    shared: Arc<Shared>,
    keeper: OnceLock<Aborted>,
}

struct Shared {
    source: Source,
    failures: u32,
    deadline: Duration,
    metrics: Arc<Metrics>,
    /// `None` while the circuit is open.
    live: ArcSwapOption<Live>,
    /// Told when the circuit opens.
    opened: Notify,
    /// Whether the first attempt to connect is over.
    tried: watch::Sender<bool>,
}

/// A connection that answers.
struct Live {
    connection: MultiplexedConnection,
    digests: [String; Script::ALL.len()],
    /// Calls in a row that got no answer.
    failures: AtomicU32,
    calls: AtomicU64,
    _driver: Aborted,
}

/// A task that ends with its handle.
struct Aborted(AbortHandle);

impl Drop for Aborted {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Node {
    pub(super) fn new(source: Source, failures: u32, deadline: Duration, metrics: Arc<Metrics>) -> Self {
        Self {
            shared: Arc::new(Shared {
                source,
                failures,
                deadline,
                metrics,
                live: ArcSwapOption::empty(),
                opened: Notify::new(),
                tried: watch::Sender::new(false),
            }),
            keeper: OnceLock::new(),
        }
    }

    /// Starts to connect, if that has not begun. It has to be called within a runtime.
    pub(super) fn start(&self) {
        self.keeper
            .get_or_init(|| Aborted(tokio::spawn(Arc::clone(&self.shared).keep()).abort_handle()));
    }

    /// Whether the circuit is closed.
    pub(super) fn is_up(&self) -> bool {
        self.shared.live().is_some()
    }

    /// Runs a script; `asking` if a cluster sent the call here only this once.
    pub(super) async fn run(
        &self,
        invocation: &Invocation,
        asking: bool,
        deadline: Deadline,
    ) -> Result<Value, CallError> {
        let live = self.connection(deadline).await?;
        let digest = &live.digests[invocation.script as usize];
        let command = invocation.by_digest(digest);
        match self.shared.call(&live, &command, asking, deadline).await {
            Err(error) if error.code() == Some("NOSCRIPT") => {
                // Restarted behind a proxy, or somebody flushed the scripts. Nothing was done.
                self.shared.metrics.reloads.increment(1);
                self.shared
                    .call(&live, &invocation.by_source(), asking, deadline)
                    .await
            }
            result => result,
        }
    }

    /// The connection. Only the very first one is waited for: afterwards, none means that the server is down.
    async fn connection(&self, deadline: Deadline) -> Result<Arc<Live>, CallError> {
        if let Some(live) = self.shared.live() {
            return Ok(live);
        }
        self.start();
        let mut tried = self.shared.tried.subscribe();
        // It ends early only if the sender is gone, which is in `self`.
        if timeout_at(deadline, tried.wait_for(|tried| *tried))
            .await
            .is_err()
        {
            return Err(CallError::timeout(self.shared.deadline));
        }
        self.shared.live().ok_or_else(CallError::unavailable)
    }
}

impl Shared {
    fn live(&self) -> Option<Arc<Live>> {
        self.live.load_full()
    }

    async fn call(
        &self,
        live: &Arc<Live>,
        command: &Cmd,
        asking: bool,
        deadline: Deadline,
    ) -> Result<Value, CallError> {
        live.calls.fetch_add(1, Ordering::Relaxed);
        let mut connection = live.connection.clone();
        let answer = async {
            if asking {
                // Both are written at once, so no command of another task comes between.
                let mut pipeline = redis::Pipeline::with_capacity(2);
                pipeline.cmd("ASKING").ignore().add_command(command.clone());
                let mut answers = connection.send_packed_commands(&pipeline, 0, 2).await?;
                let answer = answers.pop().unwrap_or(Value::Nil);
                return Ok(answer.extract_error()?);
            }
            send(&mut connection, command).await
        };
        let result = match timeout_at(deadline, answer).await {
            Ok(result) => result,
            Err(_) => Err(CallError::timeout(self.deadline)),
        };
        match &result {
            Ok(_) => live.answered(),
            Err(error) if error.is_elsewhere() || error.kind == ErrorKind::Connection => {
                self.open(live, &error.to_string());
            }
            Err(error) if error.kind == ErrorKind::Timeout => {
                if live.failures.fetch_add(1, Ordering::Relaxed) + 1 >= self.failures {
                    self.open(live, &error.to_string());
                }
            }
            // It did answer.
            Err(_) => live.answered(),
        }
        result
    }

    /// Opens the circuit, unless it was opened already since this connection was made.
    fn open(&self, live: &Arc<Live>, why: &str) {
        let before = self.live.compare_and_swap(live, None);
        if before.as_ref().is_some_and(|before| Arc::ptr_eq(before, live)) {
            self.metrics.open.increment(1);
            self.opened.notify_one();
            tracing::warn!(server = %self.source, why, "the store of rate limits is down: limits fail until it is back");
        }
    }

    /// Keeps a connection open, for as long as the node lives.
    async fn keep(self: Arc<Self>) {
        let mut attempts: u32 = 0;
        let mut down_since = None;
        loop {
            match self.connect(attempts > 0 || down_since.is_some()).await {
                Ok((live, driver)) => {
                    self.metrics.connects.increment(1);
                    self.went_up(&live, driver, down_since.take());
                    let up = Instant::now();
                    self.watch(&live).await;
                    down_since = Some(Instant::now());
                    // A server that answers greetings and nothing else is not asked at full speed.
                    attempts = if up.elapsed() < LONGEST_PAUSE {
                        attempts + 1
                    } else {
                        0
                    };
                }
                Err(error) => {
                    self.metrics.failed_connects.increment(1);
                    if down_since.is_none() {
                        down_since = Some(Instant::now());
                        self.metrics.open.increment(1);
                        tracing::warn!(server = %self.source, %error, "no connection to the store of rate limits");
                    } else {
                        tracing::debug!(server = %self.source, %error, "no connection to the store of rate limits");
                    }
                    attempts = attempts.saturating_add(1);
                    self.tried.send_replace(true);
                }
            }
            if attempts > 0 {
                sleep(pause(attempts)).await;
            }
        }
    }

    fn went_up(self: &Arc<Self>, live: &Arc<Live>, driver: JoinHandle<()>, down_since: Option<Instant>) {
        self.live.store(Some(Arc::clone(live)));
        // A connection that the server closes is noticed at once, not by the next call.
        let (shared, closed) = (Arc::downgrade(self), Arc::downgrade(live));
        tokio::spawn(async move {
            // It ends in one way or another, and either way there are no more answers.
            let _ = driver.await;
            if let (Some(shared), Some(live)) = (shared.upgrade(), closed.upgrade()) {
                shared.open(&live, "the connection ended");
            }
        });
        self.tried.send_replace(true);
        if let Some(since) = down_since {
            self.metrics.open.decrement(1);
            tracing::info!(server = %self.source, down = ?since.elapsed(), "the store of rate limits is back");
        } else {
            tracing::info!(server = %self.source, "connected to the store of rate limits");
        }
    }

    /// Connects and loads the scripts. After a failure, a single call without an answer is enough to open the circuit.
    async fn connect(&self, again: bool) -> Result<(Arc<Live>, JoinHandle<()>), CallError> {
        let attempt = async {
            let (mut connection, driver) = self.source.dial().await?;
            // Ends when the connection does, or with the handle below if this attempt fails.
            let driver = tokio::spawn(driver);
            let aborted = Aborted(driver.abort_handle());
            let mut digests = Script::ALL.map(|_| String::new());
            for script in Script::ALL {
                let mut command = Cmd::new();
                command.arg("SCRIPT").arg("LOAD").arg(script.source());
                digests[script as usize] = match send(&mut connection, &command).await? {
                    Value::BulkString(digest) => String::from_utf8(digest).unwrap_or_default(),
                    Value::SimpleString(digest) => digest,
                    _ => return Err(CallError::refused("SCRIPT LOAD told no digest")),
                };
            }
            let failures = AtomicU32::new(if again { self.failures - 1 } else { 0 });
            let live = Arc::new(Live {
                connection,
                digests,
                failures,
                calls: AtomicU64::new(0),
                _driver: aborted,
            });
            Ok((live, driver))
        };
        let patience = self.source.patience();
        timeout(patience, attempt)
            .await
            .unwrap_or_else(|_| Err(CallError::timeout(patience)))
    }

    /// Waits until the circuit opens, and tries the connection while nobody uses it.
    async fn watch(&self, live: &Arc<Live>) {
        let mut calls = live.calls.load(Ordering::Relaxed);
        while timeout(PING_INTERVAL, self.opened.notified()).await.is_err() {
            let now = live.calls.load(Ordering::Relaxed);
            if now == calls {
                let mut ping = Cmd::new();
                ping.arg("PING");
                // What became of it is counted like any call.
                let _ = self
                    .call(live, &ping, false, Deadline::now() + self.deadline)
                    .await;
            }
            calls = live.calls.load(Ordering::Relaxed);
        }
    }
}

impl Live {
    fn answered(&self) {
        // Mostly read: the line stays in every core's cache.
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
    }
}

/// The pause after so many failed attempts.
fn pause(attempts: u32) -> Duration {
    let pause = FIRST_PAUSE
        .saturating_mul(1 << attempts.saturating_sub(1).min(10))
        .min(LONGEST_PAUSE);
    pause.mul_f64(0.75 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_second_and_are_spread() {
        for (attempts, middle) in [(1, 50), (2, 100), (5, 800), (6, 1000), (u32::MAX, 1000)] {
            let millis = pause(attempts).as_millis();
            assert!(
                (middle * 3 / 4..=middle * 5 / 4).contains(&millis),
                "{attempts}: {millis}"
            );
        }
    }
}
