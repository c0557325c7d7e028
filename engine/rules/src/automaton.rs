//! Automata that the build script made from patterns (`build/automaton.rs`).

/// Says whether a pattern matches anywhere in a text: one step for each byte.
#[derive(Debug)]
pub(crate) struct Automaton {
    /// The column of each byte.
    pub(crate) columns: &'static [u8; 256],
    /// The column for the end of the input, the last one of a row.
    pub(crate) end: u8,
    pub(crate) rows: Rows,
}

/// For each state a row with, for each column, what follows: another state, the verdict that the pattern matches (the highest
/// number there is) or the one that it doesn't, whatever follows (the number below that). The first row is the start.
#[derive(Debug)]
pub(crate) enum Rows {
    /// Numbers of states: half the size where there are few.
    Narrow(&'static [u8]),
    /// Offsets of the states' rows.
    Wide(&'static [u16]),
}

#[cfg(test)]
thread_local! {
    /// How many bytes automata were given on this thread.
    pub(crate) static BYTES_READ: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl Automaton {
    /// Whether the pattern matches anywhere in the text.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        #[cfg(test)]
        BYTES_READ.with(|bytes| bytes.set(bytes.get() + text.len()));
        match self.rows {
            Rows::Narrow(rows) => {
                let width = usize::from(self.end) + 1;
                let row = |state: u8| usize::from(state) * width;
                self.run(text, rows, row, u8::MAX, NARROW_DEAD)
            }
            Rows::Wide(rows) => self.run(text, rows, usize::from, u16::MAX, WIDE_DEAD),
        }
    }

    /// Goes from state to state, to a verdict or the end of the text.
    #[inline(always)]
    fn run<S: Copy + Default + PartialEq>(
        &self,
        text: &[u8],
        rows: &[S],
        row_of: impl Fn(S) -> usize,
        matches: S,
        dead: S,
    ) -> bool {
        let mut state = S::default();
        let mut row = row_of(state);
        let mut step = |byte: u8| {
            let next = rows[row + usize::from(self.columns[usize::from(byte)])];
            // Most steps stay where they are. As a branch, the processor takes that for granted and reads on without waiting for it.
            if next != state {
                if next == matches || next == dead {
                    return Some(next == matches);
                }
                state = next;
                row = row_of(state);
            }
            None
        };
        // Eight bytes in each round of the loop: in the sandbox a round costs more than a step.
        let (eights, rest) = text.as_chunks::<8>();
        for eight in eights {
            for byte in eight {
                if let Some(verdict) = step(*byte) {
                    return verdict;
                }
            }
        }
        for byte in rest {
            if let Some(verdict) = step(*byte) {
                return verdict;
            }
        }
        rows[row + usize::from(self.end)] == matches
    }
}

const NARROW_DEAD: u8 = u8::MAX - 1;
const WIDE_DEAD: u16 = u16::MAX - 1;
