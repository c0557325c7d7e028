//! The judgement of one limit: a pure function of (state, quota, request, time).
//!
//! The arithmetic that differs is in the three [`Algorithm`]s; what they share (zero counts as one, requests
//! that can never pass, rounding) is here, once.

use crate::time::Timestamp;

use super::fixed_window::FixedWindow;
use super::sliding_window::SlidingWindow;
use super::token_bucket::TokenBucket;
use super::{LimitOutcome, Quota, Seconds};

/// What a store remembers of one limit. Its meaning depends on the algorithm, so a state belongs to one
/// [`Quota`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LimitState {
    /// Windows: the current window's start. Token bucket: the instant that whole intervals are counted from.
    pub since: Timestamp,
    /// Windows: units counted in the current window. Token bucket: tokens left.
    pub count: u32,
    /// Sliding window: units counted in the previous window. Otherwise 0.
    pub previous: u32,
}

/// The result of [`Quota::judge`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// The outcome if nothing is consumed: denied, or allowed while another limit of the same decision
    /// denies.
    pub untouched: LimitOutcome,
    /// What to write down and to answer if the request is counted; `None` if this limit denies.
    pub taken: Option<Taken>,
    /// The first instant at which the request passes if nothing else is counted; `None` if it asks for more
    /// than the quota's maximum and so never passes. Later instants pass too.
    pub passes_at: Option<Timestamp>,
}

impl Judgement {
    /// The outcome, given whether the decision as a whole consumes.
    pub fn outcome(&self, consumed: bool) -> LimitOutcome {
        match self.taken {
            Some(taken) if consumed => taken.outcome,
            _ => self.untouched,
        }
    }
}

/// The effect of counting a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    /// The state after it.
    pub state: LimitState,
    /// From this instant on the state says no more than no state at all, and may be forgotten.
    pub expires_at: Timestamp,
    /// The outcome.
    pub outcome: LimitOutcome,
}

impl Quota {
    /// Judges a request for `requested` units (0 counts as 1) at `now`, given what is remembered.
    ///
    /// It changes nothing: the caller stores [`Taken::state`] if the whole decision lets the request pass. An
    /// expired `state` gives the same judgement as `None`.
    pub fn judge(self, state: Option<LimitState>, requested: u32, now: Timestamp) -> Judgement {
        match self {
            Self::FixedWindow { max, window } => judge(FixedWindow { max, window }, state, requested, now),
            Self::SlidingWindow { max, interval } => {
                judge(SlidingWindow { max, interval }, state, requested, now)
            }
            Self::TokenBucket {
                capacity,
                refill_rate,
                interval,
            } => judge(
                TokenBucket {
                    capacity,
                    refill_rate,
                    interval,
                },
                state,
                requested,
                now,
            ),
        }
    }
}

/// The arithmetic of one algorithm. Instants later than [`u64::MAX`] milliseconds saturate.
pub(super) trait Algorithm: Copy {
    fn max(self) -> u32;

    fn window(self) -> Seconds;

    /// The state brought forward to `now`: windows moved on, tokens added, or a fresh state. The methods
    /// below take a state that was brought forward to the same `now`. A state from the future stays as it is.
    fn current(self, state: Option<LimitState>, now: Timestamp) -> LimitState;

    /// Units that are left at `now`, at most `max`.
    fn remaining(self, current: LimitState, now: Timestamp) -> u32;

    /// The first instant at which `requested` units are there, given that they are at most `max` and not
    /// there yet.
    fn passes_at(self, current: LimitState, requested: u32) -> Timestamp;

    /// The state after counting `requested` units, given that they are there.
    fn take(self, current: LimitState, requested: u32) -> LimitState;

    /// The instant that `reset` names for an allowed request.
    fn resets_at(self, current: LimitState) -> Timestamp;

    /// The instant from which a state is as good as none.
    fn expires_at(self, state: LimitState) -> Timestamp;
}

fn judge<A: Algorithm>(algorithm: A, state: Option<LimitState>, requested: u32, now: Timestamp) -> Judgement {
    let requested = requested.max(1);
    let current = algorithm.current(state, now);
    let remaining = algorithm.remaining(current, now);
    let window = algorithm.window().get();
    let outcome = |allowed, remaining, reset, retry_ttl| LimitOutcome {
        allowed,
        max: algorithm.max(),
        remaining,
        reset,
        window,
        retry_ttl,
    };

    if requested <= remaining {
        let state = algorithm.take(current, requested);
        let reset = |state| whole_seconds(now, algorithm.resets_at(state));
        Judgement {
            untouched: outcome(true, remaining, reset(current), 0),
            taken: Some(Taken {
                state,
                expires_at: algorithm.expires_at(state),
                outcome: outcome(true, remaining - requested, reset(state), 0),
            }),
            passes_at: Some(now),
        }
    } else if requested <= algorithm.max() {
        let passes_at = algorithm.passes_at(current, requested);
        let retry_ttl = if remaining > 0 {
            0
        } else {
            whole_seconds(now, algorithm.passes_at(current, 1))
        };
        Judgement {
            untouched: outcome(false, remaining, whole_seconds(now, passes_at), retry_ttl),
            taken: None,
            passes_at: Some(passes_at),
        }
    } else {
        Judgement {
            untouched: outcome(false, remaining, window, 0),
            taken: None,
            passes_at: None,
        }
    }
}

/// Seconds from `now` until `then`, rounded up.
fn whole_seconds(now: Timestamp, then: Timestamp) -> u32 {
    let millis = then.as_millis().saturating_sub(now.as_millis());
    u32::try_from(millis.div_ceil(1000)).unwrap_or(u32::MAX)
}

/// The start of the window of the clock that `now` is in.
pub(super) fn window_start(window: Seconds, now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.as_millis() - now.as_millis() % window.as_millis())
}

/// `since` plus `times` windows.
pub(super) fn after(since: Timestamp, window: Seconds, times: u64) -> Timestamp {
    Timestamp::from_millis(
        since
            .as_millis()
            .saturating_add(window.as_millis().saturating_mul(times)),
    )
}
