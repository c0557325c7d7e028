//! Writes the tables of the signatures as Rust source. The types they use are declared in `src/shield/signatures/tables.rs`.

use super::{
    Signatures,
    ahead::Ahead,
    file::{PLACES, VIEWS},
};
use crate::emit::{Source, debug};
use std::collections::BTreeMap;

impl Signatures {
    /// The tables that the running program needs.
    pub(crate) fn source(&self) -> String {
        let mut out = Source::default();
        let mut columns = BTreeMap::new();
        for (i, automaton) in self.automata.iter().enumerate() {
            let number = columns.len();
            let number = *columns.entry(&automaton.columns).or_insert_with(|| {
                out.item(
                    &format!("COLUMNS_{number}"),
                    "[u8; 256]",
                    &debug(&automaton.columns),
                );
                number
            });
            let (entry, rows) = automaton.rows_source();
            let kind = format!("[{entry}; {}]", automaton.rows.len());
            out.item(&format!("ROWS_{i}"), &kind, &rows);
            let value = format!(
                "Automaton {{ columns: &COLUMNS_{number}, end: {}, rows: {} }}",
                automaton.end(),
                automaton.rows_value(&format!("ROWS_{i}"))
            );
            out.item(&format!("AUTOMATON_{i}"), "Automaton", &value);
        }
        out.array(
            "SIGNATURES",
            "Signature",
            self.entries.iter().zip(&self.confirmed_by).zip(self.ahead.iter().zip(&self.scope_of)).map(|((entry, confirmed_by), (ahead, scope))| {
                let confirm = confirmed_by.map_or_else(
                    || "None".to_owned(),
                    |i| format!("Some(Confirm {{ automaton: &AUTOMATON_{i}, ahead: {} }})", ahead_of(*ahead)),
                );
                let lead = entry.lead.as_ref().map_or_else(
                    || "None".to_owned(),
                    |lead| format!("Some(&Lead {{ skip: {:#x}, one_of: {:#x} }})", ascii(&lead.skip), ascii(&lead.one_of)),
                );
                format!(
                    "Signature {{ id: {:?}, category: Category::{}, score: {}, scope: {scope}, lead: {lead}, confirm: {confirm} }}",
                    entry.id,
                    entry.category().unwrap_or_default(),
                    entry.score,
                )
            }),
        );
        out.array(
            "SCOPES",
            "Scope",
            self.scopes.iter().map(|scope| {
                let (views, places) = (views(&scope.views), places(&scope.places));
                format!(
                    "Scope {{ views: {views}, places: {places}, signs: {:?} }}",
                    scope.signs
                )
            }),
        );
        let mut neighbours = BTreeMap::new();
        let literals: Vec<String> = self
            .literals
            .iter()
            .map(|literal| {
                let mut number = |set| {
                    let next = neighbours.len();
                    *neighbours.entry(set).or_insert(next)
                };
                let (before, behind) = (number(literal.text.before), number(literal.text.behind));
                format!(
                    "Literal {{ bytes: b\"{}\", before: {before}, behind: {behind}, signature: {} }}",
                    literal.text.bytes.escape_ascii(),
                    literal.signature
                )
            })
            .collect();
        out.array("LITERALS", "Literal", literals.into_iter());
        let mut sets: Vec<_> = neighbours
            .into_iter()
            .map(|(set, number)| (number, set.0))
            .collect();
        sets.sort_unstable();
        out.array(
            "NEIGHBOURS",
            "[u32; 9]",
            sets.into_iter().map(|(_, set)| debug(set)),
        );
        for (name, index) in &self.indices {
            out.prefilter(name, index);
        }
        out.0
    }

    /// What the tests need to know of the signatures.
    pub(crate) fn examples(&self) -> String {
        let mut out = Source::default();
        out.array(
            "EXAMPLES",
            "Examples",
            self.entries.iter().map(|entry| {
                format!(
                    "Examples {{ id: {:?}, pattern: {:?}, attacks: &{:?}, benign: &{:?} }}",
                    entry.id, entry.pattern, entry.attacks, entry.benign
                )
            }),
        );
        out.0
    }
}

/// What stands before the literals of a signature.
fn ahead_of(ahead: Option<(Ahead, usize)>) -> String {
    let Some((Ahead { bytes, repeated }, longest)) = ahead else {
        return "None".to_owned();
    };
    let ascii = repeated.0[..4]
        .iter()
        .rev()
        .fold(0, |set, word| set << 32 | u128::from(*word));
    format!("Some(Ahead {{ bytes: {bytes}, repeated: {ascii:#x}, longest: {longest} }})")
}

/// One bit for each character, all of ASCII.
fn ascii(characters: &str) -> u128 {
    characters.bytes().fold(0, |set, byte| set | 1 << (byte % 128))
}

/// One bit for each view.
fn views(own: &[String]) -> String {
    let named = VIEWS.iter().filter(|(name, _)| own.iter().any(|own| own == name));
    let bits: Vec<_> = named
        .map(|(_, variant)| format!("ViewKind::{variant}.mask()"))
        .collect();
    bits.join(" | ")
}

/// One bit for each place.
fn places(own: &[String]) -> String {
    let named = PLACES
        .iter()
        .filter(|(name, _)| own.iter().any(|own| own == name));
    let bits: Vec<_> = named
        .flat_map(|(_, variants)| variants.iter().map(|variant| format!("Place::{variant}.mask()")))
        .collect();
    bits.join(" | ")
}
