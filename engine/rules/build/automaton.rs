//! Patterns that are no finite set of strings, as tables: one row for each state, one column for each class of bytes.

use regex_automata::{
    Input, MatchKind,
    dfa::{Automaton as _, StartKind, dense},
    nfa::thompson::{NFA, WhichCaptures},
    util::{primitives::StateID, start},
};
use regex_syntax::hir::Hir;
use std::collections::BTreeMap;

/// An automaton that reads a whole text and says whether the pattern matches anywhere in it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Automaton {
    /// The column of every byte. The last column, one more than the highest here, stands for the end of the input.
    pub(crate) columns: Vec<u8>,
    /// Rows of `columns.max() + 2` entries: the offset of the next state's row. Row 0 is the start, [`MATCH`]
    /// and [`DEAD`] end the search.
    pub(crate) rows: Vec<u16>,
    /// What a search in the middle of a text begins with, an entry as those of the rows: behind a byte that is no part of words, and
    /// behind one that is.
    inside: [u16; 2],
}

/// The most memory that an automaton may take before it is minimised, in bytes: far more than any that is small enough in the end.
const MAX_BUILT: usize = 4 << 20;

/// The entry that says: the pattern matches.
const MATCH: u16 = u16::MAX;
/// The entry that says: the pattern doesn't match, whatever follows.
const DEAD: u16 = u16::MAX - 1;

/// Where a byte leads to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Match,
    Dead,
    State(usize),
}

impl Automaton {
    /// How large its tables are.
    pub(crate) fn bytes(&self) -> usize {
        self.columns.len() + self.rows.len() * if self.is_narrow() { 1 } else { 2 }
    }

    /// Whether every state has a number of one byte, and two numbers are left for the verdicts.
    fn is_narrow(&self) -> bool {
        self.rows.len() / self.width() < usize::from(u8::MAX)
    }

    fn width(&self) -> usize {
        usize::from(self.end()) + 1
    }

    /// The type of an entry of its rows, and the rows as Rust source.
    pub(crate) fn rows_source(&self) -> (&'static str, String) {
        let kind = if self.is_narrow() { "u8" } else { "u16" };
        (kind, self.entries(&self.rows))
    }

    /// The value of `Rows` (`src/automaton.rs`) as Rust source; `rows` is the name of the static that holds them.
    pub(crate) fn rows_value(&self, rows: &str) -> String {
        let variant = if self.is_narrow() { "Narrow" } else { "Wide" };
        let inside = self.entries(&self.inside);
        format!("Rows::{variant}(Table {{ rows: &{rows}, inside: {inside} }})")
    }

    /// Entries as Rust source.
    fn entries(&self, entries: &[u16]) -> String {
        if !self.is_narrow() {
            return format!("{entries:?}");
        }
        let width = self.width();
        let narrow = |entry: &u16| match *entry {
            MATCH => u8::MAX,
            DEAD => u8::MAX - 1,
            // `is_narrow` has seen that there are few states.
            offset => (usize::from(offset) / width) as u8,
        };
        format!("{:?}", entries.iter().map(narrow).collect::<Vec<u8>>())
    }

    /// Whether an entry says that the pattern matches, or that it doesn't; nothing if it leads to another state.
    pub(crate) fn verdict(&self, entry: usize) -> Option<bool> {
        match self.rows[entry] {
            MATCH => Some(true),
            DEAD => Some(false),
            _ => None,
        }
    }

    /// The column that stands for the end of the input, the last one of a row.
    pub(crate) fn end(&self) -> u8 {
        // `build` counts the columns as bytes, this one included.
        self.columns.iter().max().copied().unwrap_or(0) + 1
    }
}

