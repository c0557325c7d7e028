//! Where the literals are looked for: every literal is filed under one of its trigrams, the one that user agents hold most rarely.
//!
//! A search then hashes each trigram of a user agent and looks into a bitmap; only where the bit is set are the literals filed
//! there compared. The bitmap fits into the processor's first cache, and in the user agent of a browser hardly any bit is set.

use std::collections::HashMap;

/// log2 of the number of bits in the bitmap: 4 KiB.
pub(crate) const BITMAP_LOG2: u32 = 15;
/// log2 of the number of buckets of probes.
pub(crate) const BUCKETS_LOG2: u32 = 10;
/// Multipliers tried for the hash.
const CANDIDATES: u32 = 64;

/// How the literals are found.
pub(crate) struct Index {
    /// The hash of a trigram is the upper bits of its product with this.
    pub(crate) multiplier: u32,
    /// One bit for each hash: whether a probe has it.
    pub(crate) bitmap: Vec<u32>,
    /// Where the probes of each bucket start; one entry more than buckets.
    pub(crate) buckets: Vec<usize>,
    pub(crate) probes: Vec<Probe>,
}

/// A trigram that is looked for, and the literal it is a part of.
pub(crate) struct Probe {
    /// Three bytes, the first one lowest.
    pub(crate) trigram: u32,
    pub(crate) literal: usize,
    /// Where in the literal the trigram starts.
    pub(crate) offset: usize,
}

/// Files the literals, given user agents as a sample of what will be searched.
pub(crate) fn build<'a>(literals: impl Iterator<Item = &'a [u8]>, sample: &[&str]) -> Result<Index, String> {
    let mut counts: HashMap<u32, u32> = HashMap::new();
    for user_agent in sample {
        for trigram in trigrams(user_agent.as_bytes()) {
            *counts.entry(trigram).or_default() += 1;
        }
    }
    let mut probes = Vec::new();
    for (literal, bytes) in literals.enumerate() {
        let rarest = trigrams(bytes)
            .enumerate()
            .min_by_key(|(_, trigram)| counts.get(trigram).copied().unwrap_or(0));
        let (offset, trigram) = rarest.ok_or_else(|| {
            format!(
                "the literal {:?} is shorter than three bytes",
                String::from_utf8_lossy(bytes)
            )
        })?;
        probes.push(Probe {
            trigram,
            literal,
            offset,
        });
    }

    let cost = |multiplier: u32| -> u64 {
        let bitmap = bitmap(multiplier, &probes);
        let is_set = |trigram: u32| {
            let hash = hash(multiplier, trigram);
            bitmap[hash / 32] >> (hash % 32) & 1 == 1
        };
        counts
            .iter()
            .filter(|(trigram, _)| is_set(**trigram))
            .map(|(_, count)| u64::from(*count))
            .sum()
    };
    // Odd multipliers spread by the golden ratio: the same ones in every build.
    let candidates = (1..=CANDIDATES).map(|n| n.wrapping_mul(0x9E37_79B9) | 1);
    let multiplier = candidates.min_by_key(|&multiplier| cost(multiplier)).unwrap_or(1);

    let bucket = |probe: &Probe| hash(multiplier, probe.trigram) >> (BITMAP_LOG2 - BUCKETS_LOG2);
    probes.sort_by_key(|probe| (bucket(probe), probe.trigram, probe.literal));
    let buckets = (0..=1 << BUCKETS_LOG2)
        .map(|b| probes.partition_point(|probe| bucket(probe) < b))
        .collect();
    Ok(Index {
        multiplier,
        bitmap: bitmap(multiplier, &probes),
        buckets,
        probes,
    })
}

fn bitmap(multiplier: u32, probes: &[Probe]) -> Vec<u32> {
    let mut bitmap = vec![0; 1 << (BITMAP_LOG2 - 5)];
    for probe in probes {
        let hash = hash(multiplier, probe.trigram);
        bitmap[hash / 32] |= 1 << (hash % 32);
    }
    bitmap
}

fn hash(multiplier: u32, trigram: u32) -> usize {
    (trigram.wrapping_mul(multiplier) >> (32 - BITMAP_LOG2)) as usize
}

fn trigrams(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes
        .windows(3)
        .map(|w| u32::from_le_bytes([w[0], w[1], w[2], 0]))
}
