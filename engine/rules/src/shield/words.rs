//! Sets of words with something filed under each, built at compile time.

/// The longest word that can be filed.
const LONGEST: usize = 48;

/// A hash table of words in lower case. With `PLACES` at least twice the number of words, a look-up of another word mostly ends at the
/// first tag, and the tags of all words stay in the first cache.
pub(super) struct Words<T: 'static, const PLACES: usize> {
    /// Bits of each word's hash; 0 where there is none.
    tags: [u16; PLACES],
    table: [(&'static str, T); PLACES],
    none: T,
}

impl<T: Copy, const PLACES: usize> Words<T, PLACES> {
    /// Files words in groups, each group a string with one space between its words. `none` is what other words are.
    pub(super) const fn new(groups: &[(T, &'static str)], none: T) -> Self {
        let mut tags = [0; PLACES];
        let mut table = [("", none); PLACES];
        let (mut group, mut filed) = (0, 0);
        while group < groups.len() {
            let (meaning, mut rest) = groups[group];
            while !rest.is_empty() {
                let mut length = 0;
                let mut hash = Hash::START;
                while length < rest.len() && rest.as_bytes()[length] != b' ' {
                    hash = hash.with(rest.as_bytes()[length]);
                    length += 1;
                }
                assert!(0 < length && length <= LONGEST);
                let (word, behind) = rest.split_at(length);
                let mut place = hash.place(PLACES);
                while tags[place] != 0 {
                    place = (place + 1) % PLACES;
                }
                tags[place] = hash.tag();
                table[place] = (word, meaning);
                filed += 1;
                rest = if behind.is_empty() {
                    behind
                } else {
                    behind.split_at(1).1
                };
            }
            group += 1;
        }
        assert!(filed * 2 <= PLACES);
        Self { tags, table, none }
    }

    /// What is filed under a word, in any case.
    pub(super) fn find(&self, word: &[u8]) -> T {
        if word.len() > LONGEST {
            return self.none;
        }
        self.find_hashed(word, word.iter().fold(Hash::START, |hash, &byte| hash.with(byte)))
    }

    /// The same, for a word whose hash is known.
    pub(super) fn find_hashed(&self, word: &[u8], hash: Hash) -> T {
        let mut place = hash.place(PLACES);
        while self.tags[place] != 0 {
            let (known, meaning) = self.table[place];
            if self.tags[place] == hash.tag() && word.eq_ignore_ascii_case(known.as_bytes()) {
                return meaning;
            }
            place = (place + 1) % PLACES;
        }
        self.none
    }
}

/// FNV-1a over a word whose letters are made lower case; other bytes are changed too, always to the same.
#[derive(Clone, Copy)]
pub(super) struct Hash(u32);

impl Hash {
    pub(super) const START: Self = Self(0x811C_9DC5);

    pub(super) const fn with(self, byte: u8) -> Self {
        Self((self.0 ^ (byte | 0x20) as u32).wrapping_mul(0x0100_0193))
    }

    const fn place(self, places: usize) -> usize {
        (self.0 ^ self.0 >> 15) as usize % places
    }

    /// Never 0.
    const fn tag(self) -> u16 {
        (self.0 >> 16) as u16 | 1
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn words_are_found_in_any_case_and_others_are_none() {
        static WORDS: Words<u8, 8> = Words::new(&[(1, "one uno"), (2, "two")], 0);
        assert_eq!(
            [&b"one"[..], b"UNO", b"Two", b"three", b"", b"on"].map(|word| WORDS.find(word)),
            [1, 1, 2, 0, 0, 0]
        );
    }
}
