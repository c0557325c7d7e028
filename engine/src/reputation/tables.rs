//! All sources as one table, so that a look-up is one search, however many sources there are.

use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::Arc;

use hashbrown::hash_table::Entry as Slot;
use hashbrown::{DefaultHashBuilder, HashTable};
use smallvec::SmallVec;

use super::country::Country;
use super::ranges::{Number, Ranges};
use super::table::AddressTable;
use crate::decision::{Flags, IpDetails, IpFlag, Text};

/// What is known about addresses.
#[derive(Debug)]
pub(crate) struct Tables {
    table: AddressTable,
    /// What the table's values stand for; 0 stands for nothing.
    entries: Box<[Entry]>,
    systems: Box<[AutonomousSystem]>,
    lists: Box<[List]>,
    /// The flags that there are lists for.
    known: Flags,
    /// Asked after the table, one after the other.
    #[cfg(feature = "mmdb")]
    databases: Vec<super::mmdb::Database>,
}

/// What is known about the addresses of a range.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Entry {
    country: Option<Country>,
    /// One more than the place of the autonomous system; 0 for none.
    system: u32,
    /// The places of the lists that the addresses are on.
    lists: SmallVec<[u16; 4]>,
}

/// An autonomous system, as a source describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct AutonomousSystem {
    pub(crate) number: u32,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) domain: Option<Arc<str>>,
    pub(crate) kind: Option<Arc<str>>,
    pub(crate) country: Option<Country>,
}

/// A list of addresses that have something in common.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) flag: IpFlag,
    pub(crate) source: Text,
    pub(crate) service: Option<Text>,
}

/// A source, read.
#[derive(Debug)]
pub(crate) struct Layer {
    /// Values from 1; 0 is for what the source doesn't list.
    pub(crate) v4: Ranges<u32>,
    pub(crate) v6: Ranges<u128>,
    pub(crate) meaning: Meaning,
}

/// What the values of a source stand for.
#[derive(Debug)]
pub(crate) enum Meaning {
    /// The country at the place one below.
    Countries(Vec<Country>),
    /// The autonomous system at the place one below.
    Systems(Vec<AutonomousSystem>),
    /// The address is on the list.
    List(List),
}

impl Tables {
    /// Puts sources together. Where two know a country or an autonomous system of the same address, the later one has it;
    /// lists add up.
    pub(crate) fn new(layers: &[&Layer]) -> Self {
        let mut systems = Vec::new();
        let mut lists = Vec::new();
        let mut known = Flags::default();
        let mut roles = Vec::with_capacity(layers.len());
        for layer in layers {
            roles.push(match &layer.meaning {
                Meaning::Countries(countries) => Role::Countries(countries),
                Meaning::Systems(own) => {
                    let before = u32::try_from(systems.len()).unwrap_or(u32::MAX);
                    systems.extend_from_slice(own);
                    Role::Systems { before }
                }
                Meaning::List(list) => {
                    known.know(list.flag);
                    let place = u16::try_from(lists.len()).unwrap_or(u16::MAX);
                    lists.push(list.clone());
                    Role::List(place)
                }
            });
        }
        let mut entries = Entries::new();
        let v4 = merge(layers.iter().map(|layer| &layer.v4), &roles, &mut entries);
        let v6 = merge(layers.iter().map(|layer| &layer.v6), &roles, &mut entries);
        Self {
            table: AddressTable::new(&v4, &v6),
            entries: entries.all.into(),
            systems: systems.into(),
            lists: lists.into(),
            known,
            #[cfg(feature = "mmdb")]
            databases: Vec::new(),
        }
    }

