//! What the module documentation promises, held against random traffic.

use std::num::NonZeroU32;
use std::time::Duration;

use arcjet_engine::Timestamp;
use arcjet_engine::limit::{LimitState, Quota, Seconds};
use proptest::prelude::*;

use super::reference::Reference;

/// Instants and requested units, in order of time.
type Traffic = Vec<(u64, u32)>;

pub(crate) fn small_quota() -> impl Strategy<Value = Quota> {
    quota(1..=6, 1..=3)
}

fn any_quota() -> impl Strategy<Value = Quota> {
    quota(1..=u32::MAX, 1..=u32::MAX)
}

fn quota(
    units: std::ops::RangeInclusive<u32>,
    seconds: std::ops::RangeInclusive<u32>,
) -> impl Strategy<Value = Quota> {
    let units = units.prop_map(|units| NonZeroU32::new(units).unwrap());
    let seconds = seconds.prop_map(|seconds| Seconds::new(seconds).unwrap());
    prop_oneof![
        (units.clone(), seconds.clone()).prop_map(|(max, window)| Quota::FixedWindow { max, window }),
        (units.clone(), seconds.clone()).prop_map(|(max, interval)| Quota::SlidingWindow { max, interval }),
        (units.clone(), units, seconds).prop_map(|(capacity, refill_rate, interval)| Quota::TokenBucket {
            capacity,
            refill_rate,
            interval
        }),
    ]
}

/// Bursts and pauses of up to two and a half seconds, with a liking for exact seconds.
fn traffic(length: usize) -> impl Strategy<Value = Traffic> {
    let gap = prop_oneof![3 => 0..20_u64, 3 => 0..2_500_u64, 1 => Just(1_000_u64), 1 => Just(999_u64)];
    let requested = prop_oneof![4 => Just(1), 1 => 0..8_u32];
    (
        1_000_000..1_004_000_u64,
        prop::collection::vec((gap, requested), 1..length),
    )
        .prop_map(|(start, steps)| {
            let mut now = start;
            steps
                .into_iter()
                .map(|(gap, requested)| {
                    now += gap;
                    (now, requested)
                })
                .collect()
        })
}

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// Runs the traffic; returns the state and what was admitted.
fn run(quota: Quota, traffic: &[(u64, u32)]) -> (Option<LimitState>, Vec<(u64, u64)>) {
    let mut state = None;
    let mut admitted = Vec::new();
    for (now, requested) in traffic {
        if let Some(taken) = quota.judge(state, *requested, at(*now)).taken {
            state = Some(taken.state);
            admitted.push((*now, u64::from((*requested).max(1))));
        }
    }
    (state, admitted)
}

