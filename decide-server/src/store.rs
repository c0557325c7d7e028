//! Where the server keeps the counts of rate limits.

mod valkey;

use arcjet_engine::Timestamp;
use arcjet_engine::limit::{LimitCheck, LimitOutcomes, LimitStore, MemoryStore, StoreError};

pub use self::valkey::{TimeSource, ValkeyConfig, ValkeyStore};

/// A store of rate limits. An enum rather than a trait object: the store in memory answers without a boxed future.
#[derive(Debug)]
#[non_exhaustive]
pub enum Store {
    /// In this process; a restart forgets all counts.
    Memory(MemoryStore),
    /// In Valkey or Redis, shared with other servers.
    Valkey(ValkeyStore),
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
        }
    }
}
