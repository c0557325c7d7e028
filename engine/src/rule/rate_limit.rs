//! The three rate limits.

use std::time::Duration;

use super::{Characteristic, Mode};
use crate::error::ConfigError;
use crate::limit::Quota;

/// What the three rate limits have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RateLimit {
    pub(crate) mode: Mode,
    pub(crate) algorithm: Algorithm,
    /// As written; none: the client's.
    pub(crate) characteristics: Vec<String>,
}

/// The algorithm with its figures as they were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Algorithm {
    FixedWindow {
        max: u32,
        window: Duration,
    },
    SlidingWindow {
        max: u32,
        interval: Duration,
    },
    TokenBucket {
        capacity: u32,
        refill_rate: u32,
        interval: Duration,
    },
}

impl RateLimit {
    fn new(algorithm: Algorithm) -> Self {
        Self {
            mode: Mode::Live,
            algorithm,
            characteristics: Vec::new(),
        }
    }

    /// The figures as a quota, if they make one.
    pub(crate) fn quota(&self) -> Result<Quota, ConfigError> {
        Ok(match self.algorithm {
            Algorithm::FixedWindow { max, window } => Quota::fixed_window(max, window)?,
            Algorithm::SlidingWindow { max, interval } => Quota::sliding_window(max, interval)?,
            Algorithm::TokenBucket {
                capacity,
                refill_rate,
                interval,
            } => Quota::token_bucket(capacity, refill_rate, interval)?,
        })
    }

    /// The characteristics of the rule, or those of the client where it has none.
    pub(crate) fn characteristics(
        &self,
        client: &[Characteristic],
    ) -> Result<Vec<Characteristic>, ConfigError> {
        if self.characteristics.is_empty() {
            return Ok(client.to_vec());
        }
        self.characteristics.iter().map(|text| text.parse()).collect()
    }
}

macro_rules! rate_limit_options {
    ($kind:ident) => {
        impl $kind {
            /// Sets the mode; [`Mode::Live`] unless set.
            #[must_use]
            pub fn mode(mut self, mode: Mode) -> Self {
                self.0.mode = mode;
                self
            }

            /// Sets what tells clients apart, as in `["userId"]` or `["ip.src", "http.host"]`; several make one key.
            /// The client's characteristics unless set. See [`Characteristic`] for what can be written.
            #[must_use]
            pub fn characteristics<I>(mut self, characteristics: I) -> Self
            where
                I: IntoIterator,
                I::Item: Into<String>,
            {
                self.0.characteristics = characteristics.into_iter().map(Into::into).collect();
                self
            }
        }
    };
}

/// Admits a number of requests in each window of the clock: with 60 seconds, in each minute.
///
/// The cheapest limit, and the easiest to explain. Around the end of a window a client can make up to twice the
/// number in one window's time; [`SlidingWindow`] smooths that.
///
/// ```
/// use arcjet_engine::{Arcjet, FixedWindow};
/// use std::time::Duration;
///
/// let arcjet = Arcjet::builder().rule(FixedWindow::new(100, Duration::from_secs(60))).build()?;
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FixedWindow(pub(crate) RateLimit);

impl FixedWindow {
    /// Admits `max` requests (1 to 4,294,967,295) in each `window` (whole seconds, 1 to 4,294,967,295).
    pub fn new(max: u32, window: Duration) -> Self {
        Self(RateLimit::new(Algorithm::FixedWindow { max, window }))
    }
}
rate_limit_options!(FixedWindow);

/// Admits a number of requests in a window that moves with the clock.
///
/// The rate is estimated from two counters: `previous * (interval - elapsed) / interval + current`, so a client
/// can't double its number around the end of a window.
///
/// ```
/// use arcjet_engine::{Arcjet, SlidingWindow};
/// use std::time::Duration;
///
/// let arcjet = Arcjet::builder().rule(SlidingWindow::new(60, Duration::from_secs(60))).build()?;
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SlidingWindow(pub(crate) RateLimit);

impl SlidingWindow {
    /// Admits `max` requests (1 to 4,294,967,295) in an `interval` (whole seconds, 1 to 4,294,967,295).
    pub fn new(max: u32, interval: Duration) -> Self {
        Self(RateLimit::new(Algorithm::SlidingWindow { max, interval }))
    }
}
rate_limit_options!(SlidingWindow);

/// Admits bursts up to a capacity and a steady rate in the long run.
///
/// A bucket starts full and gains `refill_rate` units after each whole `interval`. A request takes one unit, or as
/// many as it says ([`with_requested`](crate::RequestDetails::with_requested)): for limits by cost, such as
/// tokens of a language model.
///
/// ```
/// use arcjet_engine::{Arcjet, TokenBucket};
/// use std::time::Duration;
///
/// let arcjet = Arcjet::builder()
///     .rule(TokenBucket::new(100, 10, Duration::from_secs(1)).characteristics(["userId"]))
///     .build()?;
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenBucket(pub(crate) RateLimit);

impl TokenBucket {
    /// Holds up to `capacity` units and gains `refill_rate` of them (both 1 to 4,294,967,295) per `interval`
    /// (whole seconds, 1 to 4,294,967,295).
    pub fn new(capacity: u32, refill_rate: u32, interval: Duration) -> Self {
        Self(RateLimit::new(Algorithm::TokenBucket {
            capacity,
            refill_rate,
            interval,
        }))
    }
}
rate_limit_options!(TokenBucket);
