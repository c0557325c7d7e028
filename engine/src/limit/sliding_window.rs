//! Sliding window: the counts of the current and the previous window of the clock, the previous one weighted
//! by how much of it is still within the last interval.
//!
//! With `e` = time elapsed in the current window and `I` = the interval, a request for `r` units passes iff
//! `previous × (I − e) / I + current + r ≤ max`. All but the first term are integers, so rounding that term
//! up to an integer changes no answer, and the arithmetic is exact without fractions.

use std::num::NonZeroU32;

use crate::time::Timestamp;

use super::Seconds;
use super::judge::{Algorithm, LimitState, after, window_start};

#[derive(Clone, Copy)]
pub(super) struct SlidingWindow {
    pub(super) max: NonZeroU32,
    pub(super) interval: Seconds,
}

impl SlidingWindow {
    /// How many milliseconds into a window the weight of the `previous` one has shrunk to `room` units: the
    /// smallest `e` with `previous × (I − e) ≤ room × I`. At most `I`.
    fn shrinks_to(self, previous: u32, room: u32) -> u64 {
        let interval = self.interval.as_millis();
        if previous <= room {
            return 0;
        }
        // The quotient is below `interval`, because `room < previous`, so it fits.
        let left = u128::from(room) * u128::from(interval) / u128::from(previous);
        interval - left as u64
    }
}

impl Algorithm for SlidingWindow {
    fn max(self) -> u32 {
        self.max.get()
    }

    fn window(self) -> Seconds {
        self.interval
    }

    fn current(self, state: Option<LimitState>, now: Timestamp) -> LimitState {
        let since = window_start(self.interval, now);
        let fresh = LimitState {
            since,
            count: 0,
            previous: 0,
        };
        match state {
            // `>=` keeps a window from the future when the clock was set back.
            Some(state) if state.since >= since => state,
            Some(state) if after(state.since, self.interval, 1) >= since => LimitState {
                previous: state.count,
                ..fresh
            },
            _ => fresh,
        }
    }

    fn remaining(self, current: LimitState, now: Timestamp) -> u32 {
        let interval = self.interval.as_millis();
        let elapsed = now.as_millis().saturating_sub(current.since.as_millis());
        let left = interval.saturating_sub(elapsed);
        let product = u128::from(current.previous) * u128::from(left);
        // At most `previous`, because `left <= interval`, so it fits.
        let weight = product.div_ceil(u128::from(interval)) as u32;
        self.max().saturating_sub(current.count).saturating_sub(weight)
    }

    fn passes_at(self, current: LimitState, requested: u32) -> Timestamp {
        let room = self.max().saturating_sub(requested);
        let (since, wait) = match room.checked_sub(current.count) {
            // Within the current window, or right at its end: there the current count weighs in full, as it
            // does now.
            Some(room) => (current.since, self.shrinks_to(current.previous, room)),
            // In the next window, where the current count is the previous one and shrinks.
            None => (
                after(current.since, self.interval, 1),
                self.shrinks_to(current.count, room),
            ),
        };
        Timestamp::from_millis(since.as_millis().saturating_add(wait))
    }

    fn take(self, current: LimitState, requested: u32) -> LimitState {
        LimitState {
            count: current.count.saturating_add(requested),
            ..current
        }
    }

    fn resets_at(self, current: LimitState) -> Timestamp {
        after(current.since, self.interval, 1)
    }

    fn expires_at(self, state: LimitState) -> Timestamp {
        after(state.since, self.interval, 2)
    }
}
