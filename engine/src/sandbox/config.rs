//! What users can set about the sandbox.

use std::time::Duration;

use crate::error::ConfigError;

/// The limits of the sandbox and the life of its instances.
///
/// ```
/// use arcjet_engine::{Arcjet, Isolation, SandboxConfig};
/// use std::time::Duration;
///
/// let sandbox = SandboxConfig::default().deadline(Duration::from_millis(5)).isolation(Isolation::PerRequest);
/// let arcjet = Arcjet::builder().sandbox(sandbox).build()?;
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxConfig {
    pub(super) memory_limit: usize,
    pub(super) deadline: Duration,
    pub(super) recycle_after: u32,
    pub(super) isolation: Isolation,
}

/// How much instances are shared between requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// Each thread keeps an instance and uses it again: the fastest. The default.
    #[default]
    Pooled,
    /// Each request gets an instance of its own, so that nothing whatever can pass from one to the next.
    PerRequest,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            memory_limit: 16 << 20,
            deadline: Duration::from_millis(10),
            recycle_after: 10_000,
            isolation: Isolation::Pooled,
        }
    }
}

impl SandboxConfig {
    /// The most memory that one instance may have, in bytes; 16 MiB unless set, accepted: 4 MiB to 4 GiB.
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// The processor time after which a call into the sandbox is stopped; 10 ms unless set, accepted: 1 ms to 1 s.
    /// On Unix, time during which the operating system ran something else on the thread's processor doesn't count.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The number of requests after which an instance is replaced by a fresh one; 10,000 unless set, at least 1.
    #[must_use]
    pub fn recycle_after(mut self, requests: u32) -> Self {
        self.recycle_after = requests;
        self
    }

    /// How much instances are shared; [`Isolation::Pooled`] unless set.
    #[must_use]
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// Whether an instance that has judged so many requests may judge another.
    #[cfg(feature = "custom-rules")]
    pub(super) fn allows(&self, calls: u32) -> bool {
        calls < self.recycle_after && self.isolation == Isolation::Pooled
    }

    /// Checks the settings, whose names begin with `prefix` where the user made them.
    pub(super) fn validate(&self, prefix: &str) -> Result<(), ConfigError> {
        let fault = |field: &str, problem: String, accepted: &str| {
            Err(ConfigError::new(format!("{prefix}{field}"), problem, accepted))
        };
        if !(4 << 20..=4_usize << 30).contains(&self.memory_limit) {
            return fault(
                "memory_limit",
                format!("{} bytes", self.memory_limit),
                "4 MiB to 4 GiB, in bytes",
            );
        }
        if !(Duration::from_millis(1)..=Duration::from_secs(1)).contains(&self.deadline) {
            return fault("deadline", format!("{:?}", self.deadline), "1 ms to 1 s");
        }
        if self.recycle_after == 0 {
            return fault(
                "recycle_after",
                "0 requests".to_owned(),
                "1 to 4294967295 requests",
            );
        }
        Ok(())
    }
}
