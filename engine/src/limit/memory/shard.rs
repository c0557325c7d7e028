//! One shard: a bounded table of limits that makes room for itself.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use hashbrown::HashTable;

use super::super::LimitState;
use super::slab::{Entry, Slab};
use crate::time::Timestamp;

/// How long a limit is kept beyond its expiry while there is room: a clock set back by less gives back no
/// quota, and neither do threads that read the clock in one order and get the lock in another.
const GRACE: Duration = Duration::from_secs(10);

/// How many slots each new limit looks at for expired ones. With more than one, they are found faster than
/// new limits come, and memory follows the number of active clients.
const SWEEP: u32 = 4;

/// How many expired limits a full shard reclaims at a time, which bounds how long it is locked.
const BATCH: usize = 64;

/// How long a full shard in which nothing had expired is not looked through again.
const REST: Duration = Duration::from_secs(1);

/// Random numbers of one store, which nobody outside can know.
#[derive(Clone, Copy)]
pub(super) struct Seed([u64; 2]);

impl Seed {
    pub(super) fn random() -> Self {
        let random = RandomState::new();
        Self([random.hash_one(0_u8), random.hash_one(1_u8)])
    }

    /// Spreads a key over 64 bits: the two halves, each disguised, multiplied and folded.
    fn hash(&self, key: [u64; 2]) -> u64 {
        let product = u128::from(key[0] ^ self.0[0]) * u128::from(key[1] ^ self.0[1]);
        (product >> 64) as u64 ^ product as u64
    }
}

/// Where a limit belongs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) shard: usize,
    key: [u64; 2],
    hash: u64,
}

impl Place {
    /// The place of a key among `shards` shards, a power of two.
    pub(super) fn of(key: u128, seed: &Seed, shards: usize) -> Self {
        let key = [(key >> 64) as u64, key as u64];
        let hash = seed.hash(key);
        // From the middle of the hash, because the table uses both ends.
        Self {
            shard: (hash >> 40) as usize & (shards - 1),
            key,
            hash,
        }
    }
}

pub(super) struct Shard {
    /// Slot numbers, found by key.
    table: HashTable<u32>,
    slab: Slab,
    seed: Seed,
    /// The greatest number of limits.
    room: usize,
    /// The next slot to look at for expired limits.
    sweep: u32,
    /// The next slot to look at for a victim.
    hand: u32,
    /// When a look through the whole shard last found nothing expired.
    fruitless: Option<Timestamp>,
}

impl Shard {
    pub(super) fn new(room: usize, seed: Seed) -> Self {
        Self {
            table: HashTable::new(),
            slab: Slab::new(),
            seed,
            room,
            sweep: 0,
            hand: 0,
            fruitless: None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// The slot of a limit that is remembered.
    pub(super) fn find(&self, place: &Place) -> Option<u32> {
        let is_it = |slot: &u32| self.slab.get(*slot).is_some_and(|entry| entry.key == place.key);
        self.table.find(place.hash, is_it).copied()
    }

    /// The state in a slot, which counts as used from now on.
    pub(super) fn recall(&mut self, slot: u32) -> Option<LimitState> {
        let entry = self.slab.get_mut(slot)?;
        entry.used = true;
        Some(entry.state)
    }

    /// Writes down the state of a limit, in its `slot` if it has one. Says whether another that had not
    /// expired had to go.
    pub(super) fn keep(
        &mut self,
        slot: Option<u32>,
        place: &Place,
        state: LimitState,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> bool {
        if let Some(entry) = slot.and_then(|slot| self.slab.get_mut(slot)) {
            entry.state = state;
            entry.expires_at = expires_at;
            return false;
        }
        self.reclaim(now.saturating_sub(GRACE), SWEEP, SWEEP as usize);
        let evicted = self.len() >= self.room && self.make_room(now);
        // Not used yet: a limit that is seen once goes before one that is seen again, so a flood of new
        // clients displaces itself.
        let slot = self.slab.insert(Entry {
            key: place.key,
            state,
            expires_at,
            used: false,
        });
        let (slab, seed) = (&self.slab, &self.seed);
        let hash = |slot: &u32| slab.get(*slot).map_or(0, |entry| seed.hash(entry.key));
        self.table.insert_unique(place.hash, slot, hash);
        evicted
    }

    /// Frees at least one slot of a full shard. Says whether what was there had not expired.
    fn make_room(&mut self, now: Timestamp) -> bool {
        let rested = |since: Timestamp| now < since || now.saturating_since(since) >= REST;
        if self.fruitless.is_none_or(rested) {
            if self.reclaim(now, self.slab.len(), BATCH) > 0 {
                return false;
            }
            self.fruitless = Some(now);
        }
        self.evict(now)
    }

    /// Forgets up to `most` limits that had expired by `deadline`, among the next `slots` slots.
    fn reclaim(&mut self, deadline: Timestamp, slots: u32, most: usize) -> usize {
        let mut reclaimed = 0;
        for _ in 0..slots.min(self.slab.len()) {
            if reclaimed == most {
                break;
            }
            let slot = self.sweep;
            self.sweep = self.after(slot);
            if self
                .slab
                .get(slot)
                .is_some_and(|entry| entry.expires_at <= deadline)
            {
                self.forget(slot);
                reclaimed += 1;
            }
        }
        reclaimed
    }

    /// Forgets one limit that was not used since the hand last passed it (the CLOCK algorithm, which
    /// approximates least recently used). Says whether it had not expired.
    fn evict(&mut self, now: Timestamp) -> bool {
        // One round clears every flag at the latest, so the second finds a victim.
        for _ in 0..2 * u64::from(self.slab.len()) {
            let slot = self.hand;
            self.hand = self.after(slot);
            match self.slab.get_mut(slot) {
                Some(entry) if entry.used => entry.used = false,
                Some(entry) => {
                    let unexpired = entry.expires_at > now;
                    self.forget(slot);
                    return unexpired;
                }
                None => {}
            }
        }
        false
    }

    fn forget(&mut self, slot: u32) {
        let Some(entry) = self.slab.get(slot) else { return };
        let hash = self.seed.hash(entry.key);
        if let Ok(found) = self.table.find_entry(hash, |other| *other == slot) {
            found.remove();
        }
        self.slab.remove(slot);
    }

    /// The slot after this one, in a circle.
    fn after(&self, slot: u32) -> u32 {
        if slot + 1 < self.slab.len() { slot + 1 } else { 0 }
    }
}
