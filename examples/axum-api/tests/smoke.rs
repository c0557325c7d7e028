//! Starts the program and does what its page says.

use smoke::{CURL, FIREFOX, Program};

#[test]
fn does_what_its_page_says() {
    let api = Program::start(env!("CARGO_BIN_EXE_axum-api"), &[]);
    api.assert_denies_curl();
    let status = api.get("/");
    assert!(status.body.contains(r#""requestsLeft":98"#), "{}", status.body);
    assert_eq!(status.header("ratelimit-policy"), Some("100;w=60"));
    assert_eq!(status.header("x-content-type-options"), Some("nosniff"));

    let problem = api.ask(
        "GET",
        "/",
        &[("user-agent", CURL), ("accept", "application/problem+json")],
        "",
    );
    assert_eq!(
        (problem.status, problem.header("content-type")),
        (403, Some("application/problem+json"))
    );
    assert_eq!(problem.header("x-content-type-options"), Some("nosniff"));

    let browser = [("user-agent", FIREFOX)];
    let ask = |user: &str, words: usize| {
        api.ask(
            "POST",
            &format!("/users/{user}/ask"),
            &browser,
            &"why ".repeat(words),
        )
    };
    let answer = ask("ann", 15);
    assert_eq!(
        (answer.status, answer.header("ratelimit")),
        (200, Some("limit=20, remaining=5, reset=180"))
    );
    let denied = ask("ann", 15);
    assert_eq!((denied.status, denied.header("retry-after")), (429, Some("120")));
    assert_eq!(ask("bob", 15).status, 200);

    let form = [browser[0], ("content-type", "application/x-www-form-urlencoded")];
    let sign_up = |email: &str| {
        api.ask("POST", "/signup", &form, &format!("email={email}"))
            .status
    };
    assert_eq!(sign_up("jane%40company.example"), 200);
    assert_eq!(sign_up("jane%40mailinator.com"), 403);
    assert_eq!(sign_up("jane"), 403);
}
