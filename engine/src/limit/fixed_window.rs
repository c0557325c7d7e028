//! Fixed window: one counter per window of the clock.

use std::num::NonZeroU32;

use crate::time::Timestamp;

use super::Seconds;
use super::judge::{Algorithm, LimitState, after, window_start};

#[derive(Clone, Copy)]
pub(super) struct FixedWindow {
    pub(super) max: NonZeroU32,
    pub(super) window: Seconds,
}

impl Algorithm for FixedWindow {
    fn max(self) -> u32 {
        self.max.get()
    }

    fn window(self) -> Seconds {
        self.window
    }

    fn current(self, state: Option<LimitState>, now: Timestamp) -> LimitState {
        let since = window_start(self.window, now);
        // `>=` keeps a window from the future when the clock was set back: its count goes on.
        state.filter(|state| state.since >= since).unwrap_or(LimitState {
            since,
            count: 0,
            previous: 0,
        })
    }

    fn remaining(self, current: LimitState, _now: Timestamp) -> u32 {
        self.max().saturating_sub(current.count)
    }

    fn passes_at(self, current: LimitState, _requested: u32) -> Timestamp {
        self.resets_at(current)
    }

    fn take(self, current: LimitState, requested: u32) -> LimitState {
        LimitState {
            count: current.count.saturating_add(requested),
            ..current
        }
    }

    fn resets_at(self, current: LimitState) -> Timestamp {
        after(current.since, self.window, 1)
    }

    fn expires_at(self, state: LimitState) -> Timestamp {
        self.resets_at(state)
    }
}
