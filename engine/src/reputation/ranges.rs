//! Ranges of addresses with values, in order, without gaps and overlaps.

/// An address, or a part of one, as a number.
pub(crate) trait Number: Copy + Ord {
    const ZERO: Self;

    fn next(self) -> Option<Self>;
}

macro_rules! number {
    ($($of:ty)+) => {$(
        impl Number for $of {
            const ZERO: Self = 0;

            fn next(self) -> Option<Self> {
                self.checked_add(1)
            }
        }
    )+};
}

number!(u32 u64 u128);

/// Where values change: a range goes on to where the next one starts. The first starts at 0, and no two neighbours have the
/// same value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ranges<N>(Vec<(N, u32)>);

/// Everything has the value 0, which stands for none.
impl<N: Number> Default for Ranges<N> {
    fn default() -> Self {
        Self(vec![(N::ZERO, 0)])
    }
}

impl<N: Number> Ranges<N> {
    /// Gives everything from `start` on a value. Starts have to ascend; of equal ones, the last counts.
    pub(crate) fn push(&mut self, start: N, value: u32) {
        let last = self.0.len() - 1;
        if self.0[last].0 == start {
            self.0[last].1 = value;
            // What was replaced may now have the value of what stands before it.
            if last > 0 && self.0[last - 1].1 == value {
                self.0.pop();
            }
        } else if self.0[last].1 != value {
            self.0.push((start, value));
        }
    }

    /// Where ranges start, and their values. Never empty.
    pub(crate) fn as_slice(&self) -> &[(N, u32)] {
        &self.0
    }
}
