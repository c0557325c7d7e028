//! Token bucket: starts full, gains `refill_rate` tokens per whole interval, holds at most `capacity`.
//!
//! Intervals are counted from the first request that a full bucket serves. A bucket that has become full
//! again is therefore the same as a new one, and need not be remembered.

use std::num::NonZeroU32;

use crate::time::Timestamp;

use super::Seconds;
use super::judge::{Algorithm, LimitState, after};

#[derive(Clone, Copy)]
pub(super) struct TokenBucket {
    pub(super) capacity: NonZeroU32,
    pub(super) refill_rate: NonZeroU32,
    pub(super) interval: Seconds,
}

impl TokenBucket {
    /// The first instant at which the bucket holds `tokens`, which are at most its capacity.
    fn holds_at(self, state: LimitState, tokens: u32) -> Timestamp {
        let missing = tokens.saturating_sub(state.count);
        after(
            state.since,
            self.interval,
            u64::from(missing.div_ceil(self.refill_rate.get())),
        )
    }
}

impl Algorithm for TokenBucket {
    fn max(self) -> u32 {
        self.capacity.get()
    }

    fn window(self) -> Seconds {
        self.interval
    }

    fn current(self, state: Option<LimitState>, now: Timestamp) -> LimitState {
        let full = LimitState {
            since: now,
            count: self.max(),
            previous: 0,
        };
        let Some(state) = state else { return full };
        if self.expires_at(state) <= now {
            return full;
        }
        // Zero if the clock was set back.
        let elapsed = now.as_millis().saturating_sub(state.since.as_millis());
        let refills = elapsed / self.interval.as_millis();
        // Not full yet, so the sum stays below the capacity; `min` and saturation only guard foreign states.
        let gained = refills.saturating_mul(u64::from(self.refill_rate.get()));
        let tokens = gained
            .saturating_add(u64::from(state.count))
            .min(u64::from(self.max()));
        LimitState {
            since: after(state.since, self.interval, refills),
            count: u32::try_from(tokens).unwrap_or(self.max()),
            previous: 0,
        }
    }

    fn remaining(self, current: LimitState, _now: Timestamp) -> u32 {
        current.count
    }

    fn passes_at(self, current: LimitState, requested: u32) -> Timestamp {
        self.holds_at(current, requested)
    }

    fn take(self, current: LimitState, requested: u32) -> LimitState {
        LimitState {
            count: current.count.saturating_sub(requested),
            ..current
        }
    }

    fn resets_at(self, current: LimitState) -> Timestamp {
        self.holds_at(current, self.max())
    }

    fn expires_at(self, state: LimitState) -> Timestamp {
        self.holds_at(state, self.max())
    }
}
