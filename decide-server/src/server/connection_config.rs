//! What a connection may do, and for how long.

use std::time::Duration;

/// Limits of one connection: [`ConnectionConfig::default`], then the methods named like what they set.
#[derive(Debug, Clone)]
#[must_use]
pub struct ConnectionConfig {
    pub(super) header_timeout: Duration,
    pub(super) max_streams: u32,
    pub(super) keep_alive_interval: Duration,
    pub(super) keep_alive_timeout: Duration,
    max_age: Option<Duration>,
    pub(super) max_age_grace: Duration,
}

impl Default for ConnectionConfig {
    fn default() -> Self {
        Self {
            header_timeout: Self::DEFAULT_HEADER_TIMEOUT,
            max_streams: Self::DEFAULT_MAX_STREAMS,
            keep_alive_interval: Self::DEFAULT_KEEP_ALIVE_INTERVAL,
            keep_alive_timeout: Self::DEFAULT_KEEP_ALIVE_TIMEOUT,
            max_age: None,
            max_age_grace: Self::DEFAULT_MAX_AGE_GRACE,
        }
    }
}

impl ConnectionConfig {
    /// Default of [`ConnectionConfig::header_timeout`]: 30 seconds.
    pub const DEFAULT_HEADER_TIMEOUT: Duration = Duration::from_secs(30);
    /// Default of [`ConnectionConfig::max_streams`].
    pub const DEFAULT_MAX_STREAMS: u32 = 1024;
    /// Default of [`ConnectionConfig::keep_alive_interval`]: 60 seconds.
    pub const DEFAULT_KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(60);
    /// Default of [`ConnectionConfig::keep_alive_timeout`]: 20 seconds.
    pub const DEFAULT_KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(20);
    /// Default of [`ConnectionConfig::max_age_grace`]: 10 seconds.
    pub const DEFAULT_MAX_AGE_GRACE: Duration = Duration::from_secs(10);

    /// Time for the first bytes of a connection, for a request's header on HTTP/1.1, and between two requests there.
    pub fn header_timeout(self, timeout: Duration) -> Self {
        Self {
            header_timeout: timeout,
            ..self
        }
    }

    /// HTTP/2: requests at the same time on one connection, at least 1; clients hold further ones back.
    pub fn max_streams(self, streams: u32) -> Self {
        Self {
            max_streams: streams.max(1),
            ..self
        }
    }

    /// HTTP/2: how long a client may be silent before it is asked whether it is there, at least a second.
    pub fn keep_alive_interval(self, interval: Duration) -> Self {
        Self {
            keep_alive_interval: interval.max(Duration::from_secs(1)),
            ..self
        }
    }

    /// HTTP/2: how long it may take to answer that.
    pub fn keep_alive_timeout(self, timeout: Duration) -> Self {
        Self {
            keep_alive_timeout: timeout,
            ..self
        }
    }

    /// The longest that a connection takes new requests; without limit unless set. Each connection is given up to a tenth
    /// more or less, so that clients don't all come back at once. Then the client is told (GOAWAY, `connection: close`),
    /// and it connects again: to another replica, perhaps, which is what this is for.
    pub fn max_age(self, age: Duration) -> Self {
        Self {
            max_age: Some(age),
            ..self
        }
    }

    /// Time for running requests to finish on a connection that is too old, before it is closed.
    pub fn max_age_grace(self, grace: Duration) -> Self {
        Self {
            max_age_grace: grace,
            ..self
        }
    }

    /// The age of one connection, for a random number from 0 to 1.
    pub(super) fn max_age_of_one(&self, random: f64) -> Option<Duration> {
        self.max_age.map(|age| age.mul_f64(0.9 + 0.2 * random))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_differ_by_a_tenth() {
        let config = ConnectionConfig::default();
        assert_eq!(config.max_age_of_one(0.5), None);
        let config = config.max_age(Duration::from_secs(100));
        assert_eq!(config.max_age_of_one(0.0), Some(Duration::from_secs(90)));
        assert_eq!(config.max_age_of_one(1.0), Some(Duration::from_secs(110)));
    }
}
