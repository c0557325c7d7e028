//! Attack signatures: patterns that are looked for in the views of a value, all at once.
//!
//! The files of `signatures/` become tables at build time. A signature that stands for a list of strings is found by those; every
//! other one has literals without which it cannot match and an automaton that decides. A [prefilter](crate::prefilter) finds the
//! literals of all signatures in one pass over the view. The automaton of a signature runs at most once for each view, and only
//! where the view, its kind and its place are ones that the signature reads, and where the view holds the signs that it needs.
//!
//! Work: for a view of n bytes, n steps of the prefilter, and at most n + 1 steps for each signature of which a literal is there.

mod tables;
#[cfg(test)]
mod tests;

use super::{
    charset,
    finding::{Finding, Place},
    work,
};
use crate::automaton::Automaton;
use tables::{LITERALS, Literal, PREFILTER, SIGNATURES, is_neighbour};

/// A class that every view has: that of sets of signs that need nothing.
const ALWAYS: u32 = 1 << 31;

/// Adds the signatures that match the view, each one once. The view is ASCII in lower case, and of these kinds, given by their
/// [masks](ViewKind::mask). Allocates only for what is found.
pub(crate) fn scan(view: &[u8], kinds: u8, place: Place, hits: &mut Vec<Finding>) {
    work::spend(view.len());
    let place = place.mask();
    let mut classes = None;
    let mut decided = [0_u64; SIGNATURES.len().div_ceil(64)];
    PREFILTER.search(view, |literal, from| {
        let literal = &LITERALS[usize::from(literal)];
        let signature = &SIGNATURES[usize::from(literal.signature)];
        if signature.views & kinds == 0 || signature.places & place == 0 {
            return;
        }
        let (word, bit) = (
            &mut decided[usize::from(literal.signature) / 64],
            1 << (literal.signature % 64),
        );
        if *word & bit != 0 || !literal.stands_at(view, from) {
            return;
        }
        *word |= bit;
        let confirms = |automaton: &Automaton| {
            let classes = *classes.get_or_insert_with(|| charset::classes(view) | ALWAYS);
            signature.signs.iter().all(|set| set & classes != 0) && automaton.matches(view)
        };
        if signature.confirm.is_none_or(confirms) {
            hits.push(Finding {
                detector: signature.id,
                category: signature.category,
                score: signature.score,
            });
        }
    });
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
