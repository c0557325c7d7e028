//! The search of a text: one pass that stops where a find may start.

use super::{
    Entity, SensitiveSpan, context::Context, digits, digits::Run, email, iban, ip, merge::merge, national_id,
    phone, token,
};
use std::ops::Range;

/// The fewest digits of anything that has no letters but an IP address.
const MIN_DIGITS: usize = 7;

/// The most letters that an id begins with; others begin with one or two.
const MAX_LETTERS: usize = 6;

/// What a byte may be the start of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Nothing; what follows starts anew.
    Other,
    Letter,
    /// Part of a word, but not the start of one.
    Inner,
    Digit,
    Dash,
    At,
    Colon,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'@' => Class::At,
            b':' => Class::Colon,
            b'-' => Class::Dash,
            b'_' => Class::Inner,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
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

/// How many letters eight bytes begin with, the lowest byte first.
fn letters(bytes: u64) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // In lower case and without the highest bit, which then says what a sum comes to; no sum goes on into the next byte.
    let low = (bytes | 0x20 * EACH) & 0x7F * EACH;
    let from_a = low + (0x80 - u64::from(b'a')) * EACH;
    let beyond_z = low + (0x7F - u64::from(b'z')) * EACH;
    let other = !(from_a & !beyond_z & !bytes) & 0x80 * EACH;
    (other.trailing_zeros() / 8) as usize
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
        let mut before = Class::Other;
        while let Some(byte) = self.text.get(place) {
            let class = CLASSES[usize::from(*byte)];
            // Most of a text is words, one step for each, and what stands between them.
            if class == Class::Letter {
                let starts_word = matches!(before, Class::Other | Class::At | Class::Colon);
                place = if starts_word && token::may_start(&self.text[place..]) {
                    self.key(place)
                } else {
                    self.after_letters(place + 1)
                };
                before = class;
                continue;
            }
            place = match class {
                Class::Other | Class::Inner | Class::Letter => {
                    before = class;
                    place += 1;
                    continue;
                }
                Class::Digit => self.digits(place, before),
                Class::At => {
                    let (next, address) = email::find(self.text, place);
                    self.add(Entity::Email, address);
                    next
                }
                Class::Colon => {
                    let (next, address) = ip::find_v6(self.text, place);
                    self.add(Entity::IpAddress, address);
                    next
                }
                Class::Dash => self.dash(place, before),
            };
            before = CLASSES[usize::from(self.text[place - 1])];
        }
    }

    /// Where the letters end.
    fn after_letters(&self, start: usize) -> usize {
        let mut end = start;
        while let Some(eight) = self.text.get(end..).and_then(<[u8]>::first_chunk) {
            match letters(u64::from_le_bytes(*eight)) {
                8 => end += 8,
                count => return end + count,
            }
        }
        let is_letter = |byte: &&u8| CLASSES[usize::from(**byte)] == Class::Letter;
        end + self.text[end..].iter().take_while(is_letter).count()
    }

    /// Looks for a key at the start of a word; says where to go on.
    fn key(&mut self, start: usize) -> usize {
        match token::find(&self.text[start..]) {
            Some(length) => self.add_and_pass(Entity::ApiKey, start..start + length),
            // What is no key may still be an address or an account.
            None => self.after_letters(start + 1),
        }
    }

    /// Looks for the armour of a private key; says where to go on.
    fn dash(&mut self, start: usize, before: Class) -> usize {
        let key = (before != Class::Dash)
            .then(|| token::find_private_key(self.text, start))
            .flatten();
        match key {
            Some(key) => self.add_and_pass(Entity::ApiKey, key),
            None => start + 1,
        }
    }

    /// Looks for everything that has digits; says where to go on.
    fn digits(&mut self, start: usize, before: Class) -> usize {
        let text = self.text;
        let count = text[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let next = start + count;
        if before == Class::Letter {
            // The letters of a country or of an id, and nothing before them that they go on from; in hexadecimal digits something is.
            let letters = text[..start].iter().rev().take(MAX_LETTERS + 1);
            let letters = letters.take_while(|byte| byte.is_ascii_alphabetic()).count();
            let goes_on = start > letters
                && (text[start - letters - 1].is_ascii_alphanumeric() || text[start - letters - 1] == b'_');
            if goes_on || !matches!(letters, 1 | 2 | MAX_LETTERS) {
                return next;
            }
            if letters == 2
                && let Some(account) = iban::find(text, start)
            {
                return self.add_and_pass(Entity::Iban, account);
            }
            if let Some(id) = national_id::find_mixed(text, start) {
                return self.add_and_pass(Entity::NationalId, id);
            }
            return next;
        }
        if before == Class::Inner {
            return next;
        }
        // A short number on its own is nothing; behind a space, letters may belong to it.
        let is_apart = start > 0 && text[start - 1] == b' ';
        if count < MIN_DIGITS && !is_apart && digits::separator_at(text, next).is_none() {
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
        if total < MIN_DIGITS {
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

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn letters_are_counted_up_to_any_other_byte() {
        for byte in 0..=255u8 {
            for place in 0..8 {
                let mut text = *b"azAZmMqQ";
                text[place] = byte;
                let expected = if byte.is_ascii_alphabetic() { 8 } else { place };
                assert_eq!(letters(u64::from_le_bytes(text)), expected, "{byte} at {place}");
            }
        }
    }
}
