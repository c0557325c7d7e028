//! What the learned signal looks at: words, their beginnings, neighbours and meanings, each as a hash.

use super::{
    concepts::STEM,
    words::{self, Words},
    work,
};

/// How many words a block has; passages start and end at blocks.
pub(super) const BLOCK: usize = 8;
/// How many letters of a word tell what it is about, whatever its ending.
const BEGINNING: usize = 5;
/// How far back meanings are paired, in words.
const NEAR: usize = 5;

/// What takes in the features of a text.
pub trait Sink {
    /// Something that the text has, as a hash of 64 bits.
    fn feature(&mut self, hash: u64);
    /// The end of a block of [`BLOCK`] words.
    fn end_block(&mut self);
}

/// Hands the features of a text to the sink.
pub fn each<S: Sink>(text: &str, sink: S) -> S {
    let mut features = Features::new(sink);
    words::each(text, &mut features);
    features.finish()
}

/// What a feature is about, so that equal words are different features in different places.
#[derive(Clone, Copy)]
enum Kind {
    Word = 1,
    Beginning,
    Pair,
    Skip,
    Meaning,
    Meanings,
}

/// What stands for numbers, and for the end of a sentence.
const NUMBER: u64 = 0x6e75_6d62_6572;
const STOP: u64 = 0x7374_6f70;

/// Makes features of words as they come.
pub(super) struct Features<S> {
    sink: S,
    /// The beginnings of the last word and the one before.
    last: [u64; 2],
    /// The meanings of the last words, the newest first.
    meanings: [u64; NEAR],
    in_block: usize,
}

impl<S: Sink> Features<S> {
    pub(super) fn new(sink: S) -> Self {
        Self {
            sink,
            last: [STOP; 2],
            meanings: [0; NEAR],
            in_block: 0,
        }
    }

    /// Ends the text.
    pub(super) fn finish(mut self) -> S {
        if self.in_block > 0 {
            self.sink.end_block();
        }
        self.sink
    }

    fn add(&mut self, kind: Kind, one: u64, other: u64) {
        work(1);
        self.sink.feature(mix(kind, one, other));
    }

    fn token(&mut self, whole: u64, beginning: u64, meaning: u64) {
        // Who says a word again and again says no more by it, while the sum of its weights would grow.
        if beginning == self.last[0] && beginning != NUMBER {
            return;
        }
        self.add(Kind::Word, whole, 0);
        if beginning != whole {
            self.add(Kind::Beginning, beginning, 0);
        }
        let [last, before] = self.last;
        self.add(Kind::Pair, last, beginning);
        self.add(Kind::Skip, before, beginning);
        self.last = [beginning, last];
        if meaning != 0 {
            for own in bits(meaning) {
                self.add(Kind::Meaning, own, 0);
                for distance in 0..NEAR {
                    for other in bits(self.meanings[distance]) {
                        self.add(Kind::Meanings, other, own);
                    }
                }
            }
        }
        self.meanings.rotate_right(1);
        self.meanings[0] = meaning;
        self.in_block += 1;
        if self.in_block == BLOCK {
            self.sink.end_block();
            self.in_block = 0;
        }
    }
}

impl<S: Sink> Words for Features<S> {
    fn word(&mut self, word: &str, meaning: u64) {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            self.token(NUMBER, NUMBER, meaning);
            return;
        }
        let beginning = match word.char_indices().nth(BEGINNING) {
            Some((end, _)) => hash(&word[..end]),
            None => hash(word),
        };
        self.token(hash(word), beginning, meaning);
    }

    fn ideograph(&mut self, character: char) {
        let own = hash(character.encode_utf8(&mut [0; 4]));
        self.token(own, own, 0);
    }

    fn stop(&mut self) {
        self.last = [STOP; 2];
        self.meanings.rotate_right(1);
        self.meanings[0] = 0;
    }
}

/// The bits that are set, each as a number of its own.
fn bits(mut meaning: u64) -> impl Iterator<Item = u64> {
    meaning &= !STEM;
    std::iter::from_fn(move || {
        let bit = meaning.trailing_zeros();
        meaning &= meaning.checked_sub(1)?;
        Some(u64::from(bit))
    })
}

/// FNV-1a.
fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The end of SplitMix64.
fn mix(kind: Kind, one: u64, other: u64) -> u64 {
    let mut hash = one ^ other.rotate_left(23).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (kind as u64) << 56;
    hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ hash >> 31
}
