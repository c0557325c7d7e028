//! The script against the engine's pure functions: random decisions, with all numbers that a quota can have.

use std::collections::HashMap;
use std::num::NonZeroU32;

use arcjet_engine::Timestamp;
use arcjet_engine::limit::{LimitCheck, LimitKey, LimitOutcome, LimitState, Quota, Seconds};
use proptest::prelude::*;

use super::server::ValkeyServer;
use crate::limits::suite::{Step, agrees_with_the_reference, check, fresh_key};

fn quota(
    units: impl Strategy<Value = u32> + Clone,
    seconds: impl Strategy<Value = u32>,
) -> impl Strategy<Value = Quota> {
    (0..3_u8, units.clone(), units, seconds).prop_map(|(algorithm, units, refill, seconds)| {
        let max = NonZeroU32::new(units).unwrap();
        let window = Seconds::new(seconds).unwrap();
        match algorithm {
            0 => Quota::FixedWindow { max, window },
            1 => Quota::SlidingWindow {
                max,
                interval: window,
            },
            _ => Quota::TokenBucket {
                capacity: max,
                refill_rate: NonZeroU32::new(refill).unwrap(),
                interval: window,
            },
        }
    })
}

fn any_quota() -> impl Strategy<Value = Quota> {
    let units = prop_oneof![1..=10_u32, 1..=u32::MAX, (u32::MAX - 2)..=u32::MAX];
    let seconds = prop_oneof![1..=100_u32, 1..=u32::MAX, (u32::MAX - 2)..=u32::MAX];
    quota(units, seconds)
}

/// One decision: windows of the first quota that pass, negative ones to set the clock back; then which key and quota, which
/// share of the maximum (in 1/1000) and dry run.
type Decision = (f64, Vec<(usize, usize, u32, bool)>);

fn decision() -> impl Strategy<Value = Decision> {
    let gap = prop_oneof![4 => 0.0..0.4, 2 => 0.0..2.5, 1 => -0.3..0.0, 1 => Just(1.0)];
    let share = prop_oneof![3 => Just(0_u32), 2 => 0..=400_u32, 1 => 900..=1001_u32];
    let wanted = (0..2_usize, 0..3_usize, share, prop::bool::weighted(0.3));
    (gap, prop::collection::vec(wanted, 1..4))
}

/// What the pure functions say, with the states in a table.
#[derive(Default)]
struct Model(HashMap<(LimitKey, Quota), LimitState>);

impl Model {
    fn check(&mut self, checks: &[LimitCheck], now: Timestamp) -> Vec<LimitOutcome> {
        let mut asked: HashMap<(LimitKey, Quota), (bool, u32)> = HashMap::new();
        for check in checks {
            let entry = asked.entry((check.key, check.quota)).or_default();
            *entry = (*entry).max((!check.dry_run, check.requested));
        }
        let judged: HashMap<_, _> = asked
            .iter()
            .map(|(limit, (live, requested))| {
                let judgement = limit.1.judge(self.0.get(limit).copied(), *requested, now);
                (*limit, (*live, judgement))
            })
            .collect();
        let counted = judged
            .values()
            .all(|(live, judgement)| !live || judgement.taken.is_some());
        for (limit, (_, judgement)) in &judged {
            if let (true, Some(taken)) = (counted, judgement.taken) {
                self.0.insert(*limit, taken.state);
            }
        }
        checks
            .iter()
            .map(|check| judged[&(check.key, check.quota)].1.outcome(counted))
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Each case is many runs over one server, because starting it takes longer than asking it.
    #[test]
    fn the_script_judges_like_the_pure_functions(
        runs in prop::collection::vec(
            (
                prop::collection::vec(any_quota(), 1..4),
                prop_oneof![1_700_000_000_000..1_900_000_000_000_u64, 0..=1_u64 << 49],
                prop::collection::vec(decision(), 1..25),
            ),
            20,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let server = ValkeyServer::start(&[]);
            let store = server.store();
            for (quotas, start, decisions) in runs {
                let keys = [fresh_key(), fresh_key()];
                let mut model = Model::default();
                let mut now = start;
                for (gap, wanted) in decisions {
                    let windows = gap * quotas[0].window().as_millis() as f64;
                    now = now.saturating_add_signed(windows as i64).min(1 << 50);
                    let checks: Vec<LimitCheck> = wanted.into_iter().map(|(key, quota, share, dry_run)| {
                        let quota = quotas[quota % quotas.len()];
                        let requested = u64::from(quota.max()) * u64::from(share) / 1000;
                        LimitCheck { key: keys[key], quota, requested: requested.min(u32::MAX.into()) as u32, dry_run }
                    }).collect();
                    let now = Timestamp::from_millis(now);
                    let outcomes = check(&store, &checks, now).await;
                    prop_assert_eq!(outcomes, model.check(&checks, now), "{:?} at {:?}", checks, now);
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn random_decisions_agree_with_the_reference(
        runs in prop::collection::vec(
            (prop::collection::vec(quota(1..=6_u32, 1..=3_u32), 1..4), prop::collection::vec(step(), 1..40)),
            20,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let server = ValkeyServer::start(&[]);
            let store = server.store();
            for (quotas, steps) in runs {
                agrees_with_the_reference(&store, &quotas, &steps).await;
            }
        });
    }
}

fn step() -> impl Strategy<Value = Step> {
    let gap = prop_oneof![2 => 0..50_u64, 1 => 0..2_500_u64];
    let requested = prop_oneof![3 => Just(1_u32), 1 => 0..8_u32];
    let check = (0..3_usize, 0..4_usize, requested, prop::bool::weighted(0.3));
    (gap, prop::collection::vec(check, 0..5))
}

/// The product of the previous count and the time left has 74 bits here, more than a number of the script holds.
#[tokio::test]
async fn the_largest_numbers_are_exact() {
    let server = ValkeyServer::start(&[]);
    let store = server.store();
    let quota = Quota::SlidingWindow {
        max: NonZeroU32::MAX,
        interval: Seconds::new(u32::MAX).unwrap(),
    };
    let window = quota.window().as_millis();
    let ask = |requested, at| {
        let (store, now) = (&store, Timestamp::from_millis(at));
        async move {
            let key = LimitKey::new(77);
            let one = LimitCheck {
                key,
                quota,
                requested,
                dry_run: false,
            };
            check(store, &[one], now).await[0]
        }
    };
    assert_eq!(ask(u32::MAX - 1, 0).await.remaining, 1);
    let mut model = Model::default();
    let check = |requested| LimitCheck {
        key: LimitKey::new(77),
        quota,
        requested,
        dry_run: false,
    };
    model.check(&[check(u32::MAX - 1)], Timestamp::from_millis(0));
    for offset in [1, 2, 999, 1000, 1001, window / 3, window / 2 + 1, window - 1] {
        let expected = model.check(&[check(1)], Timestamp::from_millis(window + offset));
        assert_eq!(ask(1, window + offset).await, expected[0], "{offset}");
    }
}
