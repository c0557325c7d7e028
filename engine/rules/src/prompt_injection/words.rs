//! From characters to words, and from words to what they mean.

use super::{
    concepts::STEM,
    lexicon::LEXICON,
    normalize::{Read, leet, look_alike, read},
};

/// The longest word that is looked up, in bytes; longer ones mean nothing.
const MAX_WORD: usize = 48;
/// How many single letters in a row are taken for a word in spaced letters, and how many are kept.
const SPACED: std::ops::Range<usize> = 4..200;
/// The longest word of a script without spaces, in characters.
const MAX_IDEOGRAPHS: usize = 5;

/// What takes in a text word by word.
pub(super) trait Words {
    /// A word, folded and without disguise, and its meaning; 0 if it has none that counts.
    fn word(&mut self, word: &str, meaning: u64);
    /// A character of a script without spaces that begins no known word.
    fn ideograph(&mut self, character: char);
    /// The end of a sentence or line.
    fn stop(&mut self);
}

/// Reads a text word by word.
pub(super) fn each(text: &str, words: &mut impl Words) {
    let mut word = Word::default();
    let mut spaced = String::new();
    let mut skip_to = 0;
    for (place, character) in text.char_indices() {
        if place < skip_to {
            continue;
        }
        match read(character) {
            Read::Word(letter) | Read::Tag(letter) if letter != ' ' => word.push(letter),
            Read::Nothing => {}
            Read::Ideograph(_) => {
                word.end(words, &mut spaced);
                match ideographs(&text[place..]) {
                    Some((length, meaning)) => {
                        words.word(&text[place..place + length], meaning);
                        skip_to = place + length;
                    }
                    None => words.ideograph(character),
                }
            }
            Read::Stop => {
                word.end(words, &mut spaced);
                // Single letters may be parted by dots.
                if spaced.is_empty() {
                    words.stop();
                }
            }
            _ => word.end(words, &mut spaced),
        }
    }
    word.end(words, &mut spaced);
    end_spaced(words, &mut spaced);
}

/// The word being read.
#[derive(Default)]
struct Word {
    letters: String,
    has_latin: bool,
    has_other: bool,
    has_digit: bool,
    is_long: bool,
}

impl Word {
    fn push(&mut self, letter: char) {
        match letter {
            'a'..='z' => self.has_latin = true,
            '0'..='9' | '@' | '$' => self.has_digit = true,
            _ => self.has_other = true,
        }
        if self.letters.len() + letter.len_utf8() <= MAX_WORD {
            self.letters.push(letter);
        } else {
            self.is_long = true;
        }
    }

    /// Hands over the word that ends here, if there is one.
    fn end(&mut self, words: &mut impl Words, spaced: &mut String) {
        if self.letters.is_empty() {
            return;
        }
        let is_single = self.letters.chars().nth(1).is_none() && (self.has_latin || self.has_digit);
        if is_single && spaced.len() < SPACED.end {
            spaced.push_str(&self.letters);
        } else {
            end_spaced(words, spaced);
        }
        self.read(words);
        self.letters.clear();
        (self.has_latin, self.has_other, self.has_digit, self.is_long) = (false, false, false, false);
    }

    /// Hands over the word as it reads.
    fn read(&self, words: &mut impl Words) {
        let meaning = if self.is_long { 0 } else { look_up(&self.letters) };
        if meaning != 0 || !self.has_latin || !(self.has_other || self.has_digit) {
            words.word(&self.letters, meaning);
            return;
        }
        let disguised: String = self
            .letters
            .chars()
            .map(|letter| leet(look_alike(letter)))
            .collect();
        let meaning = if self.is_long { 0 } else { look_up(&disguised) };
        words.word(&disguised, meaning);
    }
}

