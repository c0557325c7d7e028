//! The form in which the rule reads a model.

use super::train::Weights;
use arcjet_rules::prompt_injection::training::{BUCKETS_LOG2, HEADER, SIZE, WAYS, place};

/// What log-odds are worth in points: a line through two of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// The log-odds that are worth 25 points.
    hint: f32,
    /// The log-odds that are worth 50 points, which is one clear attempt.
    clear: f32,
}

/// Of harmless messages of sources that the model was not trained with, the share that gets 25 points, and 50.
const HINTS: f32 = 0.02;
const CLEAR: f32 = 0.002;

impl Scale {
    /// The scale for these log-odds of harmless messages.
    pub(super) fn of(mut odds: Vec<f32>) -> Self {
        odds.sort_by(|one, other| other.total_cmp(one));
        let at = |share: f32| odds[(odds.len() as f32 * share) as usize];
        Self {
            hint: at(HINTS),
            clear: at(CLEAR),
        }
    }

    fn slope(self) -> f32 {
        25.0 / (self.clear - self.hint)
    }

    /// The points for these log-odds.
    pub(super) fn points(self, odds: f32) -> u32 {
        let points = 25.0 + (odds - self.hint) * self.slope();
        if points < 15.0 { 0 } else { points.min(70.0) as u32 }
    }
}

/// A model as the rule reads it: the weights that say most, as many as there is room for.
pub(super) fn bytes(model: &Weights, scale: Scale) -> Box<[u8; SIZE]> {
    let mut weights: Vec<(u64, f32)> = model
        .weights
        .iter()
        .map(|(hash, weight)| (*hash, *weight))
        .collect();
    weights.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()).then(one.0.cmp(&other.0)));
    // A few large weights are cut, so that small ones are told apart.
    let unit = weights
        .get(weights.len() / 1000)
        .map_or(1.0, |(_, weight)| weight.abs())
        / 127.0;
    let mut bytes = Box::new([0; SIZE]);
    let slope = scale.slope() * unit;
    let offset = 25.0 + (model.bias - scale.hint) * scale.slope();
    for (place, number) in [(0, slope), (4, offset)] {
        let number = (number * 65_536.0).round() as i32;
        bytes[place..place + 4].copy_from_slice(&number.to_le_bytes());
    }
    let mut used = vec![0; 1 << BUCKETS_LOG2];
    for (hash, weight) in weights {
        let value = (weight / unit).round().clamp(-127.0, 127.0) as i8;
        let (bucket, tag) = place(hash);
        let start = HEADER + bucket * WAYS * 3;
        let is_known = |way: usize| bytes[start + way * 2..][..2] == tag.to_le_bytes();
        let way = used[bucket];
        if value == 0 || way == WAYS || (0..way).any(is_known) {
            continue;
        }
        bytes[start + way * 2..][..2].copy_from_slice(&tag.to_le_bytes());
        bytes[start + WAYS * 2 + way] = value as u8;
        used[bucket] += 1;
    }
    bytes
}
