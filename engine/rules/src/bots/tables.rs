//! The tables that the build script made from the list of bots (`build/emit.rs`), and their types.

use crate::{
    automaton::{Automaton, Rows, Table},
    prefilter::{Prefilter, Probe},
};

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

include!(concat!(env!("OUT_DIR"), "/bots.rs"));
