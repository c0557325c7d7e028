//! The processor time of a thread.

use std::time::Duration;

/// Tells how much processor time the thread that asks has spent. Where the system can't tell, it is the time on the clock.
#[derive(Debug)]
pub(super) struct ThreadClock {
    last: Duration,
    #[cfg(not(unix))]
    start: std::time::Instant,
}

impl ThreadClock {
    pub(super) fn start() -> Self {
        let mut clock = Self {
            last: Duration::ZERO,
            #[cfg(not(unix))]
            start: std::time::Instant::now(),
        };
        clock.lap();
        clock
    }

    /// The time since the last lap.
    pub(super) fn lap(&mut self) -> Duration {
        let now = self.now();
        let lap = now.saturating_sub(self.last);
        self.last = now;
        lap
    }

    #[cfg(unix)]
    fn now(&self) -> Duration {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        // A thread's time counts from 0 upwards.
        let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
        Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or(0))
    }

    #[cfg(not(unix))]
    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}
