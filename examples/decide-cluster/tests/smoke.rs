//! Starts the program and does what its page says.

use smoke::{CURL, Program};

#[test]
fn two_servers_count_as_one() {
    let app = Program::start(env!("CARGO_BIN_EXE_decide-cluster"), &[]);
    assert_eq!(app.ask("GET", "/", &[("user-agent", CURL)], "").status, 403);
    let answers: Vec<_> = (0..12).map(|_| app.get("/")).collect();
    for (number, answer) in answers.iter().take(10).enumerate() {
        let left = format!("limit=10, remaining={}, ", 9 - number);
        assert!(
            answer
                .header("ratelimit")
                .is_some_and(|limit| limit.starts_with(&left)),
            "{answer:?}"
        );
    }
    assert!(
        answers[10..].iter().all(|answer| answer.status == 429),
        "{answers:?}"
    );
    // Both replicas have answered.
    assert!(
        ["replica 0", "replica 1"]
            .iter()
            .all(|name| answers.iter().any(|answer| answer.body.contains(name)))
    );
}
