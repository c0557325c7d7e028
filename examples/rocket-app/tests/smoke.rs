//! Starts the program and does what its read-me file says to try.

use std::process::Command;

use smoke::{CURL, FIREFOX, Program};

const APP: &str = env!("CARGO_BIN_EXE_rocket-app");

#[test]
fn does_what_its_page_says() {
    let app = Program::start(APP, &[]);
    app.assert_denies_curl();
    let bot = app.ask("GET", "/", &[("user-agent", CURL)], "");
    assert_eq!((bot.status, &*bot.body), (403, "This request was refused.\n"));
    let page = app.get("/");
    assert_eq!((page.status, &*page.body), (200, "hello, human\n"));
    let limit = page.header("ratelimit").unwrap_or_default();
    assert!(limit.starts_with("limit=100, "), "{limit}");

    let form = [
        ("user-agent", FIREFOX),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let log_in = || app.ask("POST", "/login", &form, "");
    let attempts = [log_in(), log_in(), log_in(), log_in()];
    assert_eq!(
        attempts.each_ref().map(|attempt| attempt.status),
        [401, 401, 401, 429]
    );
    assert!(attempts[3].header("retry-after").is_some());

    let report = |user: &str| app.get(&format!("/report/{user}")).status;
    let reports = [report("ann"), report("ann"), report("ann"), report("bob")];
    assert_eq!(reports, [200, 200, 429, 200]);

    let comment = |text: &str| {
        app.ask("POST", "/comments", &form, &format!("text={text}"))
            .status
    };
    let script = "<script>alert(document.cookie)</script>";
    let padding = "a".repeat(10_000);
    assert_eq!([comment("hello"), comment(&padding)], [200, 200]);
    assert_eq!(
        [comment(script), comment(&format!("{padding}{script}"))],
        [403, 403]
    );
}

#[test]
fn a_wrong_setting_is_named() {
    for port in ["http", "65536", "-1", ""] {
        let output = Command::new(APP).env("PORT", port).output();
        let output = output.expect("the program starts");
        assert!(!output.status.success(), "{port}");
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            format!("rocket-app: PORT is `{port}`; accepted: 0 to 65535\n")
        );
    }
}
