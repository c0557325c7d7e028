//! The store in this process: sharded, bounded, exact.
//!
//! Keys are spread over shards by a hash with a seed of its own per store, so nobody outside can choose keys
//! that meet in one shard. Each shard is a hash table of slot numbers over a slab of 48-byte slots behind one
//! mutex, which is held for the fraction of a microsecond that a judgement takes and never across an `await`.
//! A decision with several limits locks its shards in ascending order, so decisions cannot deadlock, and
//! judges and consumes under all the locks, so they cannot interleave.

mod builder;
mod shard;
mod slab;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use smallvec::{SmallVec, smallvec};

use crate::time::Timestamp;

use self::shard::{Place, Seed, Shard};
use super::{Judgement, LimitCheck, LimitOutcome, LimitOutcomes, LimitStore, StoreError};

pub use self::builder::MemoryStoreBuilder;

/// The name of the counter of evicted counts that had not expired.
const EVICTIONS: &str = "arcjet_limit_evictions_total";

/// Keeps counts in this process's memory. Restarting the process forgets them.
///
/// It holds a bounded number of limits, 1,000,000 unless [configured otherwise](MemoryStore::builder), in
/// about 60 bytes each. Nobody needs to clean it: each new limit reclaims a few expired ones. When it is
/// full, a new limit takes the place of an expired one, or else of one that was not used for long; that one
/// then starts over with a full quota, which [`evictions`](MemoryStore::evictions) and the metric
/// `arcjet_limit_evictions_total` count. If that number grows, raise the capacity.
///
/// Counts are kept for 10 seconds beyond their expiry unless the room is needed, so that a clock set back by
/// less than that gives back no quota.
///
/// ```
/// use std::time::Duration;
/// use arcjet_engine::limit::{LimitCheck, LimitKey, LimitStore, MemoryStore, Quota};
/// use arcjet_engine::Clock;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::default();
/// let check = LimitCheck {
///     key: LimitKey::new(0x5eed),
///     quota: Quota::sliding_window(2, Duration::from_secs(60))?,
///     requested: 1,
///     dry_run: false,
/// };
/// let now = Clock::System.now();
/// assert_eq!(store.check(&[check], now).await?[0].remaining, 1);
/// assert!(store.check(&[check], now).await?[0].allowed);
/// assert!(!store.check(&[check], now).await?[0].allowed);
/// # Ok(())
/// # }
/// ```
pub struct MemoryStore {
    shards: Box<[Padded]>,
    seed: Seed,
    capacity: usize,
    evictions: AtomicU64,
}

/// A shard on cache lines of its own, so that locking one does not slow down its neighbours.
#[repr(align(128))]
struct Padded(Mutex<Shard>);

impl MemoryStore {
    /// Starts the configuration of a store.
    pub fn builder() -> MemoryStoreBuilder {
        MemoryStoreBuilder::default()
    }

    /// How many limits the store is sized for.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many limits are remembered now, among them some that have expired. It locks every shard in turn.
    pub fn len(&self) -> usize {
        (0..self.shards.len()).map(|shard| self.lock(shard).len()).sum()
    }

    /// Whether nothing is remembered. It locks every shard in turn.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many counts were forgotten before they had expired, because the store was full.
    pub fn evictions(&self) -> u64 {
        self.evictions.load(Ordering::Relaxed)
    }

    /// What [`check`](LimitStore::check) does, which has nothing to wait for here and does not fail.
    pub(crate) fn check_now(&self, checks: &[LimitCheck], now: Timestamp) -> LimitOutcomes {
        match checks {
            [check] => smallvec![self.check_one(check, now)],
            _ => self.check_all(checks, now),
        }
    }

