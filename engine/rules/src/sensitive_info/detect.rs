//! The search of a text: one pass that stops where a find may start.

use super::{
    Entity, SensitiveSpan, context::Context, digits::Run, email, iban, ip, merge::merge, national_id, phone,
    token,
};
use std::ops::Range;

/// What may start at a byte.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// Nothing; what follows starts anew.
    Nothing,
    Letter,
    Digit,
    At,
    Colon,
    Dash,
    /// Part of a word, but not the start of a key.
    Inner,
}

const STARTS: [Start; 256] = {
    let mut starts = [Start::Nothing; 256];
    let mut byte = 0;
    while byte < 256 {
        starts[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => Start::Letter,
            b'0'..=b'9' => Start::Digit,
            b'@' => Start::At,
            b':' => Start::Colon,
            b'-' => Start::Dash,
            b'_' => Start::Inner,
            _ => Start::Nothing,
        };
        byte += 1;
    }
    starts
};

/// Everything in the text that is detected without being asked for, sorted and without overlaps.
///
/// Takes time proportional to the length of the text. Ends of spans are u32: what lies beyond 4 GiB is not searched.
pub fn detect(text: &str) -> Vec<SensitiveSpan> {
    merge(find(text, usize::MAX))
}

/// The same with overlaps, and only so many finds of each kind.
pub(super) fn find(text: &str, limit: usize) -> Vec<SensitiveSpan> {
    let text = text.as_bytes();
    let text = &text[..text.len().min(u32::MAX as usize)];
    let mut search = Search {
        text,
        limit,
        counts: [0; Entity::BUILT_IN],
        found: Vec::new(),
    };
    search.run();
    search.found
}

struct Search<'t> {
    text: &'t [u8],
    limit: usize,
    /// How many of each kind were found.
    counts: [usize; Entity::BUILT_IN],
    found: Vec<SensitiveSpan>,
}

impl Search<'_> {
    fn run(&mut self) {
        let mut place = 0;
        let mut before = Start::Nothing;
        while let Some(byte) = self.text.get(place) {
            let start = STARTS[usize::from(*byte)];
            let next = match start {
                Start::Nothing | Start::Inner => place + 1,
                Start::Letter => {
                    let starts_word =
                        !matches!(before, Start::Letter | Start::Digit | Start::Inner | Start::Dash);
                    if starts_word { self.key(place) } else { place + 1 }
                }
                // Digits inside of words are no numbers, but may be what an IBAN or a personal number goes on with.
                Start::Digit => self.digits(place, before),
                Start::At => {
                    let (next, address) = email::find(self.text, place);
                    self.add(Entity::Email, address);
                    next
                }
                Start::Colon => {
                    let (next, address) = ip::find_v6(self.text, place);
                    self.add(Entity::IpAddress, address);
                    next
                }
                Start::Dash if before != Start::Dash && self.text[place..].starts_with(b"-----BEGIN") => {
                    let key = token::find_private_key(self.text, place);
                    let next = key.as_ref().map_or(place + 1, |key| key.end);
                    self.add(Entity::ApiKey, key);
                    next
                }
                Start::Dash => place + 1,
            };
            before = STARTS[usize::from(self.text[next - 1])];
            place = next;
        }
    }

    /// Looks for a key at the start of a word; says where to go on.
    fn key(&mut self, start: usize) -> usize {
        let (next, key) = token::find(self.text, start);
        let found = key.is_some();
        self.add(Entity::ApiKey, key);
        // What is no key may still be an address or an IBAN.
        if found {
            next
        } else {
            next.min(start).max(start + 1)
        }
    }

    /// Looks for everything that has digits; says where to go on.
    fn digits(&mut self, start: usize, before: Start) -> usize {
        let text = self.text;
        let count = text[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let next = start + count;
        if before == Start::Letter {
            if let Some(account) = iban::find(text, start) {
                return self.add_and_pass(Entity::Iban, account);
            }
            if let Some(id) = national_id::find_mixed(text, start) {
                return self.add_and_pass(Entity::NationalId, id);
            }
            return next;
        }
        if before == Start::Inner {
            return next;
        }
        let run = Run::at(text, start);
        if let Some(address) = ip::find_v4(text, &run) {
            return self.add_and_pass(Entity::IpAddress, address);
        }
        if let Some(id) = national_id::find_mixed(text, start) {
            return self.add_and_pass(Entity::NationalId, id);
        }
        let total = run.digits(0..run.groups().len());
        if total < 7 {
            return next;
        }
        match self.number(&run) {
            Some((entity, place)) => self.add_and_pass(entity, place),
            None => next,
        }
    }

    /// The number at the beginning of a run that is known by its digits and the words around it.
    fn number(&self, run: &Run) -> Option<(Entity, Range<usize>)> {
        let text = self.text;
        let groups = run.groups();
        let end = groups[groups.len() - 1].end;
        let context = Context::of(text, run.start(), end);
        let found = |entity: Entity| move |place: Range<usize>| (entity, place);
        super::card::find(text, run, &context)
            .map(found(Entity::CreditCardNumber))
            .or_else(|| national_id::find_ssn(text, run, &context).map(found(Entity::Ssn)))
            .or_else(|| national_id::find_digits(text, run, &context).map(found(Entity::NationalId)))
            .or_else(|| phone::find(text, run, &context).map(found(Entity::PhoneNumber)))
    }

    fn add_and_pass(&mut self, entity: Entity, place: Range<usize>) -> usize {
        let end = place.end;
        self.add(entity, Some(place));
        end
    }

    fn add(&mut self, entity: Entity, place: Option<Range<usize>>) {
        let Some(place) = place else { return };
        let count = &mut self.counts[usize::from(entity.certainty())];
        *count += 1;
        if *count <= self.limit {
            self.found.push(SensitiveSpan {
                start: place.start as u32,
                end: place.end as u32,
                entity,
            });
        }
    }
}
