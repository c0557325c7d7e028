//! The behaviour of a store, as generic functions: every implementation of `LimitStore` runs all of them.
//!
//! Each function takes fresh random keys, so they can share a store. A test binary that includes this file
//! has it as `suite` at its root, next to `reference`.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use arcjet_engine::Timestamp;
use arcjet_engine::limit::{LimitCheck, LimitKey, LimitOutcome, LimitStore, Quota};

use super::reference::Reference;

/// Makes one test of each function of the suite, over the store that the expression makes.
macro_rules! limit_store_suite {
    ($store:expr) => {
        $crate::limits::suite::limit_store_suite! { $store =>
            counts_down_and_denies_until_the_reset,
            no_checks_have_no_outcomes,
            a_live_deny_consumes_nothing_anywhere,
            a_dry_run_deny_blocks_nothing,
            a_dry_run_consumes_like_a_live_check,
            the_same_limit_twice_is_one_limit,
            dry_run_twins_follow_the_live_check,
            another_quota_is_another_limit,
            zero_units_count_as_one,
            too_many_units_never_pass,
            a_clock_set_back_gives_nothing,
            a_dropped_future_consumes_nothing,
            exact_under_concurrency,
            exact_for_decisions_with_several_limits,
        }
    };
    ($store:expr => $($name:ident,)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 8)]
            async fn $name() {
                $crate::limits::suite::$name(std::sync::Arc::new($store)).await;
            }
        )+
    };
}
pub(crate) use limit_store_suite;

/// A round number of hours, so that windows up to an hour start here.
const START: Timestamp = Timestamp::from_millis(1_699_992_000_000);

pub(crate) fn fresh_key() -> LimitKey {
    let random = RandomState::new();
    LimitKey::new(u128::from(random.hash_one(0_u8)) << 64 | u128::from(random.hash_one(1_u8)))
}

pub(crate) fn live(key: LimitKey, quota: Quota) -> LimitCheck {
    LimitCheck {
        key,
        quota,
        requested: 1,
        dry_run: false,
    }
}

pub(crate) fn per_minute(max: u32) -> Quota {
    Quota::fixed_window(max, Duration::from_secs(60)).unwrap()
}

fn dry_run(key: LimitKey, quota: Quota) -> LimitCheck {
    LimitCheck {
        dry_run: true,
        ..live(key, quota)
    }
}

fn seconds_later(seconds: u64) -> Timestamp {
    START.saturating_add(Duration::from_secs(seconds))
}

pub(crate) async fn check(
    store: &impl LimitStore,
    checks: &[LimitCheck],
    now: Timestamp,
) -> Vec<LimitOutcome> {
    store.check(checks, now).await.unwrap().into_vec()
}

async fn remaining(store: &impl LimitStore, key: LimitKey, quota: Quota, now: Timestamp) -> u32 {
    // A request that can never pass shows what is left and consumes nothing.
    let peek = LimitCheck {
        requested: quota.max() + 1,
        ..live(key, quota)
    };
    check(store, &[peek], now).await[0].remaining
}

pub(crate) async fn counts_down_and_denies_until_the_reset(store: Arc<impl LimitStore>) {
    let minute = Duration::from_secs(60);
    for quota in [
        Quota::fixed_window(3, minute).unwrap(),
        Quota::sliding_window(3, minute).unwrap(),
        Quota::token_bucket(3, 1, minute).unwrap(),
    ] {
        let one = [live(fresh_key(), quota)];
        for left in [2, 1, 0] {
            let outcome = check(&store, &one, START).await[0];
            assert_eq!(
                (outcome.allowed, outcome.max, outcome.remaining),
                (true, 3, left),
                "{quota:?}"
            );
            assert_eq!((outcome.window, outcome.retry_ttl), (60, 0), "{quota:?}");
        }
        let denied = check(&store, &one, START).await[0];
        assert!(!denied.allowed && denied.reset >= 60, "{denied:?}");
        assert_eq!(denied.retry_ttl, denied.reset);
        let reset = u64::from(denied.reset);
        assert!(
            !check(&store, &one, seconds_later(reset - 1)).await[0].allowed,
            "{quota:?}"
        );
        assert!(
            check(&store, &one, seconds_later(reset)).await[0].allowed,
            "{quota:?}"
        );
    }
}