pub(crate) fn build(hir: &Hir) -> Result<Automaton, String> {
    let nfa = NFA::compiler()
        .configure(NFA::config().utf8(false).which_captures(WhichCaptures::None))
        .build_from_hir(hir)
        .map_err(|e| e.to_string())?;
    let config = dense::Config::new()
        .start_kind(StartKind::Unanchored)
        // Whether there is a match is asked, not which one is preferred.
        .match_kind(MatchKind::All)
        .dfa_size_limit(Some(MAX_BUILT))
        .determinize_size_limit(Some(MAX_BUILT))
        .minimize(true);
    let dfa = dense::Builder::new()
        .configure(config)
        .build_from_nfa(&nfa)
        .map_err(|e| e.to_string())?;
    let start = dfa
        .start_state_forward(&Input::new(""))
        .map_err(|e| e.to_string())?;

    let inside = [
        start_behind(&dfa, |byte| !is_word(byte))?,
        start_behind(&dfa, is_word)?,
    ];

    // Number the states in the order in which they are reached; a match ends the search, so nothing behind it counts.
    let mut order = vec![start];
    let mut numbers = BTreeMap::from([(start, 0_usize)]);
    let inside = inside.map(|state| next_of(&dfa, state, &mut numbers, &mut order));
    let mut next: Vec<Vec<Next>> = Vec::new();
    while let Some(&state) = order.get(next.len()) {
        let mut row = Vec::with_capacity(257);
        let targets = (0..=255)
            .map(|byte| dfa.next_state(state, byte))
            .chain([dfa.next_eoi_state(state)]);
        for target in targets {
            if dfa.is_quit_state(target) {
                return Err("needs word boundaries of Unicode, which the automata don't know".into());
            }
            row.push(next_of(&dfa, target, &mut numbers, &mut order));
        }
        next.push(row);
    }

    // Bytes that lead to the same state from every state share a column.
    let mut columns_by_content: BTreeMap<Vec<Next>, u8> = BTreeMap::new();
    let mut columns = Vec::with_capacity(256);
    for byte in 0..256 {
        let content: Vec<_> = next.iter().map(|row| row[byte]).collect();
        let new = columns_by_content.len();
        columns.push(
            *columns_by_content.entry(content).or_insert(
                u8::try_from(new)
                    .ok()
                    .filter(|&column| column < u8::MAX)
                    .ok_or("tells too many bytes apart")?,
            ),
        );
    }
    let width = columns_by_content.len() + 1;
    // A byte of each column, and for the last one what `next` holds behind the bytes: the end of the input.
    let examples: Vec<usize> = (0..width)
        .map(|c| {
            columns
                .iter()
                .position(|&column| usize::from(column) == c)
                .unwrap_or(256)
        })
        .collect();
    let mut rows = Vec::with_capacity(width * next.len());
    for row in &next {
        for &example in &examples {
            rows.push(entry(row[example], width)?);
        }
    }
    let [behind_other, behind_word] = inside;
    let inside = [entry(behind_other, width)?, entry(behind_word, width)?];
    Ok(Automaton {
        columns,
        rows,
        inside,
    })
}

/// The entry of a row that leads there.
fn entry(next: Next, width: usize) -> Result<u16, String> {
    Ok(match next {
        Next::Match => MATCH,
        Next::Dead => DEAD,
        Next::State(state) => u16::try_from(state * width)
            .ok()
            .filter(|&offset| offset < DEAD)
            .ok_or("is too large")?,
    })
}

/// The state in which a search begins behind such bytes.
fn start_behind(dfa: &dense::DFA<Vec<u32>>, is_one: impl Fn(u8) -> bool) -> Result<StateID, String> {
    let mut states = (0..=255).filter(|byte| is_one(*byte)).map(|byte| {
        dfa.start_state(&start::Config::new().look_behind(Some(byte)))
            .map_err(|e| e.to_string())
    });
    let first = states.next().ok_or("no byte is one")??;
    for state in states {
        if state? != first {
            return Err("needs boundaries of lines, which the automata don't know".into());
        }
    }
    Ok(first)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What a state is called; it gets a number if it has none.
fn next_of(
    dfa: &dense::DFA<Vec<u32>>,
    state: StateID,
    numbers: &mut BTreeMap<StateID, usize>,
    order: &mut Vec<StateID>,
) -> Next {
    if dfa.is_match_state(state) {
        return Next::Match;
    }
    if dfa.is_dead_state(state) {
        return Next::Dead;
    }
    Next::State(*numbers.entry(state).or_insert_with(|| {
        order.push(state);
        order.len() - 1
    }))
}
