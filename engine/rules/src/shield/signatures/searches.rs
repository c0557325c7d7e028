//! The automata of one view, of which each reads as little of it as will do.
//!
//! Every match of a signature holds one of its literals, and what can stand before that is known. So an automaton begins where a match with
//! the literal that was found can begin, and stops behind the literal once no match has begun; the next literal takes it further. A
//! text of a few kilobytes may well hold a literal of thirty signatures, and is then not read thirty times.

use super::tables::{Ahead, Confirm};
use crate::automaton::Progress;

/// How many automata may be on their way through one view; what comes behind those reads it as a whole.
const MOST: usize = 24;

/// How far the automata have read a view that are undecided about it.
#[derive(Default)]
pub(super) struct Searches {
    /// The number of the signature, and how far its automaton has read.
    paused: [(u16, usize); MOST],
    count: usize,
}

impl Searches {
    /// Decides about a signature with a literal at this place, or says how far it is decided. Places come in the order in which the
    /// prefilter finds them.
    pub(super) fn go_on(
        &mut self,
        confirm: &Confirm,
        signature: u16,
        view: &[u8],
        literal: usize,
    ) -> Progress {
        let whole = || confirm.automaton.search(view, 0, view.len());
        let Some(ahead) = &confirm.ahead else {
            return whole();
        };
        let own = self.paused[..self.count]
            .iter()
            .position(|(number, _)| *number == signature);
        let Some(own) = own.or_else(|| self.begin(signature)) else {
            return whole();
        };
        let paused = &mut self.paused[own].1;
        // What stands here was read for an earlier literal.
        if literal < *paused {
            return Progress::Until(*paused);
        }
        let from = ahead.first_start(view, *paused, literal);
        let progress = confirm.automaton.search(view, from, literal);
        if let Progress::Until(end) = progress {
            *paused = end;
        }
        progress
    }

    /// A place for a signature, if there is one.
    fn begin(&mut self, signature: u16) -> Option<usize> {
        let own = self.count;
        *self.paused.get_mut(own)? = (signature, 0);
        self.count += 1;
        Some(own)
    }
}

impl Ahead {
    /// Where the first match can begin that holds this literal or one that is found later, but not before `least`.
    fn first_start(&self, view: &[u8], least: usize, literal: usize) -> usize {
        // One that is found later can start earlier, by less than its length.
        let mut start = literal.saturating_sub(self.longest).max(least);
        let mut left = self.bytes;
        while start > least {
            // Views are ASCII; whatever else there is counts as repeated.
            let byte = view[start - 1];
            if byte < 128 && self.repeated >> byte & 1 == 0 {
                if left == 0 {
                    break;
                }
                left -= 1;
            }
            start -= 1;
        }
        start
    }
}
