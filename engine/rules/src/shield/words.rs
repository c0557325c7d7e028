//! Sets of words with something filed under each, built at compile time.

/// The longest word that can be filed.
const LONGEST: usize = 48;

/// A hash table of words in lower case. With `PLACES` at least twice the number of words, a look-up is one hash over the word and
/// about one comparison.
pub(super) struct Words<T: 'static, const PLACES: usize> {
    table: [(&'static str, T); PLACES],
    none: T,
}

impl<T: Copy, const PLACES: usize> Words<T, PLACES> {
    /// Files words in groups, each group a string with one space between its words. `none` is what other words are.
    pub(super) const fn new(groups: &[(T, &'static str)], none: T) -> Self {
        let mut table = [("", none); PLACES];
        let (mut group, mut filed) = (0, 0);
        while group < groups.len() {
            let (meaning, mut rest) = groups[group];
            while !rest.is_empty() {
                let mut length = 0;
                while length < rest.len() && rest.as_bytes()[length] != b' ' {
                    length += 1;
                }
                assert!(0 < length && length <= LONGEST);
                let (word, behind) = rest.split_at(length);
                let mut place = hash(word.as_bytes()) % PLACES;
                while !table[place].0.is_empty() {
                    place = (place + 1) % PLACES;
                }
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
        Self { table, none }
    }

    /// What is filed under a word, in any case.
    pub(super) fn find(&self, word: &[u8]) -> T {
        if word.is_empty() || word.len() > LONGEST {
            return self.none;
        }
        let mut place = hash(word) % PLACES;
        loop {
            let (known, meaning) = self.table[place];
            if known.is_empty() {
                return self.none;
            }
            if word.eq_ignore_ascii_case(known.as_bytes()) {
                return meaning;
            }
            place = (place + 1) % PLACES;
        }
    }
}

/// FNV-1a over the word in lower case, with its upper bits mixed in.
const fn hash(word: &[u8]) -> usize {
    let mut hash = 0x811C_9DC5_u32;
    let mut at = 0;
    while at < word.len() {
        hash = (hash ^ word[at].to_ascii_lowercase() as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    (hash ^ hash >> 15) as usize
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
