//! Where literals are looked for: every literal is filed under one of its trigrams, one that texts hold rarely.
//!
//! A search then hashes each trigram of a text and looks into a bitmap; only where the bit is set are the literals filed there
//! compared (`src/prefilter.rs`). The bitmap fits into the processor's first cache, and in an ordinary text hardly any bit is set.

use std::collections::HashMap;

/// Multipliers tried for the hash.
const CANDIDATES: u32 = 64;
/// The last place in a literal where its trigram may start: it is stored in one byte.
const MAX_OFFSET: usize = u8::MAX as usize;
/// How much more frequent a trigram may be that has a byte behind it in its literal.
const END_COST: u64 = 4;

/// The sizes of the tables.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// log2 of the number of bits in the bitmap.
    pub(crate) bitmap_log2: u32,
    /// log2 of the number of buckets of probes.
    pub(crate) buckets_log2: u32,
}

/// How the literals are found.
pub(crate) struct Index {
    /// The hash of a trigram is the upper bits of its product with this.
    pub(crate) multiplier: u32,
    /// One bit for each hash: whether a probe has it.
    pub(crate) bitmap: Vec<u32>,
    /// One bit for each hash of a window: whether a probe has it.
    pub(crate) windows: Vec<u32>,
    /// Where the probes of each bucket start; one entry more than buckets.
    pub(crate) buckets: Vec<usize>,
    pub(crate) probes: Vec<Probe>,
}

/// A trigram that is looked for, and the literal it is a part of.
pub(crate) struct Probe {
    /// Three bytes, the first one lowest.
    pub(crate) trigram: u32,
    /// What follows the trigram in the literal; 0 if nothing does.
    pub(crate) next: u8,
    pub(crate) literal: usize,
    /// Where in the literal the trigram starts.
    pub(crate) offset: usize,
    pub(crate) group: u8,
}

/// A string to look for.
pub(crate) struct Literal<'a> {
    pub(crate) bytes: &'a [u8],
    /// The number that a search knows it by.
    pub(crate) number: usize,
    /// What it has in common with others.
    pub(crate) group: u8,
}

impl<'a> Literal<'a> {
    /// Literals that are numbered as they come and have nothing in common.
    pub(crate) fn numbered(texts: impl Iterator<Item = &'a [u8]>) -> Vec<Self> {
        let literal = |(number, bytes)| Self {
            bytes,
            number,
            group: 0,
        };
        texts.enumerate().map(literal).collect()
    }
}

impl Probe {
    /// The trigram with the byte behind it as the highest one.
    pub(crate) fn window(&self) -> u32 {
        self.trigram | u32::from(self.next) << 24
    }
}

/// Texts like those that will be searched, which say how frequent a trigram is.
pub(crate) struct Sample {
    trigrams: HashMap<u32, u32>,
    bytes: [f64; 256],
    total: f64,
}

impl Sample {
    pub(crate) fn new<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut trigrams_seen: HashMap<u32, u32> = HashMap::new();
        let (mut bytes, mut total) = ([1.0; 256], 256.0);
        for text in texts {
            for trigram in trigrams(text) {
                *trigrams_seen.entry(trigram).or_default() += 1;
            }
            for &byte in text {
                bytes[usize::from(byte)] += 1.0;
                total += 1.0;
            }
        }
        Self {
            trigrams: trigrams_seen,
            bytes,
            total,
        }
    }

    /// How often the trigram is to be expected in a text of a million bytes: as often as it was seen, and, for those that were not,
    /// as often as its bytes let expect.
    pub(crate) fn frequency(&self, trigram: u32) -> u64 {
        let seen = f64::from(self.trigrams.get(&trigram).copied().unwrap_or(0)) / self.total;
        let by_bytes: f64 = trigram.to_le_bytes()[..3]
            .iter()
            .map(|&byte| self.bytes[usize::from(byte)] / self.total)
            .product();
        1 + ((seen + by_bytes) * 1e6) as u64
    }

    /// How often the rarest trigram of the literal is to be expected; `None` for a literal shorter than three bytes.
    pub(crate) fn rarest(&self, literal: &[u8]) -> Option<u64> {
        trigrams(literal).map(|trigram| self.frequency(trigram)).min()
    }
}

