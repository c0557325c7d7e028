//! Slots in chunks: growing moves nothing, and vacant slots are used before new ones.

use super::super::LimitState;
use crate::time::Timestamp;

/// 12 kB of slots at a time, so that a store with few clients stays small.
const CHUNK: usize = 256;

/// No slot: the end of the list of vacant ones.
const NONE: u32 = u32::MAX;

/// What is remembered of one limit.
pub(super) struct Entry {
    /// The limit's 128 bits, in halves because `u128` would be aligned to 16 bytes and make the slot larger.
    pub(super) key: [u64; 2],
    pub(super) state: LimitState,
    pub(super) expires_at: Timestamp,
    /// Whether it was used since the last time that a victim was looked for.
    pub(super) used: bool,
}

enum Slot {
    Occupied(Entry),
    Vacant { next: u32 },
}

// 16 for the key, 16 for the state, 8 for the expiry, and 8 for the flag, which also tells a vacant slot.
const _: () = assert!(size_of::<Slot>() == 48);

pub(super) struct Slab {
    chunks: Vec<Vec<Slot>>,
    vacant: u32,
}

impl Slab {
    pub(super) fn new() -> Self {
        Self {
            chunks: Vec::new(),
            vacant: NONE,
        }
    }

    /// The number of slots, vacant ones included. Slots are numbered from 0 without gaps.
    pub(super) fn len(&self) -> u32 {
        let full = self.chunks.len().saturating_sub(1) * CHUNK;
        (full + self.chunks.last().map_or(0, Vec::len)) as u32
    }

    pub(super) fn get(&self, slot: u32) -> Option<&Entry> {
        match self
            .chunks
            .get(slot as usize / CHUNK)?
            .get(slot as usize % CHUNK)?
        {
            Slot::Occupied(entry) => Some(entry),
            Slot::Vacant { .. } => None,
        }
    }

    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut Entry> {
        match self.slot_mut(slot)? {
            Slot::Occupied(entry) => Some(entry),
            Slot::Vacant { .. } => None,
        }
    }

    /// Puts the entry into a vacant slot, or a new one. The caller keeps the number of entries below
    /// [`u32::MAX`].
    pub(super) fn insert(&mut self, entry: Entry) -> u32 {
        let slot = self.vacant;
        if let Some(place) = self.slot_mut(slot)
            && let Slot::Vacant { next } = *place
        {
            *place = Slot::Occupied(entry);
            self.vacant = next;
            return slot;
        }
        let slot = self.len();
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(Slot::Occupied(entry)),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(Slot::Occupied(entry));
                self.chunks.push(chunk);
            }
        }
        slot
    }

    /// Makes an occupied slot vacant.
    pub(super) fn remove(&mut self, slot: u32) {
        let next = self.vacant;
        if let Some(place @ Slot::Occupied(_)) = self.slot_mut(slot) {
            *place = Slot::Vacant { next };
            self.vacant = slot;
        }
    }

    fn slot_mut(&mut self, slot: u32) -> Option<&mut Slot> {
        self.chunks
            .get_mut(slot as usize / CHUNK)?
            .get_mut(slot as usize % CHUNK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: u64) -> Entry {
        let start = Timestamp::from_millis(0);
        Entry {
            key: [key, key],
            state: LimitState {
                since: start,
                count: 0,
                previous: 0,
            },
            expires_at: start,
            used: false,
        }
    }

    #[test]
    fn vacant_slots_are_used_before_new_ones() {
        let mut slab = Slab::new();
        for key in 0..600 {
            assert_eq!(u64::from(slab.insert(entry(key))), key);
        }
        for slot in [3, 256, 599] {
            slab.remove(slot);
            slab.remove(slot);
            assert!(slab.get(slot).is_none());
        }
        let mut reused = [1000, 1001, 1002].map(|key| slab.insert(entry(key)));
        reused.sort_unstable();
        assert_eq!(reused, [3, 256, 599]);
        assert_eq!(slab.len(), 600);
        assert_eq!(slab.insert(entry(600)), 600);
        assert_eq!(slab.get(601).map(|entry| entry.key), None);
    }
}
