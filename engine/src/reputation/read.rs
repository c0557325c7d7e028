//! Reads sources. Which form one has is found out by looking.

mod json;
mod network;
mod record;
mod rows;

use std::borrow::Cow;
use std::collections::HashMap;

use super::country::Country;
use super::error::ReputationError;
use super::layer::LayerBuilder;
use super::source::{Kind, Source};
use super::tables::{AutonomousSystem, Layer, List, Meaning};
use network::Network;
use record::Record;

/// How many of the entries that can't be read are told one by one; the others are counted.
const MOST_REJECTS: usize = 10;

/// How much of what can't be read is told.
const LONGEST_QUOTE: usize = 60;

/// A source, read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) layer: Layer,
    /// How many prefixes it lists.
    pub(super) prefixes: usize,
    pub(super) rejects: Rejects,
}

/// What could not be read of a source.
#[derive(Clone, Debug, Default)]
pub(super) struct Rejects {
    pub(super) count: usize,
    pub(super) first: Vec<Reject>,
}

/// An entry that could not be read.
#[derive(Clone, Debug)]
pub(super) struct Reject {
    /// From 1; lines of JSON don't count.
    pub(super) line: Option<usize>,
    pub(super) problem: String,
}

impl Rejects {
    fn push(&mut self, line: Option<usize>, problem: String) {
        self.count += 1;
        if self.first.len() < MOST_REJECTS {
            self.first.push(Reject { line, problem });
        }
    }
}

/// Reads the content of a source.
///
/// # Errors
///
/// If nothing of it can be read. What can't be read among other things is in [`Reading::rejects`].
pub(super) fn read(source: &Source, content: &[u8]) -> Result<Reading, ReputationError> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let mut collected = Collected::new(source.kind);
    let first = content.iter().find(|byte| !byte.is_ascii_whitespace());
    if matches!(first, Some(b'{' | b'[')) {
        json::read(content, &mut collected).map_err(|(line, problem)| {
            ReputationError::new(source.label(), line, problem, accepted(source.kind))
        })?;
    } else {
        rows::read(content, &mut collected);
    }
    collected.finish(source)
}

/// What is accepted of a kind, for errors.
fn accepted(kind: Kind) -> &'static str {
    match kind {
        Kind::Country => {
            "lines of `PREFIX,COUNTRY` or `FIRST,LAST,COUNTRY`, with a country as in `AT`, or CSV with a header that names \
             such columns"
        }
        Kind::Asn => {
            "lines of `PREFIX,ASN,NAME` or `FIRST,LAST,ASN,NAME`, with a number as in `64500` or `AS64500`, or CSV with a \
             header that names such columns"
        }
        _ => {
            "a prefix, an address or a range in each line (`192.0.2.0/24`, `192.0.2.1`, `192.0.2.1-192.0.2.9`), CSV that \
             starts with one, or the JSON of a cloud"
        }
    }
}

/// What was read so far.
struct Collected {
    kind: Kind,
    layer: LayerBuilder,
    countries: Places<Country>,
    systems: Places<AutonomousSystem>,
    rejects: Rejects,
    /// Entries that say in so many words that nothing is known.
    unknown: usize,
}

/// Values, each once.
struct Places<T> {
    all: Vec<T>,
    places: HashMap<T, u32>,
}

impl<T: Clone + Eq + std::hash::Hash> Places<T> {
    fn new() -> Self {
        Self {
            all: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// One more than the place of a value.
    fn place(&mut self, value: T) -> u32 {
        if let Some(place) = self.places.get(&value) {
            return *place;
        }
        self.all.push(value.clone());
        let place = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.places.insert(value, place);
        place
    }
}

impl Collected {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            layer: LayerBuilder::default(),
            countries: Places::new(),
            systems: Places::new(),
            rejects: Rejects::default(),
            unknown: 0,
        }
    }

    /// Takes an entry.
    fn add(&mut self, record: &Record) {
        let value = match record {
            Record::Unknown => {
                self.unknown += 1;
                return;
            }
            Record::Listed(_) => 1,
            Record::Country(_, country) => self.countries.place(*country),
            Record::System(_, system) => self.systems.place(system.clone()),
        };
        match record {
            Record::Listed(network) | Record::Country(network, _) | Record::System(network, _) => {
                match network {
                    Network::Prefix(prefix) => self.layer.prefix(*prefix, value),
                    Network::Range(first, last) => self.layer.range(*first, *last, value),
                }
            }
            Record::Unknown => {}
        }
    }

    fn finish(self, source: &Source) -> Result<Reading, ReputationError> {
        let prefixes = self.layer.len();
        if prefixes == 0 {
            let (line, problem) = match self.rejects.first.first() {
                Some(reject) => (reject.line, reject.problem.clone()),
                None => (None, "it lists no addresses".to_owned()),
            };
            return Err(ReputationError::new(
                source.label(),
                line,
                problem,
                accepted(self.kind),
            ));
        }
        let meaning = match self.kind.flag() {
            Some(flag) => Meaning::List(List {
                flag,
                source: Cow::Owned(source.name.clone()),
                service: source.service.clone().map(Cow::Owned),
            }),
            None if self.kind == Kind::Asn => Meaning::Systems(self.systems.all),
            None => Meaning::Countries(self.countries.all),
        };
        let (v4, v6) = self.layer.build();
        Ok(Reading {
            layer: Layer { v4, v6, meaning },
            prefixes,
            rejects: self.rejects,
        })
    }
}

/// A text as it is told in faults: cut, and without control characters.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}
