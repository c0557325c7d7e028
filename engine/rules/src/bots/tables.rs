//! The tables that the build script made from the list of bots (`build/emit.rs`), and their types.

/// A bot and what its user agent must match besides its first accepted pattern, which [`TRIGGERED`] knows.
pub(super) struct BotEntry {
    pub(super) id: &'static str,
    /// One bit for each of [`CATEGORIES`].
    pub(super) categories: u64,
    /// Whether it has a pattern.
    pub(super) detected: bool,
    /// Further patterns that must match.
    pub(super) also: &'static [u16],
    /// Patterns that must not match.
    pub(super) forbidden: &'static [u16],
}

/// A trigram of a literal.
#[derive(Clone, Copy)]
pub(super) struct Probe {
    /// Three bytes, the first one lowest.
    pub(super) trigram: u32,
    pub(super) literal: u16,
    /// Where in the literal the trigram starts.
    pub(super) offset: u16,
}

/// A string to look for.
pub(super) struct Literal {
    pub(super) bytes: &'static [u8],
    /// Counts at the start of the user agent only.
    pub(super) at_start: bool,
    /// Counts at the end of the user agent only.
    pub(super) at_end: bool,
    pub(super) hit: Hit,
}

/// What it means that a literal was found.
#[derive(Clone, Copy)]
pub(super) enum Hit {
    /// This pattern matches.
    Pattern(u16),
    /// This one of [`AUTOMATA`] has to decide.
    Automaton(u16),
}

/// A pattern that is no finite set of strings.
pub(super) struct Automaton {
    pub(super) pattern: u16,
    /// The column of each byte.
    pub(super) columns: &'static [u8; 256],
    /// The column for the end of the input, the last one of a row.
    pub(super) end: u8,
    /// For each state a row with, for each column, the offset of the next state's row, or [`MATCH`]. The first row is the start.
    pub(super) rows: &'static [u16],
}

/// The entry of an automaton that says: the pattern matches.
pub(super) const MATCH: u16 = u16::MAX;

include!(concat!(env!("OUT_DIR"), "/bots.rs"));
