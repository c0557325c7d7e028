//! Threads that serve connections, each with a runtime of its own.
//!
//! All of a connection stays on one thread: what one task of it wakes runs next there, and no thread looks for work of another.
//! On as many threads of one runtime a call takes a fifth to two fifths more of the processor.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::{CancellationToken, DropGuard};

/// The threads; they end when this is dropped.
#[derive(Debug)]
pub(super) struct Workers {
    workers: Vec<Worker>,
    _running: DropGuard,
}

#[derive(Debug)]
struct Worker {
    runtime: Handle,
    connections: Arc<AtomicUsize>,
}

/// A connection that a worker has.
#[derive(Debug)]
pub(super) struct Assigned(Arc<AtomicUsize>);

impl Drop for Assigned {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Workers {
    /// Starts so many threads.
    pub(super) fn start(count: NonZeroUsize) -> io::Result<Self> {
        let stopped = CancellationToken::new();
        let mut workers = Vec::with_capacity(count.get());
        for number in 0..count.get() {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            workers.push(Worker {
                runtime: runtime.handle().clone(),
                connections: Arc::default(),
            });
            let stopped = stopped.clone();
            thread::Builder::new()
                .name(format!("arcjet-worker-{number}"))
                .spawn(move || runtime.block_on(stopped.cancelled_owned()))?;
        }
        Ok(Self {
            workers,
            _running: stopped.drop_guard(),
        })
    }

    /// The worker for the next connection: one that has the fewest.
    pub(super) fn assign(&self) -> Option<(&Handle, Assigned)> {
        let connections = |worker: &&Worker| worker.connections.load(Ordering::Relaxed);
        let worker = self.workers.iter().min_by_key(connections)?;
        worker.connections.fetch_add(1, Ordering::Relaxed);
        Some((&worker.runtime, Assigned(Arc::clone(&worker.connections))))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn connections_are_spread_and_threads_end() {
        let workers = Workers::start(NonZeroUsize::new(3).unwrap()).unwrap();
        let counts = || -> Vec<usize> {
            let of = |worker: &Worker| worker.connections.load(Ordering::Relaxed);
            workers.workers.iter().map(of).collect()
        };
        let mut assigned: Vec<_> = (0..7).map(|_| workers.assign().unwrap().1).collect();
        assert_eq!(counts(), [3, 2, 2]);
        // The first and the fourth are the first worker's.
        assigned.remove(3);
        assigned.remove(0);
        assert_eq!(counts(), [1, 2, 2]);
        assigned.push(workers.assign().unwrap().1);
        assert_eq!(counts(), [2, 2, 2]);
        let (runtime, _) = workers.assign().unwrap();
        let name = runtime.spawn(async { thread::current().name().map(str::to_owned) });
        let name = runtime.block_on(name).unwrap().unwrap();
        assert!(name.starts_with("arcjet-worker-"), "{name}");
        // A runtime drops its tasks when its thread ends.
        let (held, released) = mpsc::channel::<()>();
        runtime.spawn(async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
        drop(workers);
        let ended = released.recv_timeout(Duration::from_secs(10));
        assert_eq!(ended, Err(mpsc::RecvTimeoutError::Disconnected));
    }
}