    /// Adds databases.
    #[cfg(feature = "mmdb")]
    pub(super) fn with_databases(
        mut self,
        paths: &[std::path::PathBuf],
    ) -> Result<Self, super::ReputationError> {
        let databases = paths.iter().map(|path| super::mmdb::Database::open(path));
        self.databases = databases.collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// What is known about an address. IPv4 addresses may be mapped to IPv6.
    pub(crate) fn lookup(&self, ip: IpAddr) -> IpDetails {
        let details = self.listed(ip);
        #[cfg(feature = "mmdb")]
        let details = self.databases.iter().fold(details, |mut details, database| {
            database.lookup(ip, &mut details);
            details
        });
        details
    }

    /// What the table says of an address.
    fn listed(&self, ip: IpAddr) -> IpDetails {
        let mut details = IpDetails {
            flags: self.known,
            ..IpDetails::default()
        };
        let Some(entry) = self.entries.get(self.table.get(ip) as usize) else {
            return details;
        };
        if let Some(country) = entry.country {
            country.describe(&mut details);
        }
        let system = (entry.system as usize).checked_sub(1);
        if let Some(system) = system.and_then(|at| self.systems.get(at)) {
            let text = |text: &Option<Arc<str>>| text.as_deref().map(|text| Text::Owned(text.to_owned()));
            details.asn = Some(Text::Owned(system.number.to_string()));
            details.asn_name = text(&system.name);
            details.asn_domain = text(&system.domain);
            details.asn_type = text(&system.kind);
            details.asn_country = system.country.map(Country::code);
        }
        for list in entry
            .lists
            .iter()
            .filter_map(|at| self.lists.get(usize::from(*at)))
        {
            details.flags.set(list.flag);
            details.sources.push(list.source.clone());
            if list.flag == IpFlag::Crawler {
                details.crawler = Some(list.service.clone().unwrap_or_else(|| list.source.clone()));
            }
            if list.service.is_some() {
                details.service.clone_from(&list.service);
            }
        }
        details
    }

    /// Whether nothing is known about any address, not even that it is on none of the lists.
    pub(crate) fn is_empty(&self) -> bool {
        #[cfg(feature = "mmdb")]
        if !self.databases.is_empty() {
            return false;
        }
        self.entries.len() <= 1 && self.known == Flags::default()
    }

    /// The bytes that the table of addresses takes, without names.
    pub(crate) fn size(&self) -> usize {
        self.table.size() + size_of_val(&*self.entries)
    }
}

/// What a layer does to an entry.
enum Role<'a> {
    Countries(&'a [Country]),
    /// How many systems of other layers come before this layer's.
    Systems {
        before: u32,
    },
    List(u16),
}

/// Entries, each once.
struct Entries {
    all: Vec<Entry>,
    /// Places in `all`.
    places: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Entries {
    fn new() -> Self {
        let mut entries = Self {
            all: Vec::new(),
            places: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        };
        entries.place(Entry::default());
        entries
    }

    fn place(&mut self, entry: Entry) -> u32 {
        let Self { all, places, hasher } = self;
        let hash = hasher.hash_one(&entry);
        let same = |at: &u32| all[*at as usize] == entry;
        match places.entry(hash, same, |at| hasher.hash_one(&all[*at as usize])) {
            Slot::Occupied(known) => *known.get(),
            Slot::Vacant(slot) => {
                let place = u32::try_from(all.len()).unwrap_or(u32::MAX);
                slot.insert(place);
                all.push(entry);
                place
            }
        }
    }
}

/// Ranges in place of several: each lies in one range of each layer.
fn merge<'a, A: Number + 'a>(
    layers: impl Iterator<Item = &'a Ranges<A>>,
    roles: &[Role<'_>],
    entries: &mut Entries,
) -> Ranges<A> {
    let mut changes: Vec<(A, u32, u32)> = Vec::new();
    for (layer, ranges) in (0u32..).zip(layers) {
        changes.extend(
            ranges
                .as_slice()
                .iter()
                .map(|(start, value)| (*start, layer, *value)),
        );
    }
    changes.sort_unstable_by_key(|(start, layer, _)| (*start, *layer));
    let mut current = vec![0; roles.len()];
    let mut ranges = Ranges::default();
    for changes in changes.chunk_by(|a, b| a.0 == b.0) {
        for (_, layer, value) in changes {
            current[*layer as usize] = *value;
        }
        // A chunk has at least one element.
        ranges.push(changes[0].0, entries.place(entry(roles, &current)));
    }
    ranges
}

/// What the layers' values come to.
fn entry(roles: &[Role<'_>], values: &[u32]) -> Entry {
    let mut entry = Entry::default();
    for (role, value) in roles.iter().zip(values) {
        let Some(place) = value.checked_sub(1) else {
            continue;
        };
        match role {
            Role::Countries(countries) => {
                entry.country = countries.get(place as usize).copied().or(entry.country);
            }
            Role::Systems { before } => entry.system = before.saturating_add(*value),
            Role::List(list) => entry.lists.push(*list),
        }
    }
    entry
}