fn seconds_until(now: u64, then: u64) -> u32 {
    u32::try_from((then - now).div_ceil(1000)).unwrap_or(u32::MAX)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// The algorithm and the reference agree on every request; states may be forgotten once they expired.
    #[test]
    fn agrees_with_the_reference(quota in small_quota(), traffic in traffic(60), forget in any::<bool>()) {
        let mut reference = Reference::new(quota, traffic[0].0);
        let mut kept = None;
        for (now, requested) in traffic {
            let state = kept.filter(|(_, expires_at)| !forget || at(now) < *expires_at).map(|(state, _)| state);
            let judgement = quota.judge(state, requested, at(now));
            reference.advance_to(now);
            let units = requested.max(1);
            prop_assert_eq!(judgement.untouched.remaining, reference.remaining());
            prop_assert_eq!(judgement.taken.is_some(), reference.passes(units));
            prop_assert_eq!(judgement.untouched.allowed, reference.passes(units));
            if let Some(taken) = judgement.taken {
                reference.consume(units);
                prop_assert_eq!(taken.outcome.remaining, reference.remaining());
                kept = Some((taken.state, taken.expires_at));
            }
        }
    }

    /// Looking at every millisecond from now on, the reference lets the denied request pass first at
    /// `passes_at`.
    #[test]
    fn passes_at_is_the_first_millisecond(quota in small_quota(), traffic in traffic(20), requested in 1..8_u32) {
        let (state, admitted) = run(quota, &traffic);
        let mut reference = Reference::new(quota, traffic[0].0);
        for (now, units) in admitted {
            reference.advance_to(now);
            reference.consume(units as u32);
        }
        let now = traffic[traffic.len() - 1].0;
        reference.advance_to(now);
        let judgement = quota.judge(state, requested, at(now));
        let outcome = judgement.untouched;
        let mut first = |units: u32| {
            while !reference.passes(units) {
                let next = reference.now() + 1;
                reference.advance_to(next);
            }
            reference.now()
        };
        if requested > quota.max() {
            prop_assert_eq!(judgement.passes_at, None);
            prop_assert_eq!((outcome.allowed, outcome.reset, outcome.retry_ttl), (false, quota.window().get(), 0));
        } else {
            let one_passes = first(1);
            let passes = first(requested);
            prop_assert_eq!(judgement.passes_at, Some(at(passes)));
            if !outcome.allowed {
                prop_assert_eq!(outcome.reset, seconds_until(now, passes));
                prop_assert_eq!(outcome.retry_ttl, seconds_until(now, one_passes));
            }
        }
    }

    /// No span of traffic sees more than the documentation promises.
    #[test]
    fn keeps_its_promise(quota in small_quota(), traffic in traffic(120)) {
        let (_, admitted) = run(quota, &traffic);
        let length = quota.window().as_millis();
        let max = u64::from(quota.max());
        for (first, (from, _)) in admitted.iter().enumerate() {
            let mut units = 0;
            for (to, more) in &admitted[first..] {
                units += more;
                let span = to - from + 1;
                if !matches!(quota, Quota::TokenBucket { .. }) && from / length == to / length {
                    prop_assert!(units <= max, "{units} in one window");
                }
                let promised = match quota {
                    Quota::FixedWindow { .. } if span <= length => 2 * max,
                    Quota::SlidingWindow { .. } if span <= length => max + max * span / length,
                    Quota::TokenBucket { refill_rate, .. } => {
                        max + u64::from(refill_rate.get()) * span.div_ceil(length)
                    }
                    _ => continue,
                };
                prop_assert!(units <= promised, "{units} > {promised} in {span} ms");
            }
        }
    }

    /// Any numbers whatsoever: no panic, no over-admission, `passes_at` exact to the millisecond.
    #[test]
    fn holds_for_all_values(
        quota in any_quota(),
        start in prop_oneof![0..=u64::MAX / 2, 1_700_000_000_000..1_900_000_000_000_u64],
        steps in prop::collection::vec((0.0..1.5_f64, any::<u32>()), 1..6),
        requested in prop_oneof![any::<u32>(), Just(1)],
    ) {
        let mut now = start;
        let traffic: Traffic = steps
            .into_iter()
            .map(|(windows, requested)| {
                now += (windows * quota.window().as_millis() as f64) as u64;
                (now, requested % quota.max().saturating_add(1).max(1))
            })
            .collect();
        let (state, _) = run(quota, &traffic);
        let judgement = quota.judge(state, requested, at(now));
        prop_assert!(judgement.untouched.remaining <= quota.max());
        prop_assert_eq!(judgement.passes_at.is_some(), requested <= quota.max());
        if let Some(passes_at) = judgement.passes_at {
            let passes = passes_at.as_millis();
            prop_assert!(quota.judge(state, requested, passes_at).taken.is_some());
            if passes > now {
                prop_assert!(quota.judge(state, requested, at(passes - 1)).taken.is_none());
                prop_assert_eq!(judgement.untouched.reset, seconds_until(now, passes));
            }
        }
    }

    /// Every state, every instant: no panic, and time never takes quota away. For instants before the last
    /// request this says that a clock that was set back gives no quota.
    #[test]
    fn quota_only_grows_with_time(
        quota in prop_oneof![any_quota(), small_quota()],
        traffic in prop::collection::vec((any::<u64>(), any::<u32>()), 0..5),
        now in any::<u64>(),
        later in any::<u64>(),
        requested in any::<u32>(),
    ) {
        let (state, _) = run(quota, &traffic);
        let (now, later) = (now.min(later), now.max(later));
        let before = quota.judge(state, requested, at(now)).untouched;
        let after = quota.judge(state, requested, at(later)).untouched;
        prop_assert!(before.remaining <= after.remaining);
        prop_assert!(before.allowed <= after.allowed);
    }

    /// Once the clock is set back, all requests together get no more than was left.
    #[test]
    fn a_clock_set_back_gives_nothing(
        quota in small_quota(),
        traffic in traffic(20),
        back in prop::collection::vec((0..20_000_u64, 1..3_u32), 1..20),
    ) {
        let (mut state, admitted) = run(quota, &traffic);
        let last = admitted.last().map_or(traffic[0].0, |(now, _)| *now);
        // With nothing admitted there is no state, and nothing that could be given twice.
        prop_assume!(state.is_some());
        let left = quota.judge(state, 1, at(last)).untouched.remaining;
        let mut units = 0;
        for (back, requested) in back {
            if let Some(taken) = quota.judge(state, requested, at(last - back)).taken {
                state = Some(taken.state);
                units += requested;
            }
        }
        prop_assert!(units <= left, "{units} > {left}");
    }

    /// An expired state judges like no state at all, and one millisecond earlier it still matters.
    #[test]
    fn a_state_expires_exactly(quota in small_quota(), traffic in traffic(20), later in 0..5_000_u64) {
        let Some((now, _)) = run(quota, &traffic).1.last().copied() else { return Ok(()) };
        let (before, _) = run(quota, &traffic[..traffic.partition_point(|(at, _)| *at < now)]);
        let Some(taken) = quota.judge(before, 1, at(now)).taken else { return Ok(()) };
        let then = taken.expires_at.saturating_add(Duration::from_millis(later));
        prop_assert_eq!(quota.judge(Some(taken.state), 1, then), quota.judge(None, 1, then));
        let last = taken.expires_at.saturating_sub(Duration::from_millis(1));
        prop_assert!(quota.judge(Some(taken.state), 1, last).untouched.remaining < quota.max());
    }
}

