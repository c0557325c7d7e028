//! Automata that the build script made from patterns (`build/automaton.rs`).

use std::ops::Range;

/// Says whether a pattern matches anywhere in a text: one step for each byte.
#[derive(Debug)]
pub(crate) struct Automaton {
    /// The column of each byte.
    pub(crate) columns: &'static [u8; 256],
    /// The column for the end of the input, the last one of a row.
    pub(crate) end: u8,
    pub(crate) rows: Rows,
}

/// The states, with entries of a size.
#[derive(Debug)]
pub(crate) enum Rows {
    /// Numbers of states: half the size where there are few.
    Narrow(Table<u8>),
    /// Offsets of the states' rows.
    Wide(Table<u16>),
}

/// For each state a row with, for each column, what follows: another state, the verdict that the pattern matches (the highest
/// number there is) or the one that it doesn't, whatever follows (the number below that). The first row is the start.
#[derive(Debug)]
pub(crate) struct Table<S: 'static> {
    pub(crate) rows: &'static [S],
    /// What a search in the middle of a text begins with: behind a byte that is no part of words, and behind one that is.
    pub(crate) inside: [S; 2],
}

/// What is known after a search that need not see the whole text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Matches,
    /// The pattern doesn't match from where the search began to the end of the text.
    Never,
    /// There is no match that begins before this place, from where the search began.
    Until(usize),
}

#[cfg(test)]
thread_local! {
    /// How many bytes automata have read on this thread.
    pub(crate) static BYTES_READ: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl Automaton {
    /// Whether the pattern matches anywhere in the text.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        self.search(text, 0, text.len()) == Progress::Matches
    }

    /// Looks for a match that begins at `from` or behind it. Once the byte at `until` is read, it stops as soon as no match has begun.
    pub(crate) fn search(&self, text: &[u8], from: usize, until: usize) -> Progress {
        match &self.rows {
            Rows::Narrow(table) => {
                let width = usize::from(self.end) + 1;
                let row = |state: u8| usize::from(state) * width;
                Search::new(self, table, row, [NARROW_DEAD, u8::MAX]).run(text, from, until)
            }
            Rows::Wide(table) => {
                Search::new(self, table, usize::from, [WIDE_DEAD, u16::MAX]).run(text, from, until)
            }
        }
    }
}

/// An automaton on its way through a text.
struct Search<'a, S: 'static, R> {
    columns: &'static [u8; 256],
    end: u8,
    table: &'a Table<S>,
    row_of: R,
    dead: S,
    matches: S,
    state: S,
    row: usize,
}

impl<'a, S: Copy + Default + PartialEq, R: Fn(S) -> usize> Search<'a, S, R> {
    #[inline(always)]
    fn new(automaton: &Automaton, table: &'a Table<S>, row_of: R, [dead, matches]: [S; 2]) -> Self {
        Self {
            columns: automaton.columns,
            end: automaton.end,
            table,
            row_of,
            dead,
            matches,
            state: S::default(),
            row: 0,
        }
    }

    /// Goes from state to state, to a verdict, the end of the text, or a state in which no match has begun.
    #[inline(always)]
    fn run(mut self, text: &[u8], from: usize, until: usize) -> Progress {
        if let Some(byte) = from.checked_sub(1).and_then(|at| text.get(at)) {
            self.state = self.fresh(*byte);
            if self.state == self.dead {
                return Progress::Never;
            }
            self.row = (self.row_of)(self.state);
        }
        let behind = until.saturating_add(1).min(text.len());
        let progress = self
            .read::<false>(text, from..behind)
            .or_else(|| {
                let last = text[..behind].last().filter(|_| behind < text.len())?;
                (self.state == self.fresh(*last)).then_some(Progress::Until(behind))
            })
            .or_else(|| self.read::<true>(text, behind..text.len()));
        progress.unwrap_or_else(|| {
            self.verdict(self.table.rows[self.row + usize::from(self.end)] == self.matches)
        })
    }

    /// Reads a part of the text. Nothing is known yet if it ends without a verdict, or, if it `STOPS` there, without a change to a state in
    /// which no match has begun.
    #[inline(always)]
    fn read<const STOPS: bool>(&mut self, text: &[u8], part: Range<usize>) -> Option<Progress> {
        // Eight bytes in each round of the loop: in the sandbox a round costs more than a step.
        let (eights, rest) = text[part.clone()].as_chunks::<8>();
        let mut at = part.start;
        for eight in eights {
            for (ahead, byte) in eight.iter().enumerate() {
                if let Some(progress) = self.step::<STOPS>(*byte, at + ahead) {
                    return Some(progress);
                }
            }
            at += 8;
        }
        for (ahead, byte) in rest.iter().enumerate() {
            if let Some(progress) = self.step::<STOPS>(*byte, at + ahead) {
                return Some(progress);
            }
        }
        None
    }

    #[inline(always)]
    fn step<const STOPS: bool>(&mut self, byte: u8, at: usize) -> Option<Progress> {
        #[cfg(test)]
        BYTES_READ.with(|bytes| bytes.set(bytes.get() + 1));
        let next = self.table.rows[self.row + usize::from(self.columns[usize::from(byte)])];
        // Most steps stay where they are. As a branch, the processor takes that for granted and reads on without waiting for it.
        if next != self.state {
            if next == self.matches || next == self.dead {
                return Some(self.verdict(next == self.matches));
            }
            self.state = next;
            self.row = (self.row_of)(next);
            if STOPS && next == self.fresh(byte) {
                return Some(Progress::Until(at + 1));
            }
        }
        None
    }

    /// The state in which nothing is known of the text before except for its last byte.
    #[inline(always)]
    fn fresh(&self, last: u8) -> S {
        self.table.inside[usize::from(last.is_ascii_alphanumeric() || last == b'_')]
    }

    #[inline(always)]
    fn verdict(&self, matches: bool) -> Progress {
        if matches {
            Progress::Matches
        } else {
            Progress::Never
        }
    }
}

const NARROW_DEAD: u8 = u8::MAX - 1;
const WIDE_DEAD: u16 = u16::MAX - 1;
