//! The memory store: the common suite, and what is its own (bounds, eviction, reclaiming).

use std::time::Duration;

use arcjet_engine::Timestamp;
use arcjet_engine::limit::{LimitKey, LimitOutcome, LimitStore, MemoryStore, Quota};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use proptest::prelude::*;

use super::properties::small_quota;
use super::suite::{Step, agrees_with_the_reference, check, fresh_key, limit_store_suite, live, per_minute};

limit_store_suite!(MemoryStore::default());

mod tiny {
    use arcjet_engine::limit::MemoryStore;

    // One shard, and no more room than the suite's decisions need at a time.
    crate::limits::suite::limit_store_suite!(MemoryStore::builder().capacity(8).build().unwrap());
}

const NOON: Timestamp = Timestamp::from_millis(1_700_049_600_000);

fn store(capacity: usize) -> MemoryStore {
    MemoryStore::builder().capacity(capacity).build().unwrap()
}

fn fresh_keys(count: usize) -> Vec<LimitKey> {
    (0..count).map(|_| fresh_key()).collect()
}

fn per_second(max: u32) -> Quota {
    Quota::fixed_window(max, Duration::from_secs(1)).unwrap()
}

/// Counts one request for each key, and says how many of them were remembered from before.
async fn touch(store: &MemoryStore, keys: &[LimitKey], quota: Quota, now: Timestamp) -> usize {
    let mut remembered = 0;
    for key in keys {
        let outcome = check_one(store, *key, quota, now).await;
        remembered += usize::from(outcome.remaining + 1 < quota.max());
    }
    remembered
}

async fn check_one(store: &MemoryStore, key: LimitKey, quota: Quota, now: Timestamp) -> LimitOutcome {
    store.check(&[live(key, quota)], now).await.unwrap()[0]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_decisions_agree_with_the_reference(
        quotas in prop::collection::vec(small_quota(), 1..4),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(agrees_with_the_reference(&store(4096), &quotas, &steps));
    }
}

fn step() -> impl Strategy<Value = Step> {
    let gap = prop_oneof![2 => 0..50_u64, 1 => 0..2_500_u64];
    let check = (
        0..3_usize,
        0..4_usize,
        prop_oneof![3 => Just(1_u32), 1 => 0..8_u32],
        prop::bool::weighted(0.3),
    );
    (gap, prop::collection::vec(check, 0..5))
}

#[tokio::test]
async fn holds_its_capacity_and_no_more() {
    let store = store(100);
    let keys = fresh_keys(101);
    touch(&store, &keys[..100], per_minute(9), NOON).await;
    assert_eq!((store.len(), store.evictions()), (100, 0));
    assert_eq!(touch(&store, &keys[..100], per_minute(9), NOON).await, 100);
    touch(&store, &keys[100..], per_minute(9), NOON).await;
    assert_eq!((store.len(), store.evictions()), (100, 1));
}

#[tokio::test]
async fn a_sharded_store_holds_its_capacity_without_evicting() {
    let store = store(100_000);
    let keys = fresh_keys(100_000);
    touch(&store, &keys, per_minute(9), NOON).await;
    assert_eq!((store.len(), store.evictions()), (100_000, 0));
    assert_eq!(touch(&store, &keys, per_minute(9), NOON).await, 100_000);
}

#[tokio::test]
async fn a_flood_stays_within_bounds_and_displaces_itself() {
    let store = store(10_000);
    let regulars = fresh_keys(1_000);
    touch(&store, &regulars, per_minute(u32::MAX), NOON).await;
    for flood in fresh_keys(50_000).chunks(2_000) {
        assert_eq!(touch(&store, &regulars, per_minute(u32::MAX), NOON).await, 1_000);
        touch(&store, flood, per_minute(9), NOON).await;
        assert!(store.len() <= 12_000, "{}", store.len());
    }
    assert!(store.evictions() >= 51_000 - 12_000, "{}", store.evictions());
}