#[test]
fn a_fixed_window_follows_the_clock() {
    let quota = Quota::fixed_window(2, Duration::from_secs(60)).unwrap();
    // 20:00:30.5
    let now = 1_699_992_030_500;
    let first = quota.judge(None, 1, at(now)).taken.unwrap();
    assert_eq!(
        (first.outcome.remaining, first.outcome.reset, first.outcome.window),
        (1, 30, 60)
    );
    let second = quota.judge(Some(first.state), 1, at(now)).taken.unwrap();
    let third = quota.judge(Some(second.state), 1, at(now));
    assert_eq!(
        (
            third.untouched.remaining,
            third.untouched.reset,
            third.untouched.retry_ttl
        ),
        (0, 30, 30)
    );
    assert_eq!(third.passes_at, Some(at(1_699_992_060_000)));
}

#[test]
fn a_sliding_window_weighs_the_previous_one() {
    let quota = Quota::sliding_window(10, Duration::from_secs(60)).unwrap();
    let start = 1_699_992_000_000;
    let state = quota.judge(None, 10, at(start + 59_999)).taken.unwrap().state;
    // A quarter into the next window, three quarters of 10 still weigh: 7.5, so 2 pass and 3 do not.
    let now = start + 75_000;
    assert_eq!(
        quota
            .judge(Some(state), 2, at(now))
            .taken
            .unwrap()
            .outcome
            .remaining,
        0
    );
    let denied = quota.judge(Some(state), 3, at(now));
    assert_eq!(
        (
            denied.untouched.remaining,
            denied.untouched.reset,
            denied.untouched.retry_ttl
        ),
        (2, 3, 0)
    );
    assert_eq!(denied.passes_at, Some(at(start + 78_000)));
}

#[test]
fn a_sliding_window_can_deny_until_the_window_after_the_next() {
    let quota = Quota::sliding_window(4, Duration::from_secs(10)).unwrap();
    let state = quota.judge(None, 4, at(10_000)).taken.unwrap().state;
    let all = quota.judge(Some(state), 4, at(10_001));
    assert_eq!(
        (all.passes_at, all.untouched.reset, all.untouched.retry_ttl),
        (Some(at(30_000)), 20, 13)
    );
}

#[test]
fn a_token_bucket_refills_by_whole_intervals() {
    let quota = Quota::token_bucket(10, 4, Duration::from_secs(60)).unwrap();
    let taken = quota.judge(None, 10, at(5_000)).taken.unwrap();
    // Three refills of 4 make it full.
    assert_eq!(
        (taken.outcome.remaining, taken.outcome.reset, taken.expires_at),
        (0, 180, at(185_000))
    );
    let early = quota.judge(Some(taken.state), 5, at(64_999));
    assert_eq!(
        (
            early.untouched.remaining,
            early.untouched.reset,
            early.untouched.retry_ttl
        ),
        (0, 61, 1)
    );
    let refilled = quota.judge(Some(taken.state), 5, at(65_000));
    assert_eq!(
        (
            refilled.untouched.remaining,
            refilled.untouched.reset,
            refilled.untouched.retry_ttl
        ),
        (4, 60, 0)
    );
    let full = quota.judge(Some(taken.state), 11, at(185_000)).untouched;
    assert_eq!((full.remaining, full.reset, full.retry_ttl), (10, 60, 0));
}

#[test]
fn the_stated_worst_cases_are_real() {
    let second = Duration::from_secs(1);
    // Twice the maximum within two milliseconds around a boundary.
    let quota = Quota::fixed_window(100, second).unwrap();
    let units = |admitted: Vec<(u64, u64)>| admitted.iter().map(|(_, units)| units).sum::<u64>();
    assert_eq!(units(run(quota, &[(1_999, 100), (2_000, 100)]).1), 200);
    // The sliding window lets the same burst through once, then as fast as it slides.
    let quota = Quota::sliding_window(100, second).unwrap();
    assert_eq!(
        units(run(quota, &[(1_999, 100), (2_000, 1), (2_009, 1), (2_010, 1)]).1),
        101
    );
    let trickle: Traffic = std::iter::once((1_999, 100))
        .chain((2_000..2_998).map(|now| (now, 1)))
        .collect();
    assert_eq!(units(run(quota, &trickle).1), 199);
    let quota = Quota::token_bucket(100, 10, second).unwrap();
    assert_eq!(
        units(run(quota, &[(1_000, 1), (1_999, 99), (2_000, 10), (2_001, 1)]).1),
        110
    );
}