/// Reads single letters in a row as the words that they spell: `i g n o r e a l l`.
fn end_spaced(words: &mut impl Words, spaced: &mut String) {
    if SPACED.contains(&spaced.chars().count()) {
        let letters: String = spaced.chars().map(leet).collect();
        let mut rest = &*letters;
        while let Some(first) = rest.chars().next() {
            let longest = (3..=rest.len().min(14))
                .rev()
                .find_map(|length| Some((length, look_up_exactly(rest.get(..length)?)?)));
            match longest {
                Some((length, meaning)) => {
                    words.word(&rest[..length], meaning);
                    rest = &rest[length..];
                }
                None => rest = &rest[first.len_utf8()..],
            }
        }
    }
    spaced.clear();
}

/// The longest word of a script without spaces that the text starts with, its length in bytes and meaning.
fn ideographs(text: &str) -> Option<(usize, u64)> {
    let mut ends = [0; MAX_IDEOGRAPHS];
    let mut count = 0;
    for (end, (place, character)) in ends.iter_mut().zip(text.char_indices()) {
        *end = place + character.len_utf8();
        count += 1;
    }
    ends[..count]
        .iter()
        .rev()
        .find_map(|end| Some((*end, look_up_exactly(&text[..*end])?)))
}

/// For the first three bytes of all words of the lexicon, one bit each: nearly all other words are told by it.
static STARTS: [u64; 1024] = {
    let mut starts = [0; 1024];
    let mut index = 0;
    while index < LEXICON.len() {
        let bit = start(LEXICON[index].0.as_bytes());
        starts[bit / 64] |= 1 << (bit % 64);
        index += 1;
    }
    starts
};

/// The bit of a word's first three bytes, of 65,536.
const fn start(word: &[u8]) -> usize {
    let mut bit = 0;
    let mut index = 0;
    while index < 3 && index < word.len() {
        bit = (bit * 41 + word[index] as usize) % (1 << 16);
        index += 1;
    }
    bit
}

/// Where the words of each first byte start in the lexicon.
static FIRST: [u16; 257] = {
    let mut first = [0; 257];
    let mut index = 0;
    let mut byte = 0;
    while byte < first.len() {
        while index < LEXICON.len() && (LEXICON[index].0.as_bytes()[0] as usize) < byte {
            index += 1;
        }
        first[byte] = index as u16;
        byte += 1;
    }
    first
};

/// The words of the lexicon with the same first byte.
fn neighbours(word: &str) -> &'static [(&'static str, u64)] {
    let Some(byte) = word.bytes().next().map(usize::from) else {
        return &[];
    };
    &LEXICON[usize::from(FIRST[byte])..usize::from(FIRST[byte + 1])]
}

/// What a word means, by itself and by the stems that it starts with; 0 if nothing.
fn look_up(word: &str) -> u64 {
    let bit = start(word.as_bytes());
    if STARTS[bit / 64] >> (bit % 64) & 1 == 0 {
        return 0;
    }
    let words = neighbours(word);
    let after = words.partition_point(|(known, _)| *known <= word);
    let mut meaning = 0;
    for (known, own) in words[..after].iter().rev() {
        if *known == word || (own & STEM != 0 && word.starts_with(known)) {
            meaning |= own & !STEM;
        }
        // All words between a stem and its extension start with the stem, and stems have three letters or more.
        if known
            .as_bytes()
            .iter()
            .zip(word.as_bytes())
            .take_while(|(a, b)| a == b)
            .count()
            < 3
        {
            break;
        }
    }
    meaning
}

fn look_up_exactly(word: &str) -> Option<u64> {
    let words = neighbours(word);
    let index = words.binary_search_by(|(known, _)| (*known).cmp(word)).ok()?;
    Some(words[index].1 & !STEM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lexicon_is_sorted_and_folded() {
        assert!(LEXICON.is_sorted_by(|(one, _), (next, _)| one < next));
        for (word, meaning) in &LEXICON {
            assert!(meaning & !STEM != 0, "{word}");
            assert!(meaning & STEM == 0 || word.len() >= 3, "{word}");
            let folded: String = word
                .chars()
                .map(|character| match read(character) {
                    Read::Word(letter) | Read::Ideograph(letter) => letter,
                    other => panic!("{word}: {other:?}"),
                })
                .collect();
            assert_eq!(folded, *word);
        }
    }
}