#[tokio::test]
async fn what_has_expired_goes_before_what_has_not() {
    let store = store(2_000);
    let (lasting, passing) = (fresh_keys(1_000), fresh_keys(1_000));
    touch(&store, &lasting, per_minute(9), NOON).await;
    touch(&store, &passing, per_second(9), NOON).await;
    let later = NOON.saturating_add(Duration::from_secs(2));
    touch(&store, &fresh_keys(1_000), per_minute(9), later).await;
    assert_eq!(store.evictions(), 0);
    assert_eq!(touch(&store, &lasting, per_minute(9), later).await, 1_000);
}

#[tokio::test]
async fn a_limit_that_is_used_again_lives_longer() {
    let store = store(100);
    let keys = fresh_keys(100);
    touch(&store, &keys, per_second(9), NOON).await;
    // The next window: the counts are new, and so are their expiries.
    let next = NOON.saturating_add(Duration::from_secs(1));
    assert_eq!(touch(&store, &keys, per_second(9), next).await, 0);
    let (newcomers, later) = (fresh_keys(10), next.saturating_add(Duration::from_millis(500)));
    touch(&store, &newcomers, per_minute(9), later).await;
    assert_eq!(store.evictions(), 10);
}

#[tokio::test]
async fn forgetting_what_has_expired_is_no_eviction() {
    let store = store(10);
    touch(&store, &fresh_keys(10), per_second(9), NOON).await;
    // Too early to find anything expired; the next newcomer finds out without another search.
    for (millis, evictions) in [(500, 1), (1_200, 1)] {
        touch(
            &store,
            &fresh_keys(1),
            per_minute(9),
            NOON.saturating_add(Duration::from_millis(millis)),
        )
        .await;
        assert_eq!((store.len(), store.evictions()), (10, evictions));
    }
}

#[tokio::test]
async fn memory_follows_the_active_clients_without_cleaning() {
    let store = store(1_000_000);
    for second in 0..200 {
        let now = NOON.saturating_add(Duration::from_secs(second));
        touch(&store, &fresh_keys(500), per_second(9), now).await;
        // Active: 500 in their second, and 10 seconds of grace.
        assert!(store.len() <= 2 * 500 * 11, "{} after {second} s", store.len());
    }
    assert_eq!(store.evictions(), 0);
}

#[tokio::test]
async fn a_clock_set_back_within_the_grace_finds_its_counts() {
    let store = store(100_000);
    let keys = fresh_keys(1_000);
    touch(&store, &keys, per_second(9), NOON).await;
    // The count has expired, and newcomers have looked for expired ones.
    let later = NOON.saturating_add(Duration::from_secs(10));
    touch(&store, &fresh_keys(10_000), per_second(9), later).await;
    assert_eq!(touch(&store, &keys, per_second(9), NOON).await, 1_000);
}

#[tokio::test]
async fn a_decision_with_more_limits_than_there_is_room_is_still_exact() {
    let store = store(1);
    let keys = fresh_keys(3);
    let checks: Vec<_> = keys.iter().map(|key| live(*key, per_minute(1))).collect();
    let outcomes = check(&store, &checks, NOON).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.allowed && outcome.remaining == 0),
        "{outcomes:?}"
    );
    assert_eq!((store.len(), store.evictions()), (1, 2));
}

#[test]
fn evictions_are_a_metric() {
    let recorder = DebuggingRecorder::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let evictions = metrics::with_local_recorder(&recorder, || {
        let store = store(10);
        runtime.block_on(touch(&store, &fresh_keys(25), per_minute(9), NOON));
        store.evictions()
    });
    assert_eq!(evictions, 15);
    let counters: Vec<_> = recorder
        .snapshotter()
        .snapshot()
        .into_vec()
        .into_iter()
        .map(|(key, _, _, value)| (key.key().name().to_owned(), value))
        .collect();
    assert_eq!(
        counters,
        [("arcjet_limit_evictions_total".to_owned(), DebugValue::Counter(15))]
    );
}

#[test]
fn debug_shows_the_size_and_no_keys() {
    assert_eq!(
        format!("{:?}", store(5_000)),
        "MemoryStore { capacity: 5000, shards: 4, evictions: 0, .. }"
    );
}
