//! Where a signature is looked for, and in which texts it can't be: many signatures share that, and it is asked before anything else.

use super::{Literal, file::Entry, signs};
use crate::{charset, index::Size};

/// A set of signatures that are looked for in the same views and places and need the same signs.
#[derive(PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) views: Vec<String>,
    pub(super) places: Vec<String>,
    pub(super) signs: [u32; signs::SETS],
}

/// A kind of texts that has an index of its own, of the literals that such texts can hold: fewer than there are, so that a search of most
/// texts is told by small tables that nothing is there.
pub(super) struct Tier {
    pub(super) name: &'static str,
    /// The classes of bytes that the texts hold at most.
    classes: u32,
    /// The only view that they are, if they are one.
    view: Option<&'static str>,
    pub(super) size: Size,
}

/// The smallest first. The last one holds everything: its bitmap of 16 KiB is as large as it must be so that not every second word is
/// promised to hold a literal, and there are about as many buckets as literals.
pub(super) const TIERS: [Tier; 5] = [
    Tier {
        name: "WORDS",
        classes: charset::OF_WORDS,
        view: None,
        size: Size {
            bitmap_log2: 15,
            buckets_log2: 11,
        },
    },
    Tier {
        name: "TEXTS",
        classes: charset::OF_TEXT,
        view: None,
        size: Size {
            bitmap_log2: 16,
            buckets_log2: 12,
        },
    },
    Tier {
        name: "SHELL",
        classes: u32::MAX,
        view: Some("shell"),
        size: Size {
            bitmap_log2: 16,
            buckets_log2: 11,
        },
    },
    Tier {
        name: "COMPACT",
        classes: u32::MAX,
        view: Some("compact"),
        size: Size {
            bitmap_log2: 16,
            buckets_log2: 11,
        },
    },
    Tier {
        name: "CODE",
        classes: u32::MAX,
        view: None,
        size: Size {
            bitmap_log2: 17,
            buckets_log2: 13,
        },
    },
];

impl Tier {
    /// Whether a text of this kind can hold the literal, and be a match of a signature that needs these signs.
    pub(super) fn can_hold(&self, literal: &Literal, scope: &Scope) -> bool {
        // A set that needs nothing has a bit that no class has.
        let has_signs = scope
            .signs
            .iter()
            .all(|set| *set == u32::MAX || set & self.classes != 0);
        let is_read = self
            .view
            .is_none_or(|view| scope.views.iter().any(|own| own == view));
        is_read && has_signs && charset::classes(&literal.text.bytes) & !self.classes == 0
    }
}

/// The scopes of all signatures, each one once, and for each signature the number of its own.
pub(super) fn all(entries: &[Entry], signs: &[[u32; signs::SETS]]) -> Result<(Vec<Scope>, Vec<u8>), String> {
    let mut scopes: Vec<Scope> = Vec::new();
    let mut numbers = Vec::new();
    for (entry, signs) in entries.iter().zip(signs) {
        let own = Scope {
            views: entry.views.clone(),
            places: entry.places.clone(),
            signs: *signs,
        };
        let number = scopes.iter().position(|scope| *scope == own).unwrap_or_else(|| {
            scopes.push(own);
            scopes.len() - 1
        });
        numbers.push(u8::try_from(number).map_err(|_| "the signatures have more than 256 scopes")?);
    }
    Ok((scopes, numbers))
}
