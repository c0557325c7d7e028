//! How much of a match can stand before one of its literals: an automaton that confirms the literal need not read more.

use super::context::Neighbours;
use regex_syntax::hir::{Class, Hir, HirKind};

/// A limit on what stands before a literal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ahead {
    /// The most bytes, those not counted that are repeated without end.
    pub(crate) bytes: usize,
    /// What can be repeated without end.
    pub(crate) repeated: Neighbours,
}

impl Ahead {
    pub(crate) const NOTHING: Self = Self {
        bytes: 0,
        repeated: Neighbours::NOTHING,
    };

    /// The limit of whatever has the one or the other limit.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.max(other.bytes),
            repeated: self.repeated.or(other.repeated),
        }
    }

    /// The limit with a further part of the pattern before the literal.
    pub(crate) fn and(self, part: &Hir) -> Self {
        let part = Self::of(part);
        Self {
            bytes: self.bytes.saturating_add(part.bytes),
            repeated: self.repeated.or(part.repeated),
        }
    }

    /// The limit of a part.
    fn of(part: &Hir) -> Self {
        if let Some(bytes) = part.properties().maximum_len() {
            return Self {
                bytes,
                repeated: Neighbours::NOTHING,
            };
        }
        match part.kind() {
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Concat(parts) => parts.iter().fold(Self::NOTHING, Self::and),
            HirKind::Alternation(parts) => parts.iter().map(Self::of).fold(Self::NOTHING, Self::or),
            HirKind::Repetition(repetition) => match repetition.max {
                Some(most) => {
                    let once = Self::of(&repetition.sub);
                    Self {
                        bytes: once.bytes.saturating_mul(most as usize),
                        ..once
                    }
                }
                None => Self {
                    bytes: 0,
                    repeated: alphabet(&repetition.sub),
                },
            },
            // What never matches.
            HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => Self::NOTHING,
        }
    }
}

/// The bytes that the matches of a part are made of.
fn alphabet(part: &Hir) -> Neighbours {
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => Neighbours::NOTHING,
        HirKind::Literal(literal) => Neighbours::of(literal.0.iter().copied()),
        HirKind::Class(Class::Bytes(class)) => Neighbours::of(
            class
                .ranges()
                .iter()
                .flat_map(|range| range.start()..=range.end()),
        ),
        HirKind::Class(Class::Unicode(_)) => Neighbours::ANYTHING,
        HirKind::Repetition(repetition) => alphabet(&repetition.sub),
        HirKind::Capture(capture) => alphabet(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts
            .iter()
            .map(alphabet)
            .fold(Neighbours::NOTHING, Neighbours::or),
    }
}
