//! Automata that the build script made from patterns (`build/automaton.rs`).

/// Says whether a pattern matches anywhere in a text: one step for each byte.
#[derive(Debug)]
pub(crate) struct Automaton {
    /// The column of each byte.
    pub(crate) columns: &'static [u8; 256],
    /// The column for the end of the input, the last one of a row.
    pub(crate) end: u8,
    /// For each state a row with, for each column, the offset of the next state's row, or [`MATCH`] or [`DEAD`]. The first
    /// row is the start.
    pub(crate) rows: &'static [u16],
}

/// The entry of an automaton that says: the pattern matches.
const MATCH: u16 = u16::MAX;
/// The entry that says: it doesn't, whatever follows.
const DEAD: u16 = u16::MAX - 1;

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
        let mut row = 0;
        for column in text
            .iter()
            .map(|byte| self.columns[usize::from(*byte)])
            .chain([self.end])
        {
            row = self.rows[usize::from(row) + usize::from(column)];
            if row >= DEAD {
                return row == MATCH;
            }
        }
        false
    }
}