    fn lock(&self, shard: usize) -> MutexGuard<'_, Shard> {
        // Nothing panics under the lock; should it ever, the counts are worth more than the suspicion.
        self.shards[shard]
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, check: &LimitCheck) -> Place {
        // Keys are uniformly distributed, so this is too, and the same key under another quota is another
        // limit.
        Place::of(
            check.key.as_u128() ^ check.quota.to_u128(),
            &self.seed,
            self.shards.len(),
        )
    }

    /// One limit: one lock, one probe, no allocation unless the limit is new.
    fn check_one(&self, check: &LimitCheck, now: Timestamp) -> LimitOutcome {
        let place = self.place(check);
        let mut shard = self.lock(place.shard);
        let slot = shard.find(&place);
        let state = slot.and_then(|slot| shard.recall(slot));
        let judgement = check.quota.judge(state, check.requested, now);
        let Some(taken) = judgement.taken else {
            return judgement.untouched;
        };
        let evicted = shard.keep(slot, &place, taken.state, taken.expires_at, now);
        drop(shard);
        self.count_evictions(u64::from(evicted));
        taken.outcome
    }

    fn check_all(&self, checks: &[LimitCheck], now: Timestamp) -> LimitOutcomes {
        let mut order: SmallVec<[(Place, usize); 4]> = checks
            .iter()
            .enumerate()
            .map(|(index, check)| (self.place(check), index))
            .collect();
        // By shard, then by limit: the order of locking, with equal limits side by side.
        order.sort_unstable();

        let mut locks: SmallVec<[MutexGuard<'_, Shard>; 4]> = SmallVec::new();
        let mut limits: SmallVec<[Limit; 4]> = SmallVec::new();
        let mut limit_of: SmallVec<[usize; 4]> = smallvec![0; checks.len()];
        let mut blocked = false;
        for same in order.chunk_by(|(a, _), (b, _)| a == b) {
            let (place, first) = same[0];
            if limits.last().is_none_or(|limit| limit.place.shard != place.shard) {
                locks.push(self.lock(place.shard));
            }
            let lock = locks.len() - 1;
            let (live, requested) = merge(same.iter().map(|(_, index)| &checks[*index]));
            let state = locks[lock].find(&place).and_then(|slot| locks[lock].recall(slot));
            let judgement = checks[first].quota.judge(state, requested, now);
            blocked |= live && judgement.taken.is_none();
            for (_, index) in same {
                limit_of[*index] = limits.len();
            }
            limits.push(Limit {
                place,
                lock,
                judgement,
            });
        }

        let mut evictions = 0;
        for limit in limits.iter().filter(|_| !blocked) {
            let Some(taken) = limit.judgement.taken else {
                continue;
            };
            let shard = &mut locks[limit.lock];
            // Found anew: keeping another limit of this decision may have evicted it.
            let slot = shard.find(&limit.place);
            evictions += u64::from(shard.keep(slot, &limit.place, taken.state, taken.expires_at, now));
        }
        drop(locks);
        self.count_evictions(evictions);
        limit_of
            .iter()
            .map(|limit| limits[*limit].judgement.outcome(!blocked))
            .collect()
    }

    fn count_evictions(&self, evictions: u64) {
        if evictions > 0 {
            self.evictions.fetch_add(evictions, Ordering::Relaxed);
            metrics::counter!(EVICTIONS).increment(evictions);
        }
    }
}

/// One limit of a decision, however many of its checks name it.
struct Limit {
    place: Place,
    /// The index of its shard among the locked ones.
    lock: usize,
    judgement: Judgement,
}

/// Whether any of the checks of one limit is live, and the greatest number of units requested by those that
/// count.
fn merge<'a>(same: impl Iterator<Item = &'a LimitCheck>) -> (bool, u32) {
    same.map(|check| (!check.dry_run, check.requested))
        .max()
        .unwrap_or_default()
}

impl LimitStore for MemoryStore {
    async fn check(&self, checks: &[LimitCheck], now: Timestamp) -> Result<LimitOutcomes, StoreError> {
        Ok(self.check_now(checks, now))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        MemoryStoreBuilder::default().build_valid()
    }
}

/// Shows the size and no keys.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("capacity", &self.capacity)
            .field("shards", &self.shards.len())
            .field("evictions", &self.evictions())
            .finish_non_exhaustive()
    }
}
