//! Leases: a part of a limit is taken from the store at once and served from this process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arcjet_engine::limit::{LimitCheck, LimitOutcome, LimitOutcomes, LimitStore, Quota, StoreError};
use arcjet_engine::{ConfigError, Timestamp};
use smallvec::SmallVec;

/// Enough for many cores to rarely meet; a power of two.
const SHARDS: usize = 32;

/// Leases that are remembered, in about 100 bytes each. Clients beyond it are asked about at the store, as without leases.
const CAPACITY: usize = 128 * 1024;

/// Serves limits from leases: a share of a quota that was counted at the store in advance. Most requests of a busy client
/// then need no round trip.
///
/// - **Overshoot: none.** Units are served only after they were counted at the store, and only within the window that they
///   were counted in: a lease ends a second before its window may, because the store tells the time that is left in whole
///   seconds. Windows of a second are therefore never leased.
/// - **Under-use:** of each limit, each replica may hold up to one lease of ⌊share × max⌋ units that others are denied
///   meanwhile. What is left of it when it ends is lost. A call for a lease that is given up on the way loses one more.
/// - `remaining` is what the store last said and the lease holds: other replicas may have taken from it since.
///
/// Fixed and sliding windows are leased. **Token buckets are not**: tokens taken early would be refilled early. Neither are
/// dry runs, decisions whose limits belong to different clients, and requests for more than a lease holds.
#[derive(Debug)]
pub struct Leased<S> {
    store: S,
    share: f64,
    shards: Box<[Mutex<HashMap<u128, Lease>>]>,
}

/// What is left of units that are counted at the store already.
#[derive(Clone, Copy, Debug)]
struct Lease {
    left: u32,
    /// What the store had left when it was last asked.
    remaining: u32,
    /// When it was taken, and when it ends, by the caller's clock; and when by one that cannot be set back.
    from: Timestamp,
    until: Timestamp,
    ends: Instant,
    /// Whether somebody is asking for a new one, or the store has none to give until this one ends.
    closed: bool,
}

impl Lease {
    fn holds(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until && Instant::now() < self.ends
    }
}

/// Whether leases can be of this share of a limit.
pub(super) fn check(share: f64) -> Result<(), ConfigError> {
    if share > 0.0 && share <= 0.5 {
        return Ok(());
    }
    Err(ConfigError::new(
        "store.lease",
        share.to_string(),
        "more than 0, up to 0.5",
    ))
}

impl<S: LimitStore> Leased<S> {
    /// Takes leases of `share` of each limit's maximum, more than 0 and up to 0.5.
    ///
    /// # Errors
    ///
    /// If the share is out of range.
    pub fn new(store: S, share: f64) -> Result<Self, ConfigError> {
        check(share)?;
        Ok(Self {
            store,
            share,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        })
    }

    /// How many units a lease has; 0 if the limit is not leased.
    fn batch(&self, check: &LimitCheck) -> u32 {
        match check.quota {
            Quota::TokenBucket { .. } => 0,
            _ if check.dry_run || check.quota.window().get() == 1 => 0,
            // The product is at most half of the maximum.
            quota => (f64::from(quota.max()) * self.share) as u32,
        }
    }

