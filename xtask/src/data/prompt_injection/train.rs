//! Logistic regression over the features of passages, by stochastic gradients with AdaGrad; deterministic.

use super::sources::Message;
use arcjet_rules::prompt_injection::training::{self, Sink, passages, strength};
use std::{collections::HashMap, ops::Range};

/// How often all messages are gone through.
const ROUNDS: usize = 12;
const RATE: f32 = 0.2;
/// How much weights are drawn to nought.
const DECAY: f32 = 3e-5;
/// In how many messages a feature has to be.
const LEAST_MESSAGES: u32 = 2;
/// How many passages of a harmless message are looked at.
const MOST_PASSAGES: usize = 24;

/// A message as features, for each block.
pub(super) struct Example {
    pub(super) blocks: Vec<Vec<u64>>,
    pub(super) is_injection: bool,
    /// How much it counts.
    pub(super) weight: f32,
}

#[derive(Default)]
struct Collect {
    blocks: Vec<Vec<u64>>,
    block: Vec<u64>,
}

impl Sink for Collect {
    fn feature(&mut self, hash: u64) {
        self.block.push(hash);
    }

    fn end_block(&mut self) {
        self.blocks.push(std::mem::take(&mut self.block));
    }
}

impl Example {
    pub(super) fn new(message: &Message, weight: f32) -> Self {
        Self {
            blocks: training::each(&message.text, Collect::default()).blocks,
            is_injection: message.is_injection,
            weight,
        }
    }
}

/// Weights of features, before they are stored.
pub(super) struct Weights {
    pub(super) weights: HashMap<u64, f32>,
    pub(super) bias: f32,
}

impl Weights {
    /// The log-odds that the strongest passage is an attempt's.
    pub(super) fn strongest(&self, blocks: &[Vec<u64>]) -> f32 {
        let sums = blocks.iter().map(|block| {
            let known = block.iter().filter_map(|feature| self.weights.get(feature));
            (known.sum::<f32>(), block.len() as u32)
        });
        let sums: Vec<_> = sums.collect();
        let each = passages(sums.len()).map(|passage| {
            let add = |(sum, count), block: &(f32, u32)| (sum + block.0, count + block.1);
            let (sum, count) = sums[passage].iter().fold((0.0, 0), add);
            sum / (count.max(1) as f32).sqrt()
        });
        each.fold(f32::MIN, f32::max) + self.bias
    }
}

/// Trains weights with the examples.
pub(super) fn train(examples: &[&Example]) -> Weights {
    let (numbers, hashes) = vocabulary(examples);
    let blocks: Vec<Vec<Vec<u32>>> = examples
        .iter()
        .map(|example| {
            let number = |hash: &u64| numbers.get(hash).copied().unwrap_or(u32::MAX);
            let each = |block: &Vec<u64>| block.iter().map(number).collect();
            example.blocks.iter().map(each).collect()
        })
        .collect();
    let mut state = State {
        weights: vec![0.0; hashes.len()],
        squares: vec![1e-3; hashes.len()],
        bias: 0.0,
        bias_square: 1e-3,
    };
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..ROUNDS {
        for index in (1..order.len()).rev() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            order.swap(index, (random % (index as u64 + 1)) as usize);
        }
        for index in &order {
            let (example, blocks) = (examples[*index], &blocks[*index]);
            let all: Vec<_> = passages(blocks.len()).collect();
            // Which passage it is that makes an attempt, or a harmless message suspicious, is the model's guess; at first there is
            // none, and all passages of an attempt are taken for it.
            let strongest = (round > 1).then(|| state.strongest(blocks, &all)).flatten();
            if example.is_injection {
                let chosen = strongest.map_or(all, |one| vec![one]);
                let weight = example.weight / chosen.len() as f32;
                for passage in chosen {
                    state.step(&blocks[passage], 1.0, weight);
                }
            } else {
                let step = all.len().div_ceil(MOST_PASSAGES).max(1);
                let spread = all.into_iter().skip(round % step).step_by(step);
                for passage in spread.chain(strongest) {
                    state.step(&blocks[passage], 0.0, example.weight);
                }
            }
        }
    }
    Weights {
        weights: hashes.into_iter().zip(state.weights).collect(),
        bias: state.bias,
    }
}

