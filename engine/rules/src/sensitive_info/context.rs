//! The words around a number: what they say it is.
//!
//! Many numbers look alike; `450 0840` is a phone number after "call me on" and nothing after "we sold". The nearest word that says
//! anything decides.

mod words;

use std::cell::OnceCell;
use words::{PHONE_STEMS, WORDS, pack};

/// What a word says about a number next to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Phone,
    /// A phone, in a sentence: in data such words are the names of other things.
    Call,
    Card,
    Ssn,
    NationalId,
    /// A number, but not of what.
    Number,
    /// Something that is not sensitive: an order, a version, an amount.
    Other,
}

const TOPICS: usize = 7;
/// How far words are looked for, in bytes and in words. A sentence such as "I don't get any message on my registered …" has to fit.
const BEFORE: (usize, u8) = (64, 7);
const AFTER: (usize, u8) = (20, 2);
/// The longest word that is looked at, in bytes.
const MAX_WORD: usize = 24;
const NOWHERE: u8 = u8::MAX;

/// How near the words of each topic are; read when that is first asked for, because most numbers are ruled out by their digits.
#[derive(Debug)]
pub(super) struct Context<'t> {
    text: &'t [u8],
    start: usize,
    end: usize,
    words: OnceCell<Words>,
}

impl<'t> Context<'t> {
    /// The words around this part of the text.
    pub(super) fn of(text: &'t [u8], start: usize, end: usize) -> Self {
        Self {
            text,
            start,
            end,
            words: OnceCell::new(),
        }
    }

    fn words(&self) -> &Words {
        self.words.get_or_init(|| {
            let mut words = Words {
                nearest: [NOWHERE; TOPICS],
            };
            words.read_before(&self.text[self.start.saturating_sub(BEFORE.0)..self.start]);
            words.read_after(&self.text[self.end..self.text.len().min(self.end + AFTER.0)]);
            words
        })
    }

    /// Whether this is what the text speaks of here: a word says so, and no nearer one says otherwise.
    pub(super) fn is(&self, topic: Topic) -> bool {
        let nearest = &self.words().nearest;
        let own = nearest[topic as usize];
        // That it is a number says nothing else.
        let others = nearest
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != Topic::Number as usize);
        own != NOWHERE && others.map(|(_, nearest)| *nearest).all(|other| own <= other)
    }

    /// Whether the text speaks of phones here.
    pub(super) fn is_phone(&self) -> bool {
        self.is(Topic::Phone) || self.is(Topic::Call)
    }

    /// Whether the text only says that it is a number: "my number is …".
    pub(super) fn is_number(&self) -> bool {
        let others = [Topic::Card, Topic::Ssn, Topic::NationalId, Topic::Other];
        let nearest = &self.words().nearest;
        nearest[Topic::Number as usize] <= 2 && others.iter().all(|topic| nearest[*topic as usize] == NOWHERE)
    }

    /// Whether the words next to the number say that it is something harmless.
    pub(super) fn is_harmless(&self) -> bool {
        self.is(Topic::Other) && self.words().nearest[Topic::Other as usize] <= 1
    }
}

#[derive(Debug)]
struct Words {
    nearest: [u8; TOPICS],
}

impl Words {
    fn read_before(&mut self, window: &[u8]) {
        super::work(window.len());
        let mut end = window.len();
        let mut is_data = false;
        for distance in 0..BEFORE.1 {
            let Some(last) = window[..end].iter().rposition(|byte| is_word(*byte)) else {
                return;
            };
            let start = window[..last]
                .iter()
                .rposition(|byte| !is_word(*byte))
                .map_or(0, |before| before + 1);
            is_data |= window[last..end].iter().any(is_of_data);
            self.read(&window[start..=last], distance, is_data);
            end = start;
        }
    }

    fn read_after(&mut self, window: &[u8]) {
        super::work(window.len());
        let mut rest = window;
        for distance in 1..=AFTER.1 {
            let Some(first) = rest.iter().position(|byte| is_word(*byte)) else {
                return;
            };
            // A further line or number has words of its own.
            if rest[..first]
                .iter()
                .any(|byte| *byte == b'\n' || byte.is_ascii_digit())
            {
                return;
            }
            let end = rest[first..]
                .iter()
                .position(|byte| !is_word(*byte))
                .map_or(rest.len(), |after| first + after);
            let is_data = rest[..first].iter().any(is_of_data);
            self.read(&rest[first..end], distance, is_data);
            rest = &rest[end..];
        }
    }

    /// Takes in one word. In data, only the name of the value itself says what it is: `"phone_number": "…"`.
    fn read(&mut self, word: &[u8], distance: u8, is_data: bool) {
        let counts = |topic: &Topic| match topic {
            Topic::Other => true,
            Topic::Call => !is_data,
            _ => !is_data || distance <= 1,
        };
        if let Some(topic) = topic(word).filter(counts) {
            let nearest = &mut self.nearest[topic as usize];
            *nearest = distance.min(*nearest);
        }
    }
}

/// Whether a character stands between names and values rather than in sentences.
fn is_of_data(byte: &u8) -> bool {
    matches!(
        byte,
        b'"' | b'=' | b'{' | b'}' | b'[' | b']' | b'<' | b'>' | b'&' | b'|' | b'/' | b'_'
    )
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

/// What a word says, in the languages that forms and support mails are most often written in.
fn topic(word: &[u8]) -> Option<Topic> {
    let mut lower = [0; MAX_WORD];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    let known = pack(lower).and_then(|key| WORDS.binary_search_by_key(&key, |(key, _)| *key).ok());
    match known {
        Some(index) => Some(WORDS[index].1),
        None => stem(lower),
    }
}

/// Words that say it in any of their forms and compounds: `phoneNumber`, `Telefonnummer`, `Kreditkarte`.
fn stem(word: &[u8]) -> Option<Topic> {
    // All stems in ASCII are told by their first four bytes, and that is cheap to look for.
    let ascii = word.windows(4).find_map(|part| match part {
        b"phon" | b"mobi" | b"puhe" => Some(Topic::Phone),
        b"card" | b"kart" => Some(Topic::Card),
        _ => None,
    });
    let contains = |stem: &str| word.windows(stem.len()).any(|part| part == stem.as_bytes());
    match word {
        [b't', b'e', b'l', b'e', b'f' | b'p', ..] | [b'c', b'e', b'l', b'u' | b'l', b'l' | b'u', ..] => {
            Some(Topic::Phone)
        }
        _ if ascii.is_some() || word.is_ascii() => ascii,
        _ if PHONE_STEMS.into_iter().any(contains) => Some(Topic::Phone),
        _ if contains("карт") => Some(Topic::Card),
        _ => None,
    }
}
