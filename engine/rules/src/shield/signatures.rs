//! Attack signatures: patterns that are looked for in the views of a value, all at once.
//!
//! The files of `signatures/` become tables at build time. A signature that stands for a list of strings is found by those; every
//! other one has literals without which it cannot match and an automaton that decides. A [prefilter](crate::prefilter) finds the
//! literals of all signatures in one pass over the view, or of those that can stand in a view without certain signs. The automaton of
//! a signature runs at most once for each view, and only where the view, its kind and its place are ones that the signature reads, and
//! where the view holds the signs that it needs.
//!
//! Work: for a view of n bytes, n steps of the prefilter, and at most n + 1 steps for each signature of which a literal is there.

mod searches;
mod tables;
#[cfg(test)]
mod tests;

use super::{
    charset,
    finding::{Finding, Place, ViewKind},
    work,
};
use crate::automaton::Progress;
use searches::Searches;
use tables::{CODE, COMPACT, LITERALS, Lead, Literal, SCOPES, SHELL, SIGNATURES, TEXTS, WORDS, is_neighbour};

/// A view of this length or less is read as a whole: that takes less than to remember how far it was read.
const SHORT: usize = 64;

/// A class that every view has: that of sets of signs that need nothing.
const ALWAYS: u32 = 1 << 31;

/// Adds the signatures that match the view, each one once. The view is ASCII in lower case, its bytes are of these
/// [classes](charset::classes), and it is of these kinds, given by their [masks](ViewKind::mask). Allocates only for what is found.
pub(crate) fn scan(view: &[u8], classes: u32, kinds: u8, place: Place, hits: &mut Vec<Finding>) {
    work::spend(view.len());
    let place = place.mask();
    let signs = classes | ALWAYS;
    let wanted = |scope: u8| {
        let scope = &SCOPES[usize::from(scope)];
        scope.views & kinds != 0
            && scope.places & place != 0
            && scope.signs.iter().all(|set| set & signs != 0)
    };
    let mut decided = [0_u64; SIGNATURES.len().div_ceil(64)];
    // Most views need none.
    let mut searches: Option<Searches> = None;
    let visit = |literal, from| {
        let literal: &Literal = &LITERALS[usize::from(literal)];
        let (word, bit) = (
            &mut decided[usize::from(literal.signature) / 64],
            1 << (literal.signature % 64),
        );
        if *word & bit != 0 || !literal.stands_at(view, from) {
            return;
        }
        let signature = &SIGNATURES[usize::from(literal.signature)];
        if signature.lead.is_some_and(|lead| !lead.ends(&view[..from])) {
            return;
        }
        let matches = match &signature.confirm {
            None => true,
            Some(confirm) if view.len() <= SHORT => confirm.automaton.matches(view),
            Some(confirm) => {
                match searches
                    .get_or_insert_default()
                    .go_on(confirm, literal.signature, view, from)
                {
                    Progress::Until(_) => return,
                    decided => decided == Progress::Matches,
                }
            }
        };
        *word |= bit;
        if matches {
            hits.push(Finding {
                detector: signature.id,
                category: signature.category,
                score: signature.score,
            });
        }
    };
    // The literals that such a view can hold: the fewer there are, the less seems to be one.
    if classes & !charset::OF_WORDS == 0 {
        WORDS.search_groups(view, wanted, visit);
    } else if classes & !charset::OF_TEXT == 0 {
        TEXTS.search_groups(view, wanted, visit);
    } else if kinds == ViewKind::Shell.mask() {
        SHELL.search_groups(view, wanted, visit);
    } else if kinds == ViewKind::Compact.mask() {
        COMPACT.search_groups(view, wanted, visit);
    } else {
        CODE.search_groups(view, wanted, visit);
    }
}

impl Lead {
    /// Whether a text ends with it. Literals begin with what is not skipped: a byte is read only for those right behind its run.
    fn ends(&self, text: &[u8]) -> bool {
        let has = |set: u128, byte: u8| byte < 128 && set >> byte & 1 == 1;
        for byte in text.iter().rev() {
            if has(self.one_of, *byte) {
                return true;
            }
            if !has(self.skip, *byte) {
                return false;
            }
        }
        false
    }
}

impl Literal {
    /// Whether the text holds the literal at this place, with what must be around it.
    #[inline]
    fn stands_at(&self, text: &[u8], from: usize) -> bool {
        let before = from.checked_sub(1).and_then(|at| text.get(at));
        let end = from + self.bytes.len();
        is_neighbour(self.before, before.copied())
            && text.get(from..end) == Some(self.bytes)
            && is_neighbour(self.behind, text.get(end).copied())
    }
}
