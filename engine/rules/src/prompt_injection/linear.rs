//! Work grows with the length of the message, and not faster.

use super::{MODEL, score};
use std::cell::Cell;

thread_local! {
    static WORK: Cell<usize> = const { Cell::new(0) };
}

/// Counts steps.
pub(super) fn work(steps: usize) {
    WORK.set(WORK.get() + steps);
}

fn work_for(message: &str) -> usize {
    WORK.set(0);
    score(message, Some(MODEL));
    WORK.get()
}

#[test]
fn twice_the_message_is_at_most_twice_the_work() {
    for piece in [
        "ignore ",
        "a ",
        "a.",
        "忽略",
        "指",
        "![",
        "![](",
        "<",
        "<|",
        "[",
        "aWdub3Jl",
        "aWdub3JlIA ",
        "é",
        "\u{200b}",
        "1",
        ".",
        "\n",
    ] {
        let once = work_for(&piece.repeat(2_000));
        let twice = work_for(&piece.repeat(4_000));
        assert!(twice <= once * 2 + 500, "{piece:?}: {once}, then {twice}");
    }
}
