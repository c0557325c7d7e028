//! Where the server keeps the counts of rate limits.

mod leased;
mod valkey;

use arcjet_engine::limit::{LimitCheck, LimitOutcomes, LimitStore, MemoryStore, StoreError};
use arcjet_engine::{ConfigError, Timestamp};

pub use self::leased::Leased;
pub use self::valkey::{TimeSource, ValkeyConfig, ValkeyStore};

/// A store of rate limits. An enum rather than a trait object: the store in memory answers without a boxed future.
#[derive(Debug)]
#[non_exhaustive]
pub enum Store {
    /// In this process; a restart forgets all counts.
    Memory(MemoryStore),
    /// In Valkey or Redis, shared with other servers.
    Valkey(ValkeyStore),
    /// The same, with a part of each limit taken at once and served from this process.
    Leased(Leased<ValkeyStore>),
}

impl Store {
    /// The store that one line names: `memory`, for as many limits as `capacity` says, or the URL of a Valkey, which
    /// [`ValkeyConfig`] describes. Within a Tokio runtime it connects at once.
    ///
    /// # Errors
    ///
    /// The line means nothing, or names what can't work; the error says what is accepted, and shows no password.
    pub fn open(line: &str, capacity: usize) -> Result<Self, ConfigError> {
        if line == "memory" {
            return Ok(MemoryStore::builder().capacity(capacity).build()?.into());
        }
        Self::connect(line.parse()?)
    }

    /// The store in a Valkey; with leases if the configuration [says so](ValkeyConfig::lease). Within a Tokio runtime it connects
    /// at once.
    ///
    /// # Errors
    ///
    /// A setting can't work, or a file with certificates can't be read.
    pub fn connect(config: ValkeyConfig) -> Result<Self, ConfigError> {
        let share = config.lease_share();
        let store = ValkeyStore::new(config)?;
        Ok(match share {
            Some(share) => Self::Leased(Leased::new(store, share)?),
            None => store.into(),
        })
    }
}

impl From<MemoryStore> for Store {
    fn from(store: MemoryStore) -> Self {
        Self::Memory(store)
    }
}

impl From<ValkeyStore> for Store {
    fn from(store: ValkeyStore) -> Self {
        Self::Valkey(store)
    }
}

/// In memory, for a million clients.
impl Default for Store {
    fn default() -> Self {
        Self::Memory(MemoryStore::default())
    }
}

impl LimitStore for Store {
    async fn check(&self, checks: &[LimitCheck], now: Timestamp) -> Result<LimitOutcomes, StoreError> {
        match self {
            Self::Memory(store) => store.check(checks, now).await,
            // Boxed: the state of a call over the network must not make the future of every decision large.
            Self::Valkey(store) => Box::pin(store.check(checks, now)).await,
            Self::Leased(store) => Box::pin(store.check(checks, now)).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_names_a_store() {
        assert!(matches!(Store::open("memory", 5), Ok(Store::Memory(store)) if store.capacity() == 5));
        assert!(matches!(
            Store::open("redis://localhost", 5),
            Ok(Store::Valkey(_))
        ));
        assert!(matches!(
            Store::open("valkey://localhost?lease=0.05", 5),
            Ok(Store::Leased(_))
        ));
        let error = Store::open("valkey://localhost?lease=0.6", 5).unwrap_err();
        assert_eq!(error.field(), "store.lease");
        let error = Store::open("disk", 5).unwrap_err();
        assert!(
            error.to_string().contains("accepted: memory, valkey://"),
            "{error}"
        );
    }
}