/// The features that are in enough messages, numbered.
fn vocabulary(examples: &[&Example]) -> (HashMap<u64, u32>, Vec<u64>) {
    let mut counts: HashMap<u64, u32> = HashMap::new();
    for example in examples {
        let mut own: Vec<u64> = example.blocks.iter().flatten().copied().collect();
        own.sort_unstable();
        own.dedup();
        for hash in own {
            *counts.entry(hash).or_default() += 1;
        }
    }
    let enough = counts.into_iter().filter(|(_, count)| *count >= LEAST_MESSAGES);
    let mut hashes: Vec<u64> = enough.map(|(hash, _)| hash).collect();
    hashes.sort_unstable();
    let numbers = hashes
        .iter()
        .zip(0..)
        .map(|(hash, number)| (*hash, number))
        .collect();
    (numbers, hashes)
}

struct State {
    weights: Vec<f32>,
    /// Of gradients, for each weight.
    squares: Vec<f32>,
    bias: f32,
    bias_square: f32,
}

impl State {
    /// The sum over a passage, and what each of its features counts.
    fn sum(&self, blocks: &[Vec<u32>]) -> f32 {
        let count: usize = blocks.iter().map(Vec::len).sum();
        let known = blocks
            .iter()
            .flatten()
            .filter_map(|number| self.weights.get(*number as usize));
        known.sum::<f32>() * strength(1, count as u32)
    }

    /// The passage that looks most like an attempt.
    fn strongest(&self, blocks: &[Vec<u32>], passages: &[Range<usize>]) -> Option<Range<usize>> {
        let sums = passages.iter().map(|passage| self.sum(&blocks[passage.clone()]));
        let best = sums
            .enumerate()
            .max_by(|(_, one), (_, other)| one.total_cmp(other))?;
        Some(passages[best.0].clone())
    }

    fn step(&mut self, blocks: &[Vec<u32>], target: f32, weight: f32) {
        let count: usize = blocks.iter().map(Vec::len).sum();
        let each = strength(1, count as u32);
        let odds = self.sum(blocks) + self.bias;
        let error = (1.0 / (1.0 + (-odds).exp()) - target) * weight;
        for number in blocks.iter().flatten() {
            let number = *number as usize;
            if let Some(own) = self.weights.get_mut(number) {
                let gradient = error * each + DECAY * *own;
                self.squares[number] += gradient * gradient;
                *own -= RATE * gradient / self.squares[number].sqrt();
            }
        }
        self.bias_square += error * error;
        self.bias -= RATE * error / self.bias_square.sqrt();
    }
}

#[cfg(test)]
mod tests {
    use super::{super::store, *};

    fn example(text: &str, is_injection: bool) -> Example {
        let text = text.to_owned();
        Example::new(&Message { text, is_injection }, 1.0)
    }

    #[test]
    fn what_was_seen_is_told_apart_also_as_stored() {
        let (attempts, harmless) = (
            ["open the gate", "open it, gate"],
            ["close the door", "door and gate, close"],
        );
        let examples: Vec<Example> = attempts
            .map(|text| example(text, true))
            .into_iter()
            .chain(harmless.map(|text| example(text, false)))
            .collect();
        let weights = train(&examples.iter().collect::<Vec<_>>());
        let odds = |text| weights.strongest(&example(text, true).blocks);
        assert!(odds("please open the gate") > odds("please close the door"));
        let scale = store::Scale::of(vec![odds(harmless[0]), odds(harmless[1]) - 1.0]);
        let model = store::bytes(&weights, scale);
        assert_eq!(model, store::bytes(&weights, scale));
        let score = |text| training::score(text, training::Model(&model));
        assert!(score("please open the gate") > score("please close the door"));
    }
}
