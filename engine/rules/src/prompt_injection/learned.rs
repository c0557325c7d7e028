//! The learned signal: a linear model over the words of a passage, trained by `cargo xtask data prompt-injection`.
//!
//! The weights of a passage's features are added up and divided by the root of their number, and the passage that says most counts:
//! so an attempt within a long document is found, and a long document is not suspicious for its length. A feature that training did
//! not see says nothing.

use super::{features::Sink, work};

/// The trained model.
pub(super) const MODEL: Model<'static> = Model(include_bytes!("../../prompt-injection/model.bin"));

/// How many features share a bucket.
pub const WAYS: usize = 4;
/// The number of buckets, as a power of two.
pub const BUCKETS_LOG2: u32 = 13;
/// A bucket: the tags of its features, two bytes each, lowest first, then their weights.
const BUCKET: usize = WAYS * 3;
/// Before the buckets: two numbers of four bytes, lowest first, `slope` and `offset`; both in 65,536ths of a point.
pub const HEADER: usize = 8;
/// The size of a model in bytes.
pub const SIZE: usize = HEADER + (BUCKET << BUCKETS_LOG2);

/// The lengths of passages, in blocks of [`BLOCK`](super::features::BLOCK) words.
const PASSAGES: [usize; 2] = [3, 8];
/// How many points count: less is nothing, and more is not sure enough of itself.
pub(super) const RANGE: std::ops::RangeInclusive<i32> = 15..=70;

/// A model in the form in which it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Model<'a>(pub &'a [u8; SIZE]);

impl Model<'_> {
    /// How many points a text gets whose strongest passage has this strength: a number in [`RANGE`], or 0.
    fn points(self, strength: f32) -> u8 {
        let points = (strength * self.number(0) as f32 + self.number(4) as f32) / 65_536.0;
        let points = (points as i32).min(*RANGE.end());
        if points >= *RANGE.start() { points as u8 } else { 0 }
    }

    /// The weight of a feature.
    pub(super) fn weight(self, hash: u64) -> i8 {
        let (bucket, tag) = place(hash);
        let bucket = &self.0[HEADER + bucket * BUCKET..][..BUCKET];
        let (tags, weights) = bucket.split_at(WAYS * 2);
        let known = |own: &&[u8; 2]| u16::from_le_bytes(**own) == tag;
        match tags.as_chunks().0.iter().position(|own| known(&own)) {
            Some(way) => weights[way] as i8,
            None => 0,
        }
    }

    fn number(self, place: usize) -> i32 {
        let bytes = |index| self.0[place + index];
        i32::from_le_bytes([bytes(0), bytes(1), bytes(2), bytes(3)])
    }
}

/// The strength of a passage with this sum of weights of so many features.
pub fn strength(sum: i32, count: u32) -> f32 {
    sum as f32 / (count.max(1) as f32).sqrt()
}

/// The bucket of a feature, and the tag by which it is known there; never 0, which marks a free place.
pub fn place(hash: u64) -> (usize, u16) {
    ((hash >> (64 - BUCKETS_LOG2)) as usize, (hash as u16).max(1))
}

/// The passages of a text of so many blocks: of two lengths, at each block; the whole of a shorter text.
pub fn passages(blocks: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    PASSAGES.into_iter().flat_map(move |length| {
        let starts = blocks.saturating_sub(length);
        (0..=starts).map(move |start| start..blocks.min(start + length))
    })
}

/// What the features of each block of a text add up to.
#[derive(Debug)]
pub(super) struct Blocks<'m> {
    model: Model<'m>,
    /// The sum of weights, and the number of features.
    sums: Vec<(i32, u32)>,
    block: (i32, u32),
}

impl<'m> Blocks<'m> {
    pub(super) fn new(model: Model<'m>) -> Self {
        Self {
            model,
            sums: Vec::new(),
            block: (0, 0),
        }
    }

    /// How many points the text gets, in [`RANGE`]; 0 if it is less.
    pub(super) fn points(&self) -> u8 {
        let best = passages(self.sums.len())
            .map(|passage| {
                work(passage.len());
                let add = |(sum, count), block: &(i32, u32)| (sum + block.0, count + block.1);
                let (sum, count) = self.sums[passage].iter().fold((0, 0), add);
                strength(sum, count)
            })
            .fold(f32::MIN, f32::max);
        self.model.points(best)
    }
}

impl Sink for Blocks<'_> {
    fn feature(&mut self, hash: u64) {
        self.block.0 += i32::from(self.model.weight(hash));
        self.block.1 += 1;
    }

    fn end_block(&mut self) {
        self.sums.push(self.block);
        self.block = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn passages_cover_every_block() {
        for blocks in 1..40 {
            let mut covered = vec![0; blocks];
            for passage in passages(blocks) {
                assert!(
                    PASSAGES.contains(&passage.len()) || passage.len() == blocks,
                    "{blocks}"
                );
                covered[passage].iter_mut().for_each(|count| *count += 1);
            }
            assert!(
                covered
                    .iter()
                    .all(|count| (2..=PASSAGES[0] + PASSAGES[1]).contains(count))
            );
        }
    }

    #[test]
    fn each_feature_has_one_place() {
        for bucket in MODEL.0[HEADER..].chunks(BUCKET) {
            let (tags, weights) = bucket.split_at(WAYS * 2);
            let tags = tags.as_chunks::<2>().0;
            let used = tags.iter().filter(|tag| **tag != [0, 0]).count();
            assert!(tags[used..].iter().all(|tag| *tag == [0, 0]));
            assert_eq!(tags[..used].iter().collect::<HashSet<_>>().len(), used);
            assert!(weights[..used].iter().all(|weight| *weight != 0));
        }
    }

    #[test]
    fn what_training_did_not_see_says_next_to_nothing() {
        let hashes = (1..=10_000_u64).map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let known = hashes.filter(|hash| MODEL.weight(*hash) != 0).count();
        assert!(known < 10, "{known}");
    }

    #[test]
    fn points_are_in_range() {
        for strength in [f32::MIN, -50.0, 0.0, 50.0, f32::MAX] {
            let points = i32::from(MODEL.points(strength));
            assert!(points == 0 || RANGE.contains(&points), "{strength}: {points}");
        }
        assert_eq!(Blocks::new(MODEL).points(), 0);
    }
}
