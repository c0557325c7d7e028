//! What every match of an automaton holds besides letters and digits: where that is missing, the automaton need not run.

use crate::{automaton::Automaton, charset};

/// How many sets of signs a signature can need.
pub(super) const SETS: usize = 3;

/// Classes of many bytes, each of which has a narrower one too, or others that say more: a set is rather made of those.
const BROAD: u32 = charset::SQL
    | charset::SPACE
    | charset::PUNCTUATION
    | charset::BRACKET
    | charset::QUOTE
    | charset::STRING
    | charset::CONTROL;

/// Sets of classes of bytes, of each of which every text that matches holds at least one. Sets that need nothing are
/// [`u32::MAX`], with a bit that no class has.
pub(super) fn needed(automaton: &Automaton) -> [u32; SETS] {
    let mut sets = [u32::MAX; SETS];
    let mut left = u32::MAX;
    for set in &mut sets {
        if matches_without(automaton, left) {
            break;
        }
        let mut needed = left;
        let bits = || (0..u32::BITS).map(|bit| 1 << bit);
        let (broad, narrow) = (
            bits().filter(|bit| BROAD & bit != 0),
            bits().filter(|bit| BROAD & bit == 0),
        );
        for bit in broad.chain(narrow) {
            let smaller = needed & !bit;
            if !matches_without(automaton, smaller) {
                needed = smaller;
            }
        }
        *set = needed;
        left &= !needed;
    }
    sets
}

/// Whether a text without any byte of these classes can match.
fn matches_without(automaton: &Automaton, classes: u32) -> bool {
    let end = automaton.end();
    let mut columns = vec![false; usize::from(end) + 1];
    columns[usize::from(end)] = true;
    for byte in 0..=255u8 {
        if charset::classes(&[byte]) & classes == 0 {
            columns[usize::from(automaton.columns[usize::from(byte)])] = true;
        }
    }
    let width = columns.len();
    let mut seen = vec![false; automaton.rows.len() / width];
    let mut open = vec![0];
    while let Some(state) = open.pop() {
        if std::mem::replace(&mut seen[state], true) {
            continue;
        }
        for (column, allowed) in columns.iter().enumerate() {
            if !allowed {
                continue;
            }
            let entry = state * width + column;
            match automaton.verdict(entry) {
                Some(true) => return true,
                Some(false) => {}
                None => open.push(usize::from(automaton.rows[entry]) / width),
            }
        }
    }
    false
}
