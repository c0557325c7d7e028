//! Work grows with the length of the text, and not faster.

use super::detect;
use std::cell::Cell;

thread_local! {
    static WORK: Cell<usize> = const { Cell::new(0) };
}

/// Counts bytes that were looked at.
pub(super) fn work(bytes: usize) {
    WORK.set(WORK.get() + bytes + 1);
}

fn work_for(text: &str) -> usize {
    WORK.set(0);
    detect(text);
    WORK.get()
}

#[test]
fn twice_the_text_is_at_most_twice_the_work() {
    for piece in [
        "1",
        "1 ",
        "12-",
        "1.1.1.",
        "+1",
        "(1)",
        "a@",
        "a.",
        "@",
        "\"@",
        ":",
        "a:",
        "1:",
        "eyJ",
        "eyJa.",
        "eyJ-",
        "sk-",
        "ghp_a",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----A\n",
        "GB12",
        "GB82 WEST 1234 ",
        "AB",
        "4111-",
        "phone 1",
        "call 123-456-",
        "\u{e9}@\u{e9}",
        "..@",
        "0000000000000000000",
        "AAAAAA00A00A000A",
        "SG.a",
        "SG.",
        "_1",
        "x1",
    ] {
        let once = work_for(&piece.repeat(2_000));
        let twice = work_for(&piece.repeat(4_000));
        assert!(twice <= once * 2 + 2_000, "{piece:?}: {once}, then {twice}");
        assert!(once <= piece.len() * 2_000 * 200, "{piece:?}: {once}");
    }
}
