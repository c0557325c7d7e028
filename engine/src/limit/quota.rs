//! Quotas: how much, of what algorithm. One that exists is valid.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::error::ConfigError;

/// A length of time in whole seconds, from 1 to [`u32::MAX`] (136 years).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Seconds(NonZeroU32);

impl Seconds {
    /// That many seconds; `None` for zero.
    pub const fn new(seconds: u32) -> Option<Self> {
        match NonZeroU32::new(seconds) {
            Some(seconds) => Some(Self(seconds)),
            None => None,
        }
    }

    /// The number of seconds, at least 1.
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// The same in milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0.get() as u64 * 1000
    }

    /// The same as a [`Duration`].
    pub const fn as_duration(self) -> Duration {
        Duration::from_secs(self.0.get() as u64)
    }

    fn parse(field: &'static str, duration: Duration) -> Result<Self, ConfigError> {
        u32::try_from(duration.as_secs())
            .ok()
            .filter(|_| duration.subsec_nanos() == 0)
            .and_then(Self::new)
            .ok_or_else(|| {
                ConfigError::new(
                    field,
                    format!("{duration:?}"),
                    "whole seconds from 1 to 4294967295",
                )
            })
    }
}

impl From<NonZeroU32> for Seconds {
    fn from(seconds: NonZeroU32) -> Self {
        Self(seconds)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0)
    }
}

/// A limit: the algorithm and its numbers. The [module documentation](super) compares the algorithms.
///
/// ```
/// use std::time::Duration;
/// use arcjet_engine::limit::Quota;
///
/// let quota = Quota::sliding_window(100, Duration::from_secs(60))?;
/// assert_eq!(quota.max(), 100);
///
/// let error = Quota::sliding_window(100, Duration::from_millis(1500)).unwrap_err();
/// assert_eq!(error.to_string(), "interval: 1.5s; accepted: whole seconds from 1 to 4294967295");
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Quota {
    /// A count per window of the clock. Windows start at multiples of their length since the Unix epoch, so a
    /// window of a minute starts on the minute and one of a day at midnight UTC.
    FixedWindow {
        /// Units per window.
        max: NonZeroU32,
        /// The window's length.
        window: Seconds,
    },
    /// A count over the last `interval`, kept as the counts of the current and the previous window of the
    /// clock: `previous × (interval − elapsed) / interval + current`, computed exactly.
    SlidingWindow {
        /// Units per interval.
        max: NonZeroU32,
        /// The interval's length.
        interval: Seconds,
    },
    /// Tokens in a bucket that starts full and gains `refill_rate` for each whole `interval` since it was
    /// last full, up to its capacity.
    TokenBucket {
        /// Tokens in a full bucket, the largest burst.
        capacity: NonZeroU32,
        /// Tokens gained per interval. More than the capacity is allowed: each interval then fills the
        /// bucket.
        refill_rate: NonZeroU32,
        /// The time between two refills.
        interval: Seconds,
    },
}

impl Quota {
    /// At most `max` units per `window` of the clock.
    ///
    /// # Errors
    ///
    /// If `max` is zero, or `window` is not whole seconds from 1 to [`u32::MAX`].
    pub fn fixed_window(max: u32, window: Duration) -> Result<Self, ConfigError> {
        Ok(Self::FixedWindow {
            max: positive("max", max)?,
            window: Seconds::parse("window", window)?,
        })
    }

    /// At most `max` units over the last `interval`.
    ///
    /// # Errors
    ///
    /// If `max` is zero, or `interval` is not whole seconds from 1 to [`u32::MAX`].
    pub fn sliding_window(max: u32, interval: Duration) -> Result<Self, ConfigError> {
        Ok(Self::SlidingWindow {
            max: positive("max", max)?,
            interval: Seconds::parse("interval", interval)?,
        })
    }

