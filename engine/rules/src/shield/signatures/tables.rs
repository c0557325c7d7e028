//! The tables that the build script made from the files of signatures (`build/signatures/emit.rs`), and their types.

use crate::{
    automaton::{Automaton, Rows, Table},
    prefilter::{Prefilter, Probe},
    shield::finding::{Category, Place, ViewKind},
};

/// A pattern of an attack.
#[derive(Debug)]
pub(super) struct Signature {
    pub(super) id: &'static str,
    pub(super) category: Category,
    pub(super) score: u8,
    /// Which of [`SCOPES`] it has; its literals are found as a group of this number.
    #[allow(dead_code, reason = "the search knows it from the probes; tests ask here")]
    pub(super) scope: u8,
    /// What every match has before the literal.
    pub(super) lead: Option<&'static Lead>,
    /// What decides once one of its literals is there; without it, the literal does.
    pub(super) confirm: Option<Confirm>,
}

/// An automaton, and what of a view it has to read.
#[derive(Debug)]
pub(super) struct Confirm {
    pub(super) automaton: &'static Automaton,
    /// What a match can have before the literal, if that is known.
    pub(super) ahead: Option<Ahead>,
}

/// What a match can have before a literal.
#[derive(Debug)]
pub(super) struct Ahead {
    /// The most bytes besides those that can be repeated without end.
    pub(super) bytes: usize,
    /// Those; one bit for each character of ASCII.
    pub(super) repeated: u128,
    /// The length of the longest literal.
    pub(super) longest: usize,
}

/// What stands before a literal where there can be a match; one bit for each character of ASCII.
#[derive(Debug)]
pub(super) struct Lead {
    /// Any number of these.
    pub(super) skip: u128,
    /// One of these, before those or among them.
    pub(super) one_of: u128,
}

/// Where signatures are looked for, and what they can't do without.
#[derive(Debug)]
pub(super) struct Scope {
    /// One bit for each view that they read.
    pub(super) views: u8,
    /// One bit for each place where they count.
    pub(super) places: u16,
    /// Sets of [classes](crate::shield::charset::classes) of bytes, of each of which every match holds at least one.
    pub(super) signs: [u32; 3],
}

/// A string to look for.
#[derive(Debug)]
pub(super) struct Literal {
    pub(super) bytes: &'static [u8],
    /// Which of [`NEIGHBOURS`] can stand before it.
    pub(super) before: u16,
    /// Which of them can stand behind it.
    pub(super) behind: u16,
    pub(super) signature: u16,
}

/// Whether one of [`NEIGHBOURS`] has a byte, or the edge of the text.
pub(super) fn is_neighbour(set: u16, byte: Option<u8>) -> bool {
    /// The number of the edge.
    const EDGE: u16 = 256;
    let number = byte.map_or(EDGE, u16::from);
    NEIGHBOURS[usize::from(set)][usize::from(number / 32)] >> (number % 32) & 1 == 1
}

impl ViewKind {
    /// The bits of all kinds: those of a value of which every view is the same.
    pub(in crate::shield) const ALL_MASK: u8 = (1 << 4) - 1;

    /// One bit, another one for each kind.
    pub(in crate::shield) const fn mask(self) -> u8 {
        1 << self as u8
    }
}

impl Place {
    /// One bit, another one for each place.
    pub(super) const fn mask(self) -> u16 {
        1 << self as u16
    }
}

include!(concat!(env!("OUT_DIR"), "/signatures.rs"));