    fn shard(&self, group: u64) -> MutexGuard<'_, HashMap<u128, Lease>> {
        // Groups are uniformly distributed. Nothing panics under the lock.
        self.shards[group as usize % SHARDS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves a decision from leases, if every limit of it has one with enough left.
    fn serve(&self, checks: &[LimitCheck], now: Timestamp) -> Option<LimitOutcomes> {
        let mut shard = self.shard(checks[0].key.group());
        let enough = |check: &LimitCheck| {
            let lease = shard.get(&id(check))?;
            (lease.holds(now) && lease.left >= check.requested.max(1)).then_some(())
        };
        checks.iter().try_for_each(enough)?;
        let outcomes = checks.iter().filter_map(|check| {
            let lease = shard.get_mut(&id(check))?;
            lease.left -= check.requested.max(1);
            Some(LimitOutcome {
                allowed: true,
                max: check.quota.max(),
                remaining: lease.remaining.saturating_add(lease.left).min(check.quota.max()),
                // One more than until the lease ends, which is up to a second early.
                reset: seconds(lease.until.saturating_since(now)).saturating_add(1),
                window: check.quota.window().get(),
                retry_ttl: 0,
            })
        });
        Some(outcomes.collect())
    }

    /// Marks the limits that a lease is to be asked for, and says how many units for each check.
    fn open(&self, checks: &[LimitCheck], now: Timestamp) -> SmallVec<[u32; 4]> {
        let mut shard = self.shard(checks[0].key.group());
        if shard.len() >= CAPACITY / SHARDS {
            shard.retain(|_, lease| lease.holds(now));
        }
        let full = shard.len() >= CAPACITY / SHARDS;
        let batches = checks.iter().map(|check| {
            let batch = self.batch(check);
            let lease = shard.get(&id(check));
            let requested = check.requested.max(1);
            let before = lease.filter(|lease| lease.holds(now));
            let taken = before.is_some_and(|lease| lease.closed || lease.left >= requested);
            if batch <= requested || taken || (lease.is_none() && full) {
                return 0;
            }
            let asking = Lease {
                left: before.map_or(0, |lease| lease.left),
                remaining: before.map_or(0, |lease| lease.remaining),
                from: before.map_or(now, |lease| lease.from),
                until: before.map_or(now.saturating_add(ASKING), |lease| lease.until),
                ends: before.map_or(Instant::now() + ASKING, |lease| lease.ends),
                closed: true,
            };
            shard.insert(id(check), asking);
            // Filled up, so that there is never more than one lease.
            batch - asking.left.min(batch)
        });
        batches.collect()
    }

    /// Enters what came of asking: new leases, or that there is none to have until the window ends.
    fn close(&self, checks: &[LimitCheck], batches: &[u32], granted: Option<&[LimitOutcome]>, asked: Asked) {
        let mut shard = self.shard(checks[0].key.group());
        for (nth, (check, batch)) in checks.iter().zip(batches).enumerate() {
            if *batch == 0 {
                continue;
            }
            let Some(lease) = shard.get_mut(&id(check)) else {
                continue;
            };
            let Some(outcome) = granted.map(|outcomes| outcomes[nth]) else {
                // As long as a window is known to last at least; the store is asked without leases until then.
                continue;
            };
            let whole = Duration::from_secs(u64::from(outcome.reset.saturating_sub(1)));
            let until = asked.now.saturating_add(whole);
            if whole.is_zero() {
                // The window ends within a second: nothing can be served from it, and asking again would only take more.
                (lease.left, lease.until, lease.ends) =
                    (0, asked.now.saturating_add(ASKING), asked.at + ASKING);
                continue;
            }
            // What was left belongs to the same window if the old lease still held when the new one was asked for.
            let left = if lease.until > asked.now { lease.left } else { 0 };
            *lease = Lease {
                left: left.saturating_add(*batch),
                remaining: outcome.remaining,
                from: asked.now,
                until: if left > 0 { until.min(lease.until) } else { until },
                ends: if left > 0 {
                    (asked.at + whole).min(lease.ends)
                } else {
                    asked.at + whole
                },
                closed: false,
            };
        }
    }
}

/// When the store was asked, by both clocks.
#[derive(Clone, Copy)]
struct Asked {
    now: Timestamp,
    at: Instant,
}

/// For how long after a lease was refused, or while one is asked for, no other is: a round trip and a little.
const ASKING: Duration = Duration::from_secs(1);

/// What tells a limit from others.
fn id(check: &LimitCheck) -> u128 {
    check.key.as_u128() ^ check.quota.to_u128()
}

/// Whole seconds, rounded up.
fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

impl<S: LimitStore> LimitStore for Leased<S> {
    async fn check(&self, checks: &[LimitCheck], now: Timestamp) -> Result<LimitOutcomes, StoreError> {
        let one_client = |check: &LimitCheck| check.key.group() == checks[0].key.group();
        let twice = |nth: usize| checks[..nth].iter().any(|other| id(other) == id(&checks[nth]));
        if checks.is_empty() || !checks.iter().all(one_client) || (0..checks.len()).any(twice) {
            return self.store.check(checks, now).await;
        }
        if checks.iter().all(|check| self.batch(check) > 0)
            && let Some(outcomes) = self.serve(checks, now)
        {
            return Ok(outcomes);
        }
        let batches = self.open(checks, now);
        if batches.iter().any(|batch| *batch > 0) {
            let more: SmallVec<[LimitCheck; 4]> = checks
                .iter()
                .zip(&batches)
                .map(|(check, batch)| LimitCheck {
                    requested: check.requested.max(1).saturating_add(*batch),
                    ..*check
                })
                .collect();
            let asked = Asked {
                now,
                at: Instant::now(),
            };
            let mut outcomes = self.store.check(&more, now).await?;
            let counted = more
                .iter()
                .zip(&outcomes)
                .all(|(check, outcome)| outcome.allowed || check.dry_run);
            self.close(checks, &batches, counted.then_some(&*outcomes), asked);
            if counted {
                for (outcome, batch) in outcomes.iter_mut().zip(&batches) {
                    outcome.remaining = outcome.remaining.saturating_add(*batch);
                }
                return Ok(outcomes);
            }
            // Too little is left for a lease; maybe enough for the request.
        }
        self.store.check(checks, now).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arcjet_engine::limit::{LimitKey, MemoryStore};
    use futures_util::FutureExt as _;
    use proptest::prelude::*;

    use super::*;

    const REPLICAS: usize = 3;

    /// Milliseconds that pass, the replica that is asked, and the units.
    fn traffic() -> impl Strategy<Value = Vec<(u64, usize, u32)>> {
        let gap = prop_oneof![8 => 0..30_u64, 2 => 0..900_u64, 1 => 0..7_000_u64];
        let units = prop_oneof![5 => Just(1_u32), 1 => 0..12_u32];
        prop::collection::vec((gap, 0..REPLICAS, units), 1..400)
    }

    fn check(quota: Quota, requested: u32) -> LimitCheck {
        LimitCheck {
            key: LimitKey::new(7),
            quota,
            requested,
            dry_run: false,
        }
    }

    fn replicas(share: f64) -> (Arc<MemoryStore>, Vec<Leased<Arc<MemoryStore>>>) {
        let store = Arc::new(MemoryStore::default());
        let replica = |_| Leased::new(Arc::clone(&store), share).unwrap();
        (Arc::clone(&store), (0..REPLICAS).map(replica).collect())
    }

    /// The store in memory never waits.
    fn block_on<T>(future: impl Future<Output = T>) -> T {
        future.now_or_never().unwrap()
    }

    proptest! {
        /// What all replicas admit together would have been admitted one by one, too; and what a denied request misses is in
        /// their leases, or was lost with ended ones.
        #[test]
        fn nothing_is_exceeded_and_little_is_missed(
            max in 1..200_u32,
            seconds in 1..6_u32,
            sliding in any::<bool>(),
            share in 0.01..=0.5_f64,
            traffic in traffic(),
        ) {
            let window = Duration::from_secs(u64::from(seconds));
            let quota = if sliding { Quota::sliding_window(max, window) } else { Quota::fixed_window(max, window) }.unwrap();
            let (_, replicas) = replicas(share);
            let batch = (f64::from(max) * share) as u32;
            let mut now = 1_700_000_000_000;
            // The state that counting what was admitted, when it was admitted, leads to.
            let mut state = None;
            let mut admitted = (0, 0);
            for (gap, replica, requested) in traffic {
                now += gap;
                let instant = Timestamp::from_millis(now);
                let outcome = block_on(replicas[replica].check(&[check(quota, requested)], instant)).unwrap()[0];
                let this_window = now / window.as_millis() as u64;
                if admitted.0 != this_window {
                    admitted = (this_window, 0);
                }
                if outcome.allowed {
                    let taken = quota.judge(state, requested, instant).taken;
                    prop_assert!(taken.is_some(), "exceeded at {now}");
                    state = taken.map(|taken| taken.state);
                    admitted.1 += requested.max(1);
                } else if !sliding && requested <= max {
                    // Each replica holds at most a lease, and loses one more in the last second of a window.
                    let held = 2 * REPLICAS as u32 * batch;
                    prop_assert!(admitted.1 + requested.max(1) + held > max, "denied with {} of {max} admitted", admitted.1);
                }
                prop_assert!(outcome.remaining <= max);
            }
        }
    }

    #[test]
    fn most_requests_need_no_round_trip() {
        let (store, replicas) = replicas(0.1);
        let quota = Quota::fixed_window(1000, Duration::from_secs(60)).unwrap();
        let now = Timestamp::from_millis(1_699_999_980_000);
        let ask = |units| block_on(replicas[0].check(&[check(quota, units)], now)).unwrap()[0];
        let at_the_store = || block_on(store.check(&[check(quota, 2000)], now)).unwrap()[0].remaining;
        assert_eq!(ask(1).remaining, 999);
        assert_eq!(at_the_store(), 899);
        for left in (899..999).rev() {
            assert_eq!(ask(1).remaining, left);
        }
        assert_eq!(at_the_store(), 899);
        assert_eq!(ask(1).remaining, 898);
        assert_eq!(at_the_store(), 798);
        // More than a lease: asked for at the store.
        assert_eq!(ask(200).remaining, 598);
        assert_eq!(at_the_store(), 598);
    }

    #[test]
    fn token_buckets_and_dry_runs_are_asked_for_at_the_store() {
        let (store, replicas) = replicas(0.5);
        let bucket = Quota::token_bucket(100, 1, Duration::from_secs(60)).unwrap();
        let window = Quota::fixed_window(100, Duration::from_secs(60)).unwrap();
        let dry_run = LimitCheck {
            dry_run: true,
            ..check(window, 1)
        };
        let now = Timestamp::from_millis(1_699_999_980_000);
        for one in [check(bucket, 1), dry_run] {
            for left in [99, 98] {
                assert_eq!(
                    block_on(replicas[0].check(&[one], now)).unwrap()[0].remaining,
                    left
                );
                let peek = LimitCheck {
                    requested: 101,
                    ..one
                };
                assert_eq!(block_on(store.check(&[peek], now)).unwrap()[0].remaining, left);
            }
        }
    }

    #[test]
    fn a_share_out_of_range_is_refused() {
        for share in [0.0, -1.0, 0.51, f64::NAN] {
            let error = Leased::new(MemoryStore::default(), share).unwrap_err();
            assert_eq!(error.field(), "store.lease");
        }
    }
}
