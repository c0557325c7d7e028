//! Counts the work of the tokenisers, so that tests can show that it grows with a value's length and no faster. Nothing outside of tests.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Notes that so many bytes or tokens were looked at.
#[inline(always)]
pub(super) fn spend(steps: usize) {
    #[cfg(test)]
    STEPS.with(|spent| spent.set(spent.get() + steps));
    #[cfg(not(test))]
    let _ = steps;
}

/// How much work a function does.
#[cfg(test)]
pub(super) fn of<T>(work: impl FnOnce() -> T) -> usize {
    STEPS.with(|spent| spent.set(0));
    let _ = work();
    STEPS.with(std::cell::Cell::get)
}

/// Checks that the work on repeated pieces of a value doubles at most when the value is twice as long.
#[cfg(test)]
pub(super) fn assert_linear<T>(pieces: &[&str], detect: impl Fn(&[u8]) -> T) {
    for piece in pieces {
        let work = |length: usize| of(|| detect(piece.repeat(length / piece.len()).as_bytes()));
        let (short, long) = (work(4_000), work(16_000));
        assert!(
            long <= 5 * short + 1_000,
            "{piece:?}: {short} steps for 4,000 bytes, {long} for 16,000"
        );
        assert!(long <= 16_000 * 64, "{piece:?}: {long} steps for 16,000 bytes");
    }
}
