//! Where the server keeps the counts of rate limits.

use arcjet_engine::Timestamp;
use arcjet_engine::limit::{LimitCheck, LimitOutcomes, LimitStore, MemoryStore, StoreError};

/// A store of rate limits. An enum rather than a trait object: the store in memory answers without a boxed future.
#[derive(Debug)]
#[non_exhaustive]
pub enum Store {
    /// In this process; a restart forgets all counts.
    Memory(MemoryStore),
}

impl From<MemoryStore> for Store {
    fn from(store: MemoryStore) -> Self {
        Self::Memory(store)
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
        }
    }
}
