//! How the DNS is asked.

use std::net::SocketAddr;
use std::time::Duration;

use crate::error::ConfigError;

/// The longest deadline: a request should never wait longer for a name.
const MAX_TIMEOUT: Duration = Duration::from_secs(30);
/// The most answers of each kind that are kept.
const MAX_CAPACITY: u64 = 10_000_000;
/// The most questions that are open at once. Each takes a socket.
const MAX_CONCURRENT: usize = 10_000;

/// Configures how the DNS is asked.
///
/// ```
/// use arcjet_engine::dns::{Dns, DnsConfig};
/// use std::time::Duration;
///
/// let config = DnsConfig::new()
///     .servers(["192.0.2.53:53".parse().unwrap()])
///     .timeout(Duration::from_millis(500));
/// let dns = Dns::new(&config)?;
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsConfig {
    pub(super) servers: Vec<SocketAddr>,
    pub(super) timeout: Duration,
    pub(super) cache_capacity: u64,
    pub(super) max_concurrent: usize,
    pub(crate) verify_bots: bool,
}

impl Default for DnsConfig {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            timeout: Duration::from_secs(1),
            cache_capacity: 10_000,
            max_concurrent: 256,
            verify_bots: true,
        }
    }
}

impl DnsConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the servers to ask, over UDP and, where an answer is too long for that, TCP. They must resolve names on behalf of their
    /// clients. Those of the system's configuration (`/etc/resolv.conf`) unless set.
    #[must_use]
    pub fn servers(mut self, servers: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.servers = servers.into_iter().collect();
        self
    }

    /// Sets how long a request waits for an answer, 1 millisecond to 30 seconds; 1 second unless set. A name that nobody asked for
    /// in a while takes three or four round trips through the world; an answer that comes later is kept for the next request.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how many answers of each kind are kept, up to 10 million; 10,000 unless set. With 0 none are.
    #[must_use]
    pub fn cache_capacity(mut self, capacity: u64) -> Self {
        self.cache_capacity = capacity;
        self
    }

    /// Sets how many questions may be open at once, 1 to 10,000; 256 unless set. What is asked beyond that is unknown at once.
    #[must_use]
    pub fn max_concurrent(mut self, questions: usize) -> Self {
        self.max_concurrent = questions;
        self
    }

    /// How many questions may be open at once.
    pub fn most_questions(&self) -> usize {
        self.max_concurrent
    }

    /// Sets whether the DNS is asked also for the host names of bots, so that requests that name such a bot wait for the answer;
    /// true unless set. With false only domains of e-mail addresses are asked about. [`Dns`](super::Dns) itself answers
    /// whatever it is asked.
    #[must_use]
    pub fn verify_bots(mut self, verify_bots: bool) -> Self {
        self.verify_bots = verify_bots;
        self
    }

    /// Finds values that can't work, as [`Dns::new`](super::Dns::new) would.
    ///
    /// # Errors
    ///
    /// A value is out of its range: the error names the field and what it accepts.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.timeout < Duration::from_millis(1) || self.timeout > MAX_TIMEOUT {
            let problem = format!("{:?}", self.timeout);
            return Err(ConfigError::new(
                "dns.timeout",
                problem,
                "1 millisecond to 30 seconds",
            ));
        }
        if self.cache_capacity > MAX_CAPACITY {
            let problem = self.cache_capacity.to_string();
            return Err(ConfigError::new("dns.cache_capacity", problem, "0 to 10000000"));
        }
        if !(1..=MAX_CONCURRENT).contains(&self.max_concurrent) {
            let problem = self.max_concurrent.to_string();
            return Err(ConfigError::new("dns.max_concurrent", problem, "1 to 10000"));
        }
        Ok(())
    }
}