pub(crate) async fn no_checks_have_no_outcomes(store: Arc<impl LimitStore>) {
    assert_eq!(check(&store, &[], START).await, []);
}

pub(crate) async fn a_live_deny_consumes_nothing_anywhere(store: Arc<impl LimitStore>) {
    let (narrow, wide, shown) = (fresh_key(), fresh_key(), fresh_key());
    let checks = [
        live(wide, per_minute(10)),
        live(narrow, per_minute(1)),
        dry_run(shown, per_minute(10)),
    ];
    let first = check(&store, &checks, START).await;
    assert_eq!(
        first.iter().map(|outcome| outcome.remaining).collect::<Vec<_>>(),
        [9, 0, 9]
    );
    let second = check(&store, &checks, START).await;
    assert_eq!(
        second.iter().map(|outcome| outcome.allowed).collect::<Vec<_>>(),
        [true, false, true]
    );
    assert_eq!(
        second.iter().map(|outcome| outcome.remaining).collect::<Vec<_>>(),
        [9, 0, 9]
    );
    assert_eq!(remaining(&*store, wide, per_minute(10), START).await, 9);
    assert_eq!(remaining(&*store, shown, per_minute(10), START).await, 9);
}

pub(crate) async fn a_dry_run_deny_blocks_nothing(store: Arc<impl LimitStore>) {
    let (narrow, wide) = (fresh_key(), fresh_key());
    let checks = [dry_run(narrow, per_minute(1)), live(wide, per_minute(10))];
    for left in [9, 8, 7] {
        let outcomes = check(&store, &checks, START).await;
        assert_eq!(outcomes[0].allowed, left == 9);
        assert_eq!((outcomes[1].allowed, outcomes[1].remaining), (true, left));
    }
}

pub(crate) async fn a_dry_run_consumes_like_a_live_check(store: Arc<impl LimitStore>) {
    let (shown, counted) = (fresh_key(), fresh_key());
    let quota = Quota::token_bucket(5, 2, Duration::from_secs(10)).unwrap();
    for (seconds, requested) in [(0, 2), (1, 2), (3, 2), (10, 3), (11, 1), (40, 5), (41, 6)] {
        let now = seconds_later(seconds);
        let shown = check(
            &store,
            &[LimitCheck {
                requested,
                ..dry_run(shown, quota)
            }],
            now,
        )
        .await;
        let counted = check(
            &store,
            &[LimitCheck {
                requested,
                ..live(counted, quota)
            }],
            now,
        )
        .await;
        assert_eq!(shown, counted, "{seconds}");
    }
}

pub(crate) async fn the_same_limit_twice_is_one_limit(store: Arc<impl LimitStore>) {
    let (key, other) = (fresh_key(), fresh_key());
    let quota = per_minute(5);
    let twice = [
        live(key, quota),
        live(other, quota),
        LimitCheck {
            requested: 2,
            ..live(key, quota)
        },
    ];
    let outcomes = check(&store, &twice, START).await;
    assert_eq!(outcomes[0], outcomes[2]);
    assert_eq!((outcomes[0].remaining, outcomes[1].remaining), (3, 4));
    assert_eq!(remaining(&*store, key, quota, START).await, 3);
}

pub(crate) async fn dry_run_twins_follow_the_live_check(store: Arc<impl LimitStore>) {
    let key = fresh_key();
    let quota = per_minute(2);
    let greedy = LimitCheck {
        requested: 100,
        ..dry_run(key, quota)
    };
    let checks = [greedy, live(key, quota)];
    for (allowed, left) in [(true, 1), (true, 0), (false, 0)] {
        let outcomes = check(&store, &checks, START).await;
        assert_eq!((outcomes[0].allowed, outcomes[0].remaining), (allowed, left));
        assert_eq!(outcomes[0], outcomes[1]);
    }
}

