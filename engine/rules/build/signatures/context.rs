//! What can stand right before and right behind a part of a pattern: a literal of that part counts only where it does.

use crate::expand::Edge;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// Bytes, and whether the start or the end of the text is among them, which is number 256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Neighbours(pub(super) [u32; 9]);

/// Which side of a part is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    Behind,
}

impl Neighbours {
    pub(super) const NOTHING: Self = Self([0; 9]);
    pub(super) const ANYTHING: Self = Self([
        u32::MAX,
        u32::MAX,
        u32::MAX,
        u32::MAX,
        u32::MAX,
        u32::MAX,
        u32::MAX,
        u32::MAX,
        1,
    ]);
    const EDGE: Self = Self([0, 0, 0, 0, 0, 0, 0, 0, 1]);

    pub(super) fn of(bytes: impl IntoIterator<Item = u8>) -> Self {
        let mut set = Self::NOTHING;
        for byte in bytes {
            set.0[usize::from(byte / 32)] |= 1 << (byte % 32);
        }
        set
    }

    pub(super) fn or(self, other: Self) -> Self {
        let mut both = self;
        both.0
            .iter_mut()
            .zip(other.0)
            .for_each(|(word, other)| *word |= other);
        both
    }

    fn and(self, other: Self) -> Self {
        let mut both = self;
        both.0
            .iter_mut()
            .zip(other.0)
            .for_each(|(word, other)| *word &= other);
        both
    }

    /// Those of them that satisfy what an edge of a literal demands, which has this byte on the inner side.
    pub(super) fn beyond(self, edge: Edge, inside: Option<&u8>) -> Self {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        match edge {
            Edge::Anything => self,
            Edge::Text => self.and(Self::EDGE),
            Edge::Word if inside.is_some_and(|byte| is_word(*byte)) => {
                self.and(Self::of((0..=255).filter(|byte| !is_word(*byte))).or(Self::EDGE))
            }
            Edge::Word => self.and(Self::of((0..=255).filter(|byte| is_word(*byte)))),
        }
    }
}

/// What can stand around a part.
#[derive(Clone, Copy)]
pub(super) struct Context {
    pub(super) before: Neighbours,
    pub(super) behind: Neighbours,
}

impl Context {
    pub(super) const UNKNOWN: Self = Self {
        before: Neighbours::ANYTHING,
        behind: Neighbours::ANYTHING,
    };

    /// The context of a run of parts of a sequence that stands in this one: what the parts before it end with, and what those
    /// behind it begin with.
    pub(super) fn inside(self, before: &[Hir], behind: &[Hir]) -> Self {
        Self {
            before: sequence(before.iter().rev(), Side::Before, self.before),
            behind: sequence(behind.iter(), Side::Behind, self.behind),
        }
    }

    /// The context of something that is repeated here.
    pub(super) fn repeated(self, part: &Hir) -> Self {
        Self {
            before: self.before.or(outermost(part, Side::Before).0),
            behind: self.behind.or(outermost(part, Side::Behind).0),
        }
    }
}

/// What the first of some parts that is not empty shows; what lies beyond them if all can be.
fn sequence<'a>(parts: impl Iterator<Item = &'a Hir>, side: Side, beyond: Neighbours) -> Neighbours {
    let mut all = Neighbours::NOTHING;
    for part in parts {
        let (shown, can_be_empty) = outermost(part, side);
        all = all.or(shown);
        if !can_be_empty {
            return all;
        }
    }
    all.or(beyond)
}

/// The bytes that a part shows to what stands behind it (`Before`) or before it (`Behind`), and whether it can be empty.
fn outermost(hir: &Hir, side: Side) -> (Neighbours, bool) {
    match hir.kind() {
        HirKind::Empty => (Neighbours::NOTHING, true),
        HirKind::Literal(literal) => {
            let byte = match side {
                Side::Before => literal.0.last(),
                Side::Behind => literal.0.first(),
            };
            (Neighbours::of(byte.copied()), literal.0.is_empty())
        }
        HirKind::Class(Class::Bytes(class)) => {
            let bytes = class
                .ranges()
                .iter()
                .flat_map(|range| range.start()..=range.end());
            (Neighbours::of(bytes), false)
        }
        HirKind::Class(Class::Unicode(_)) => (Neighbours::ANYTHING, true),
        HirKind::Look(Look::Start) if side == Side::Before => (Neighbours::EDGE, false),
        HirKind::Look(Look::End) if side == Side::Behind => (Neighbours::EDGE, false),
        HirKind::Look(_) => (Neighbours::NOTHING, true),
        HirKind::Repetition(repetition) => {
            let (shown, can_be_empty) = outermost(&repetition.sub, side);
            (shown, can_be_empty || repetition.min == 0)
        }
        HirKind::Capture(capture) => outermost(&capture.sub, side),
        HirKind::Concat(parts) => {
            let mut all = Neighbours::NOTHING;
            let mut each = parts.iter();
            while let Some(part) = match side {
                Side::Before => each.next_back(),
                Side::Behind => each.next(),
            } {
                let (shown, can_be_empty) = outermost(part, side);
                all = all.or(shown);
                if !can_be_empty {
                    return (all, false);
                }
            }
            (all, true)
        }
        HirKind::Alternation(parts) => {
            let mut all = (Neighbours::NOTHING, false);
            for (shown, can_be_empty) in parts.iter().map(|part| outermost(part, side)) {
                all = (all.0.or(shown), all.1 || can_be_empty);
            }
            all
        }
    }
}