pub(crate) fn build(literals: &[Literal<'_>], sample: &Sample, size: Size) -> Result<Index, String> {
    let mut probes = Vec::new();
    let mut filed: HashMap<u32, u64> = HashMap::new();
    for Literal { bytes, number, group } in literals {
        // Many literals under one trigram make each place where it stands expensive, and so does a trigram at the end of its literal:
        // no byte behind it says more.
        let places = trigrams(bytes).enumerate().take(MAX_OFFSET + 1);
        let best = places.min_by_key(|(offset, trigram)| {
            let ends = if offset + 3 == bytes.len() { END_COST } else { 1 };
            sample.frequency(*trigram) * ends * (1 + filed.get(trigram).copied().unwrap_or(0))
        });
        let (offset, trigram) = best.ok_or_else(|| {
            format!(
                "the literal {:?} is shorter than three bytes",
                String::from_utf8_lossy(bytes)
            )
        })?;
        *filed.entry(trigram).or_default() += 1;
        probes.push(Probe {
            trigram,
            next: bytes.get(offset + 3).copied().unwrap_or(0),
            literal: *number,
            offset,
            group: *group,
        });
    }

    let cost = |multiplier: u32| -> u64 {
        let bitmap = bitmap(multiplier, &probes, size);
        let is_set = |trigram: u32| {
            let hash = hash(multiplier, trigram, size);
            bitmap[hash / 32] >> (hash % 32) & 1 == 1
        };
        sample
            .trigrams
            .iter()
            .filter(|(trigram, _)| is_set(**trigram))
            .map(|(_, count)| u64::from(*count))
            .sum()
    };
    // Odd multipliers spread by the golden ratio: the same ones in every build.
    let candidates = (1..=CANDIDATES).map(|n| n.wrapping_mul(0x9E37_79B9) | 1);
    let multiplier = candidates.min_by_key(|&multiplier| cost(multiplier)).unwrap_or(1);

    let bucket =
        |probe: &Probe| hash(multiplier, probe.trigram, size) >> (size.bitmap_log2 - size.buckets_log2);
    probes.sort_by_key(|probe| (bucket(probe), probe.trigram, probe.literal));
    let buckets = (0..=1 << size.buckets_log2)
        .map(|b| probes.partition_point(|probe| bucket(probe) < b))
        .collect();
    Ok(Index {
        multiplier,
        bitmap: bitmap(multiplier, &probes, size),
        windows: windows(&probes, size),
        buckets,
        probes,
    })
}

fn bitmap(multiplier: u32, probes: &[Probe], size: Size) -> Vec<u32> {
    let mut bitmap = vec![0; 1 << (size.bitmap_log2 - 5)];
    for probe in probes {
        let hash = hash(multiplier, probe.trigram, size);
        bitmap[hash / 32] |= 1 << (hash % 32);
    }
    bitmap
}

/// The second map, of what the probes look for with the byte behind their trigram.
fn windows(probes: &[Probe], size: Size) -> Vec<u32> {
    /// The same in `src/prefilter.rs`.
    const WINDOW_MULTIPLIER: u32 = 0x85EB_CA6B;
    let mut bitmap = vec![0; 1 << (size.bitmap_log2 - 5)];
    for probe in probes {
        let hash = hash(WINDOW_MULTIPLIER, probe.window(), size);
        bitmap[hash / 32] |= 1 << (hash % 32);
    }
    bitmap
}

fn hash(multiplier: u32, trigram: u32, size: Size) -> usize {
    (trigram.wrapping_mul(multiplier) >> (32 - size.bitmap_log2)) as usize
}

fn trigrams(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes
        .windows(3)
        .map(|w| u32::from_le_bytes([w[0], w[1], w[2], 0]))
}
