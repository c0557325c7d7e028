//! Answers that many requests share: kept for a while, and asked for once at a time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as StdInstant};

use metrics::{Counter, counter};
use moka::Expiry;
use moka::sync::Cache;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::config::DnsConfig;

/// An answer, nothing if there is no certain one, and how long to keep it.
#[derive(Clone, Debug)]
pub(super) struct Kept<V> {
    pub(super) answer: Option<V>,
    pub(super) lifetime: Duration,
}

impl<V> Kept<V> {
    /// No certain answer.
    pub(super) fn unknown() -> Self {
        Self {
            answer: None,
            lifetime: FAILURE,
        }
    }
}

/// How long the failure of a question is remembered, so that a broken zone doesn't keep everybody waiting.
pub(super) const FAILURE: Duration = Duration::from_secs(10);
/// How often longer than anybody waits for it a question may stay open. It may take several look-ups, and its answer is of use to
/// whoever asks next; but it has one of few permits.
const PATIENCE: u32 = 4;

/// The answers to one kind of question.
pub(super) struct Shared<K, V> {
    cache: Cache<K, Kept<V>>,
    open: Mutex<HashMap<K, Open<V>>>,
    permits: Arc<Semaphore>,
    timeout: Duration,
    counters: Counters,
}

/// A question that somebody asks already. Holds nothing until it is answered.
type Open<V> = watch::Receiver<Option<Option<V>>>;

struct Counters {
    cached: Counter,
    answered: Counter,
    failed: Counter,
    timeout: Counter,
    busy: Counter,
}

impl<K, V> Shared<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(super) fn new(kind: &'static str, config: &DnsConfig, permits: Arc<Semaphore>) -> Self {
        let result =
            |result: &'static str| counter!("arcjet_dns_lookups_total", "kind" => kind, "result" => result);
        Self {
            cache: Cache::builder()
                .max_capacity(config.cache_capacity)
                .expire_after(ByLifetime)
                .build(),
            open: Mutex::default(),
            permits,
            timeout: config.timeout,
            counters: Counters {
                cached: result("cached"),
                answered: result("answered"),
                failed: result("failed"),
                timeout: result("timeout"),
                busy: result("busy"),
            },
        }
    }

    /// The answer, or nothing if there is no certain one by the deadline.
    ///
    /// The question goes on when nobody waits for it any more, so that its answer is there for the next one who asks.
    pub(super) async fn get<F>(
        self: &Arc<Self>,
        key: K,
        deadline: Instant,
        look_up: impl FnOnce(K) -> F,
    ) -> Option<V>
    where
        F: Future<Output = Kept<V>> + Send + 'static,
    {
        if let Some(kept) = self.cache.get(&key) {
            self.counters.cached.increment(1);
            return kept.answer;
        }
        let Some(mut open) = self.join(key, look_up) else {
            self.counters.busy.increment(1);
            return None;
        };
        let answer = match timeout_at(deadline, open.wait_for(Option::is_some)).await {
            Ok(Ok(answer)) => answer.clone().flatten(),
            // The task that asks is gone: its runtime shuts down.
            Ok(Err(_)) => None,
            Err(_) => {
                self.counters.timeout.increment(1);
                return None;
            }
        };
        let counter = if answer.is_some() {
            &self.counters.answered
        } else {
            &self.counters.failed
        };
        counter.increment(1);
        answer
    }

    /// The open question, asked if nobody asks it yet; nothing if too many are open or nobody can ask.
    fn join<F>(self: &Arc<Self>, key: K, look_up: impl FnOnce(K) -> F) -> Option<Open<V>>
    where
        F: Future<Output = Kept<V>> + Send + 'static,
    {
        let mut open = self.open();
        let entry = match open.entry(key) {
            Entry::Occupied(entry) => return Some(entry.get().clone()),
            Entry::Vacant(entry) => entry,
        };
        // Answered since the caller looked: an answer is kept before its question is closed.
        if let Some(kept) = self.cache.get(entry.key()) {
            return Some(watch::channel(Some(kept.answer)).1);
        }
        let runtime = Handle::try_current().ok()?;
        let permit = Arc::clone(&self.permits).try_acquire_owned().ok()?;
        let (sender, receiver) = watch::channel(None);
        let question = Question {
            key: entry.key().clone(),
            shared: Arc::clone(self),
            _permit: permit,
        };
        entry.insert(receiver.clone());
        // Before the task starts: a runtime that shuts down drops it at once, which closes the question.
        drop(open);
        let look_up = timeout(self.timeout * PATIENCE, look_up(question.key.clone()));
        runtime.spawn(async move {
            let kept = look_up.await.unwrap_or_else(|_| Kept::unknown());
            let answer = kept.answer.clone();
            question.shared.cache.insert(question.key.clone(), kept);
            drop(question);
            sender.send_replace(Some(answer));
        });
        Some(receiver)
    }

    fn open(&self) -> MutexGuard<'_, HashMap<K, Open<V>>> {
        // Nothing panics while it is locked, and a map that lost an entry is still a map.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question that is being asked; closed when dropped, however its task ends.
struct Question<K: Clone + Eq + Hash + Send + Sync + 'static, V: Clone + Send + Sync + 'static> {
    key: K,
    shared: Arc<Shared<K, V>>,
    _permit: OwnedSemaphorePermit,
}

impl<K, V> Drop for Question<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn drop(&mut self) {
        self.shared.open().remove(&self.key);
    }
}

/// Keeps an answer for its own lifetime.
struct ByLifetime;

impl<K, V> Expiry<K, Kept<V>> for ByLifetime {
    fn expire_after_create(&self, _: &K, kept: &Kept<V>, _: StdInstant) -> Option<Duration> {
        Some(kept.lifetime)
    }

    fn expire_after_update(
        &self,
        _: &K,
        kept: &Kept<V>,
        _: StdInstant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(kept.lifetime)
    }
}