pub(crate) async fn another_quota_is_another_limit(store: Arc<impl LimitStore>) {
    let key = fresh_key();
    let minute = Duration::from_secs(60);
    let quotas = [
        per_minute(1),
        Quota::sliding_window(1, minute).unwrap(),
        per_minute(2),
    ];
    for quota in quotas {
        assert!(
            check(&store, &[live(key, quota)], START).await[0].allowed,
            "{quota:?}"
        );
    }
    let all = quotas.map(|quota| live(key, quota));
    let outcomes = check(&store, &all, START).await;
    assert_eq!(
        outcomes.iter().map(|outcome| outcome.allowed).collect::<Vec<_>>(),
        [false, false, true]
    );
}

pub(crate) async fn zero_units_count_as_one(store: Arc<impl LimitStore>) {
    let key = fresh_key();
    let free = LimitCheck {
        requested: 0,
        ..live(key, per_minute(2))
    };
    assert_eq!(check(&store, &[free], START).await[0].remaining, 1);
    assert_eq!(check(&store, &[free, free], START).await[0].remaining, 0);
    assert!(!check(&store, &[free], START).await[0].allowed);
}

pub(crate) async fn too_many_units_never_pass(store: Arc<impl LimitStore>) {
    for quota in [
        per_minute(5),
        Quota::sliding_window(5, Duration::from_secs(60)).unwrap(),
        Quota::token_bucket(5, 1, Duration::from_secs(60)).unwrap(),
    ] {
        let key = fresh_key();
        for requested in [6, u32::MAX] {
            let outcome = check(
                &store,
                &[LimitCheck {
                    requested,
                    ..live(key, quota)
                }],
                START,
            )
            .await[0];
            assert_eq!((outcome.allowed, outcome.remaining), (false, 5));
            assert_eq!((outcome.reset, outcome.retry_ttl), (60, 0));
        }
        assert_eq!(remaining(&*store, key, quota, START).await, 5);
    }
}

pub(crate) async fn a_clock_set_back_gives_nothing(store: Arc<impl LimitStore>) {
    let one = [live(fresh_key(), per_minute(2))];
    assert!(check(&store, &one, seconds_later(60)).await[0].allowed);
    assert_eq!(check(&store, &one, seconds_later(59)).await[0].remaining, 0);
    let denied = check(&store, &one, seconds_later(55)).await[0];
    assert_eq!((denied.allowed, denied.reset), (false, 65));
    assert!(!check(&store, &one, seconds_later(119)).await[0].allowed);
    assert!(check(&store, &one, seconds_later(120)).await[0].allowed);
}

pub(crate) async fn a_dropped_future_consumes_nothing(store: Arc<impl LimitStore>) {
    let key = fresh_key();
    drop(store.check(&[live(key, per_minute(5))], START));
    assert_eq!(remaining(&*store, key, per_minute(5), START).await, 5);
}

pub(crate) async fn exact_under_concurrency(store: Arc<impl LimitStore>) {
    let minute = Duration::from_secs(60);
    for quota in [
        Quota::fixed_window(1000, minute).unwrap(),
        Quota::sliding_window(1000, minute).unwrap(),
        Quota::token_bucket(1000, 1, minute).unwrap(),
    ] {
        let key = fresh_key();
        let tasks: Vec<_> = (0..128)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let mut admitted = 0;
                    for _ in 0..20 {
                        admitted += u32::from(check(&store, &[live(key, quota)], START).await[0].allowed);
                        tokio::task::yield_now().await;
                    }
                    admitted
                })
            })
            .collect();
        let mut admitted = 0;
        for task in tasks {
            admitted += task.await.unwrap();
        }
        assert_eq!(admitted, 1000, "{quota:?}");
    }
}

