//! Starts the program and does what its page says.

use std::process::Command;

use smoke::{Answer, CURL, FIREFOX, Program};

fn is_limited(answer: &Answer) -> bool {
    answer.header("ratelimit").is_some() && answer.header("ratelimit-policy").is_some()
}

#[test]
fn does_what_its_page_says() {
    let app = Program::start(env!("CARGO_BIN_EXE_actix-app"), &[]);
    app.assert_denies_curl();
    let curl = |method: &str, path: &str| app.ask(method, path, &[("user-agent", CURL)], "");

    for path in ["/", "/api/ann/orders", "/nothing"] {
        let attack = format!("{path}?q=1%27+UNION+SELECT+password+FROM+users--");
        assert_eq!(app.get(&attack).status, 403, "{path}");
    }
    assert_eq!(curl("GET", "/nothing").status, 404);
    assert_eq!(
        curl("GET", "/nothing").header("x-content-type-options"),
        Some("nosniff")
    );

    // Of five attempts in a row, at most one is given back while this runs.
    let attempts: Vec<_> = (0..5).map(|_| curl("POST", "/login")).collect();
    assert!(
        attempts[0].status == 401 && is_limited(&attempts[0]),
        "{attempts:?}"
    );
    let last = &attempts[4];
    assert!(last.status == 429 && is_limited(last), "{last:?}");
    assert!(last.header("retry-after").is_some(), "{last:?}");

    let orders: Vec<_> = (0..6).map(|_| curl("GET", "/api/ann/orders")).collect();
    assert!(orders[0].status == 200 && is_limited(&orders[0]), "{orders:?}");
    assert_eq!(orders[5].status, 429);
    assert_eq!(curl("GET", "/api/bob/orders").status, 200);

    let headers = [
        ("user-agent", FIREFOX),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let sign_up = |email: &str| app.ask("POST", "/signup", &headers, &format!("email={email}"));
    let welcome = sign_up("jane%40company.example");
    assert!(welcome.status == 200 && is_limited(&welcome), "{welcome:?}");
    assert_eq!(sign_up("jane%40mailinator.com").status, 403);
}

#[test]
fn a_wrong_port_is_named() -> std::io::Result<()> {
    for port in ["http", "65536", "-1", ""] {
        let output = Command::new(env!("CARGO_BIN_EXE_actix-app"))
            .env("PORT", port)
            .output()?;
        assert!(!output.status.success(), "{port}");
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            format!("actix-app: PORT is `{port}`; accepted: 0 to 65535\n")
        );
    }
    Ok(())
}