    /// Bursts of up to `capacity` units, refilled with `refill_rate` units per whole `interval`.
    ///
    /// # Errors
    ///
    /// If `capacity` or `refill_rate` is zero, or `interval` is not whole seconds from 1 to [`u32::MAX`].
    pub fn token_bucket(capacity: u32, refill_rate: u32, interval: Duration) -> Result<Self, ConfigError> {
        Ok(Self::TokenBucket {
            capacity: positive("capacity", capacity)?,
            refill_rate: positive("refill_rate", refill_rate)?,
            interval: Seconds::parse("interval", interval)?,
        })
    }

    /// The most units that there can be: `max` or `capacity`.
    pub const fn max(self) -> u32 {
        match self {
            Self::FixedWindow { max, .. } | Self::SlidingWindow { max, .. } => max.get(),
            Self::TokenBucket { capacity, .. } => capacity.get(),
        }
    }

    /// The length of the window or interval.
    pub const fn window(self) -> Seconds {
        match self {
            Self::FixedWindow { window, .. } => window,
            Self::SlidingWindow { interval, .. } | Self::TokenBucket { interval, .. } => interval,
        }
    }

    /// The quota as a number; no two quotas have the same. It stays the same between versions and on all
    /// machines.
    pub const fn to_u128(self) -> u128 {
        let (algorithm, refill_rate): (u128, u128) = match self {
            Self::FixedWindow { .. } => (1, 0),
            Self::SlidingWindow { .. } => (2, 0),
            Self::TokenBucket { refill_rate, .. } => (3, refill_rate.get() as u128),
        };
        algorithm << 96 | refill_rate << 64 | (self.max() as u128) << 32 | self.window().get() as u128
    }
}

fn positive(field: &'static str, number: u32) -> Result<NonZeroU32, ConfigError> {
    NonZeroU32::new(number).ok_or_else(|| ConfigError::new(field, number.to_string(), "from 1 to 4294967295"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_fault_names_its_field_and_what_it_accepts() {
        let too_long = Duration::from_secs(u64::from(u32::MAX) + 1);
        for (quota, field) in [
            (Quota::fixed_window(0, MINUTE), "max"),
            (Quota::fixed_window(1, Duration::ZERO), "window"),
            (Quota::fixed_window(1, too_long), "window"),
            (Quota::sliding_window(0, MINUTE), "max"),
            (Quota::sliding_window(1, Duration::from_nanos(1)), "interval"),
            (Quota::sliding_window(1, Duration::MAX), "interval"),
            (Quota::token_bucket(0, 1, MINUTE), "capacity"),
            (Quota::token_bucket(1, 0, MINUTE), "refill_rate"),
            (Quota::token_bucket(1, 1, Duration::ZERO), "interval"),
        ] {
            let error = quota.unwrap_err();
            assert_eq!(error.field(), field);
            assert!(error.accepted().contains("from 1 to 4294967295"), "{error}");
        }
    }

    #[test]
    fn the_largest_values_are_accepted() {
        let longest = Duration::from_secs(u64::from(u32::MAX));
        let quota = Quota::token_bucket(u32::MAX, u32::MAX, longest).unwrap();
        assert_eq!((quota.max(), quota.window().get()), (u32::MAX, u32::MAX));
        assert_eq!(quota.window().as_duration(), longest);
    }

    #[test]
    fn different_quotas_have_different_numbers() {
        let (two, three) = (Duration::from_secs(2), Duration::from_secs(3));
        let quotas = [
            Quota::fixed_window(2, three),
            Quota::fixed_window(3, two),
            Quota::sliding_window(2, three),
            Quota::token_bucket(2, 3, three),
            Quota::token_bucket(3, 2, three),
            Quota::token_bucket(2, 3, two),
            Quota::token_bucket(2, 4, two),
        ];
        let numbers: HashSet<u128> = quotas
            .iter()
            .map(|quota| quota.as_ref().unwrap().to_u128())
            .collect();
        assert_eq!(numbers.len(), quotas.len());
    }
}
