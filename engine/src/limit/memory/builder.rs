//! Configuration of the store.

use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use super::shard::{Seed, Shard};
use super::{MemoryStore, Padded};
use crate::error::ConfigError;

const DEFAULT_CAPACITY: u32 = 1_000_000;

/// Enough for the threads of a large machine to rarely meet: with 64 threads that each spend a tenth of their
/// time in the store, a thread finds its shard locked one time in ten.
const MOST_SHARDS: usize = 64;

/// Below this many limits per shard, chance would fill some shards long before others.
const LIMITS_PER_SHARD: usize = 1024;

/// Configures a [`MemoryStore`]; made by [`MemoryStore::builder`].
#[derive(Clone, Debug)]
pub struct MemoryStoreBuilder {
    capacity: usize,
}

impl Default for MemoryStoreBuilder {
    fn default() -> Self {
        Self {
            capacity: DEFAULT_CAPACITY as usize,
        }
    }
}

impl MemoryStoreBuilder {
    /// How many limits (a client under a rule is one) can be remembered at a time, from 1 to [`u32::MAX`];
    /// 1,000,000 by default. Each takes about 60 bytes, once it is used.
    #[must_use]
    pub fn capacity(mut self, limits: usize) -> Self {
        self.capacity = limits;
        self
    }

    /// Makes the store. It takes memory as it fills.
    ///
    /// # Errors
    ///
    /// If the capacity is zero or more than [`u32::MAX`].
    pub fn build(self) -> Result<MemoryStore, ConfigError> {
        if self.capacity == 0 || u32::try_from(self.capacity).is_err() {
            return Err(ConfigError::new(
                "capacity",
                self.capacity.to_string(),
                "from 1 to 4294967295",
            ));
        }
        Ok(self.build_valid())
    }

    /// Makes the store from a capacity that is known to be in range.
    pub(super) fn build_valid(self) -> MemoryStore {
        let shards = shards(self.capacity);
        let seed = Seed::random();
        let room = room(self.capacity, shards);
        MemoryStore {
            shards: (0..shards)
                .map(|_| Padded(Mutex::new(Shard::new(room, seed))))
                .collect(),
            seed,
            capacity: self.capacity,
            evictions: AtomicU64::new(0),
        }
    }
}

/// A power of two, so that a part of a hash picks one.
fn shards(capacity: usize) -> usize {
    let most = (capacity / LIMITS_PER_SHARD).clamp(1, MOST_SHARDS);
    1 << most.ilog2()
}

/// How many limits one shard holds. Of `capacity` random keys, a shard gets its share give or take a standard
/// deviation of about the share's square root; six of them on top make it less than once in a million stores
/// that one has to evict before `capacity` is reached.
fn room(capacity: usize, shards: usize) -> usize {
    let share = capacity.div_ceil(shards);
    if shards == 1 {
        share
    } else {
        share + 6 * share.isqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capacity_out_of_range_is_refused_with_the_accepted_range() {
        for capacity in [0, usize::MAX] {
            let error = MemoryStore::builder().capacity(capacity).build().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("capacity: {capacity}; accepted: from 1 to 4294967295")
            );
        }
    }

    #[test]
    fn shards_hold_the_capacity_and_little_more() {
        for (capacity, expected) in [
            (1, 1),
            (1023, 1),
            (2048, 2),
            (5000, 4),
            (1_000_000, 64),
            (u32::MAX as usize, 64),
        ] {
            let shards = shards(capacity);
            assert_eq!(shards, expected, "{capacity}");
            let total = room(capacity, shards) * shards;
            assert!(
                total >= capacity && total as f64 <= capacity as f64 * 1.2,
                "{capacity}: {total}"
            );
        }
        assert_eq!(room(1_000_000, 64) * 64, 1_048_000);
    }
}