pub(crate) async fn exact_for_decisions_with_several_limits(store: Arc<impl LimitStore>) {
    let limits: [(LimitKey, u32); 6] =
        std::array::from_fn(|nth| (fresh_key(), [1000, 800, 900, 1100, 1200, 850][nth]));
    let tasks: Vec<_> = (0..128)
        .map(|nth| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                // Different orders must neither block one another nor count differently.
                let mut checks = limits.map(|(key, max)| live(key, per_minute(max)));
                checks.rotate_left(nth % 6);
                if nth % 2 == 0 {
                    checks.reverse();
                }
                let mut admitted = 0;
                for _ in 0..10 {
                    let outcomes = check(&store, &checks, START).await;
                    admitted += u32::from(outcomes.iter().all(|outcome| outcome.allowed));
                    tokio::task::yield_now().await;
                }
                admitted
            })
        })
        .collect();
    let mut admitted = 0;
    for task in tasks {
        admitted += task.await.unwrap();
    }
    assert_eq!(admitted, 800);
    for (key, max) in limits {
        assert_eq!(remaining(&*store, key, per_minute(max), START).await, max - 800);
    }
}

/// One step of a random run: milliseconds that pass, and for each check the client, the quota, units and dry
/// run.
pub(crate) type Step = (u64, Vec<(usize, usize, u32, bool)>);

/// Runs random decisions against naive references, one per client and quota.
pub(crate) async fn agrees_with_the_reference(store: &impl LimitStore, quotas: &[Quota], steps: &[Step]) {
    let keys: [LimitKey; 3] = std::array::from_fn(|_| fresh_key());
    let mut now = START.as_millis();
    let mut references: HashMap<(usize, usize), Reference> = HashMap::new();
    for (gap, wanted) in steps {
        now += gap;
        let checks: Vec<LimitCheck> = wanted
            .iter()
            .map(|(client, quota, requested, dry_run)| LimitCheck {
                key: keys[client % keys.len()],
                quota: quotas[quota % quotas.len()],
                requested: *requested,
                dry_run: *dry_run,
            })
            .collect();
        let outcomes = check(store, &checks, Timestamp::from_millis(now)).await;

        // Equal quotas at different positions are the same limit.
        let limit = |nth: usize| {
            let quota = quotas.iter().position(|quota| *quota == checks[nth].quota);
            (wanted[nth].0 % keys.len(), quota.unwrap())
        };
        let mut merged: HashMap<(usize, usize), (bool, u32)> = HashMap::new();
        for (nth, check) in checks.iter().enumerate() {
            let (live, requested) = merged.entry(limit(nth)).or_insert((false, 0));
            if !check.dry_run && !*live {
                (*live, *requested) = (true, 0);
            }
            if *live != check.dry_run {
                *requested = check.requested.max(*requested).max(1);
            }
        }
        for &(client, quota) in merged.keys() {
            let reference = references
                .entry((client, quota))
                .or_insert_with(|| Reference::new(quotas[quota], now));
            reference.advance_to(now);
        }
        let passes: HashMap<_, _> = merged
            .iter()
            .map(|(limit, (_, requested))| (*limit, references[limit].passes(*requested)))
            .collect();
        let blocked = merged.iter().any(|(limit, (live, _))| *live && !passes[limit]);
        for (limit, (_, requested)) in &merged {
            if !blocked && passes[limit] {
                references.get_mut(limit).unwrap().consume(*requested);
            }
        }
        for (nth, outcome) in outcomes.iter().enumerate() {
            assert_eq!(outcome.allowed, passes[&limit(nth)], "check {nth} of {checks:?}");
            assert_eq!(
                outcome.remaining,
                references[&limit(nth)].remaining(),
                "check {nth} of {checks:?}"
            );
        }
    }
}
