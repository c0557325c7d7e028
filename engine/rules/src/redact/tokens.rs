//! Tokens: how they are numbered, and how they are found again.

use super::Redaction;
use crate::sensitive_info::Entity;
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
};

const START: &str = "<Redacted ";

/// Gives out tokens that are not in a text.
pub(super) struct Tokens {
    /// The numbers of tokens in the text.
    taken: BTreeSet<usize>,
    next: usize,
}

impl Tokens {
    pub(super) fn new(text: &str) -> Self {
        // Whatever stands before the number: no token is lost, and a number left out too many is harmless.
        let numbers = text.split('#').skip(1).filter_map(|rest| {
            let (number, _) = rest.split_once('>')?;
            number.parse().ok()
        });
        Self {
            taken: numbers.collect(),
            next: 0,
        }
    }

    pub(super) fn next(&mut self, entity: &Entity) -> String {
        while self.taken.contains(&self.next) {
            self.next += 1;
        }
        let number = self.next;
        self.next += 1;
        format!("{START}{} #{number}>", noun(entity))
    }
}

/// What a kind is called in tokens: as in `@arcjet/redact` where it has the kind.
fn noun(entity: &Entity) -> &str {
    match entity {
        Entity::Email => "email",
        Entity::PhoneNumber => "phone number",
        Entity::IpAddress => "IP address",
        Entity::CreditCardNumber => "credit card number",
        Entity::Iban => "IBAN",
        Entity::Ssn => "SSN",
        Entity::NationalId => "national ID",
        Entity::ApiKey => "API key",
        Entity::Custom(label) => label,
    }
}

/// The text with replacements replaced by originals, in one pass; at each place the longest replacement counts.
pub(super) fn put_back<'t>(text: &'t str, redactions: &[Redaction]) -> Cow<'t, str> {
    let mut originals: HashMap<&str, &str> = HashMap::with_capacity(redactions.len());
    for redaction in redactions
        .iter()
        .filter(|redaction| !redaction.replacement.is_empty())
    {
        originals
            .entry(&redaction.replacement)
            .or_insert(&redaction.original);
    }
    // Nearly always all start alike, and there are few lengths.
    let mut lengths: Vec<usize> = originals.keys().map(|replacement| replacement.len()).collect();
    lengths.sort_unstable_by(|one, other| other.cmp(one));
    lengths.dedup();
    let mut starts = [false; 256];
    for replacement in originals.keys() {
        starts[usize::from(replacement.as_bytes()[0])] = true;
    }
    let mut result = String::new();
    let mut kept = 0;
    let mut place = 0;
    while place < text.len() {
        let found = starts[usize::from(text.as_bytes()[place])]
            .then(|| {
                lengths.iter().find_map(|length| {
                    let part = text.get(place..place + length)?;
                    Some((length, originals.get(part)?))
                })
            })
            .flatten();
        match found {
            Some((length, original)) => {
                result.push_str(&text[kept..place]);
                result.push_str(original);
                place += length;
                kept = place;
            }
            None => place += 1,
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    result.push_str(&text[kept..]);
    Cow::Owned(result)
}
