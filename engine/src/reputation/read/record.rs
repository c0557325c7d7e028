//! What one row of a table says, and where in it.

use std::sync::Arc;

use super::super::country::Country;
use super::super::source::Kind;
use super::super::tables::AutonomousSystem;
use super::network::Network;
use super::quoted;

/// What one row says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// The network is on the list.
    Listed(Network),
    Country(Network, Country),
    System(Network, AutonomousSystem),
    /// The row says that nothing is known.
    Unknown,
}

/// Where a row has what: by a header, or by what its fields look like.
#[derive(Debug, Default)]
pub(super) struct Columns {
    prefix: Option<usize>,
    ends: Option<(usize, usize)>,
    country: Option<usize>,
    number: Option<usize>,
    name: Option<usize>,
    domain: Option<usize>,
    kind: Option<usize>,
    system_country: Option<usize>,
}

const PREFIX: &[&str] = &[
    "network",
    "prefix",
    "ip_prefix",
    "cidr",
    "subnet",
    "ip",
    "ip_address",
    "address",
];
const FIRST: &[&str] = &[
    "start_ip",
    "start",
    "ip_start",
    "ip_range_start",
    "range_start",
    "ip_from",
    "first",
];
const LAST: &[&str] = &[
    "end_ip",
    "end",
    "ip_end",
    "ip_range_end",
    "range_end",
    "ip_to",
    "last",
];
const COUNTRY: &[&str] = &["country_code", "country_iso_code", "iso_code", "country", "cc"];
const NUMBER: &[&str] = &[
    "asn",
    "as_number",
    "asn_number",
    "autonomous_system_number",
    "asnum",
];
const NAME: &[&str] = &[
    "as_name",
    "asn_name",
    "autonomous_system_organization",
    "as_organization",
    "name",
    "org",
];
const DOMAIN: &[&str] = &["as_domain", "asn_domain", "domain"];
const KIND: &[&str] = &["as_type", "asn_type", "type"];
const SYSTEM_COUNTRY: &[&str] = &["as_country", "asn_country"];

impl Columns {
    /// Reads a header, which is a row that names a column with networks; the error says what it doesn't name.
    pub(super) fn from_header(kind: Kind, fields: &[&str]) -> Option<Result<Self, String>> {
        let names: Vec<String> = fields
            .iter()
            .map(|field| field.trim().to_ascii_lowercase().replace([' ', '-'], "_"))
            .collect();
        let find = |known: &[&str]| {
            known
                .iter()
                .find_map(|known| names.iter().position(|name| name == known))
        };
        let columns = Self {
            prefix: find(PREFIX),
            ends: find(FIRST).zip(find(LAST)),
            country: find(COUNTRY),
            number: find(NUMBER),
            name: find(NAME),
            domain: find(DOMAIN),
            kind: find(KIND),
            system_country: find(SYSTEM_COUNTRY),
        };
        if columns.prefix.is_none() && columns.ends.is_none() {
            return None;
        }
        let (needed, what) = match kind {
            Kind::Country => (columns.country, "countries"),
            Kind::Asn => (columns.number, "numbers of autonomous systems"),
            _ => return Some(Ok(columns)),
        };
        Some(match needed {
            Some(_) => Ok(columns),
            None => Err(format!("the header names no column with {what}")),
        })
    }

    /// What a row below the header says.
    pub(super) fn read(&self, kind: Kind, fields: &[&str]) -> Result<Record, String> {
        let field = |column: Option<usize>| {
            column
                .and_then(|at| fields.get(at))
                .map_or("", |field| field.trim())
        };
        let network = match (self.ends, self.prefix) {
            (Some((first, last)), _) => range(field(Some(first)), field(Some(last)))?,
            (None, prefix) => prefix_of(field(prefix))?,
        };
        match kind {
            Kind::Country => country(network, field(self.country)),
            Kind::Asn => system(
                network,
                field(self.number),
                &Described {
                    name: field(self.name),
                    domain: field(self.domain),
                    kind: field(self.kind),
                    country: field(self.system_country),
                },
            ),
            _ => Ok(Record::Listed(network)),
        }
    }
}

/// What a row without a header says: a prefix or two ends, then what is known about them.
pub(super) fn read(kind: Kind, fields: &[&str]) -> Result<Record, String> {
    let first = fields.first().copied().unwrap_or_default();
    let ends = fields
        .get(1)
        .and_then(|second| Network::parse_ends(first, second));
    let (network, rest) = match ends {
        Some(range) => (range, fields.get(2..).unwrap_or_default()),
        None => (prefix_of(first)?, fields.get(1..).unwrap_or_default()),
    };
    let field = |at: usize| rest.get(at).map_or("", |field| field.trim());
    match kind {
        Kind::Country => country(network, field(0)),
        Kind::Asn => {
            // Number, country and name, as iptoasn.com has it, or number and name.
            let (country, name) = match (Country::parse(field(1)), field(2)) {
                (Some(_), name) if !name.is_empty() => (field(1), name),
                (None, name) if is_unknown(field(1)) => ("", name),
                _ => ("", field(1)),
            };
            let described = Described {
                name,
                country,
                ..Described::default()
            };
            system(network, field(0), &described)
        }
        _ => Ok(Record::Listed(network)),
    }
}

/// What is written about an autonomous system.
#[derive(Default)]
struct Described<'a> {
    name: &'a str,
    domain: &'a str,
    kind: &'a str,
    country: &'a str,
}

fn prefix_of(field: &str) -> Result<Network, String> {
    Network::parse(field)
        .ok_or_else(|| format!("{} is no prefix, address or range of addresses", quoted(field)))
}

fn range(first: &str, last: &str) -> Result<Network, String> {
    Network::parse_ends(first, last)
        .ok_or_else(|| format!("{} to {} is no range of addresses", quoted(first), quoted(last)))
}

fn country(network: Network, field: &str) -> Result<Record, String> {
    match Country::parse(field) {
        Some(country) => Ok(Record::Country(network, country)),
        None if is_unknown(field) => Ok(Record::Unknown),
        None => Err(format!("{} is no country", quoted(field))),
    }
}

fn system(network: Network, number: &str, described: &Described<'_>) -> Result<Record, String> {
    let digits = number
        .strip_prefix("AS")
        .or_else(|| number.strip_prefix("as"))
        .unwrap_or(number);
    match digits.parse() {
        // Sources write 0 for what nobody announces.
        Ok(0) => Ok(Record::Unknown),
        Ok(number) => {
            let text = |text: &str| (!text.is_empty()).then(|| Arc::from(text));
            Ok(Record::System(
                network,
                AutonomousSystem {
                    number,
                    name: text(described.name),
                    domain: text(described.domain),
                    kind: text(described.kind),
                    country: Country::parse(described.country),
                },
            ))
        }
        Err(_) if is_unknown(number) => Ok(Record::Unknown),
        Err(_) => Err(format!("{} is no number of an autonomous system", quoted(number))),
    }
}

/// What sources write for "unknown".
fn is_unknown(field: &str) -> bool {
    matches!(field, "" | "-" | "--" | "?" | "\\N")
        || ["zz", "none", "null", "unknown", "n/a"]
            .iter()
            .any(|known| field.eq_ignore_ascii_case(known))
}
