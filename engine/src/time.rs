//! Instants and the clock they come from.
//!
//! Nothing in this crate reads the time on its own: an instant is an argument, and whoever starts a decision
//! takes it from a [`Clock`]. Tests use [`Clock::Manual`] and never sleep.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// An instant: milliseconds since the Unix epoch, leap seconds ignored.
///
/// Arithmetic saturates, so no instant and no duration can make it panic or wrap around.
///
/// ```
/// use std::time::Duration;
/// use arcjet_engine::Timestamp;
///
/// let noon = Timestamp::from_millis(1_700_049_600_000);
/// let later = noon.saturating_add(Duration::from_secs(90));
/// assert_eq!(later.saturating_since(noon), Duration::from_secs(90));
/// assert_eq!(noon.saturating_since(later), Duration::ZERO);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The instant that is `millis` milliseconds after the Unix epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The instant `duration` later, or the last one there is. Fractions of a millisecond are cut off.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(duration)))
    }

    /// The instant `duration` earlier, or the Unix epoch. Fractions of a millisecond are cut off.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(whole_millis(duration)))
    }

    /// How long after `earlier` this instant is; zero if it is not after it.
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

fn whole_millis(duration: Duration) -> u64 {
    // Not `as_millis`, whose 128 bits take a division of that width.
    let seconds = duration.as_secs().saturating_mul(1000);
    seconds.saturating_add(duration.subsec_millis().into())
}

/// Where the current instant comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The operating system's wall clock. It can be set back; whoever keeps state copes with that.
    #[default]
    System,
    /// A clock that stands still until it is moved, for tests and simulations.
    Manual(ManualClock),
}

impl Clock {
    /// The current instant. A system clock set before 1970 reads as the Unix epoch.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp(
                SystemTime::now()
                    .duration_since(SystemTime::UNIX_EPOCH)
                    .map_or(0, whole_millis),
            ),
            Self::Manual(clock) => clock.now(),
        }
    }
}

impl From<ManualClock> for Clock {
    fn from(clock: ManualClock) -> Self {
        Self::Manual(clock)
    }
}

/// A clock that is moved by hand. Clones share the same time, so a test keeps one and hands out the other.
///
/// ```
/// use std::time::Duration;
/// use arcjet_engine::{Clock, ManualClock, Timestamp};
///
/// let hand = ManualClock::new(Timestamp::from_millis(0));
/// let clock = Clock::from(hand.clone());
/// hand.advance(Duration::from_secs(60));
/// assert_eq!(clock.now(), Timestamp::from_millis(60_000));
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// A clock that shows `start`.
    pub fn new(start: Timestamp) -> Self {
        Self(Arc::new(AtomicU64::new(start.0)))
    }

    /// The instant that the clock shows.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    /// Moves the clock, and all its clones, forward. It stops at the last instant there is.
    pub fn advance(&self, duration: Duration) {
        let millis = whole_millis(duration);
        // The closure always gives a value, so the update cannot fail.
        let _ = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| {
            Some(now.saturating_add(millis))
        });
    }

    /// Sets the clock, and all its clones; also backwards, as an operating system may do.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let last = Timestamp::from_millis(u64::MAX);
        assert_eq!(last.saturating_add(Duration::MAX), last);
        assert_eq!(Timestamp(0).saturating_add(Duration::MAX), last);
        assert_eq!(
            Timestamp(5).saturating_sub(Duration::from_millis(6)),
            Timestamp(0)
        );
        assert_eq!(Timestamp(0).saturating_since(last), Duration::ZERO);
        assert_eq!(
            last.saturating_since(Timestamp(0)),
            Duration::from_millis(u64::MAX)
        );
    }

    #[test]
    fn a_manual_clock_moves_for_all_its_clones() {
        let hand = ManualClock::new(Timestamp(1_000));
        let clock = Clock::Manual(hand.clone());
        assert_eq!(clock.now(), Timestamp(1_000));
        hand.advance(Duration::from_millis(250));
        assert_eq!(clock.now(), Timestamp(1_250));
        hand.set(Timestamp(7));
        assert_eq!(clock.now(), Timestamp(7));
        hand.advance(Duration::MAX);
        assert_eq!(clock.now(), Timestamp(u64::MAX));
    }

    #[test]
    fn the_system_clock_shows_this_century() {
        let year_2020 = Timestamp::from_millis(1_577_836_800_000);
        let year_2120 = Timestamp::from_millis(4_733_510_400_000);
        let now = Clock::default().now();
        assert!(year_2020 < now && now < year_2120, "{now:?}");
    }
}
