//! Starts the program and does what the read-me file says to try.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const CURL: &str = "curl/8.5.0";

struct Program {
    child: Child,
    address: String,
}

impl Program {
    fn start() -> Self {
        let mut child = command("0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("Listening on http://")
            .unwrap()
            .to_owned();
        Self { child, address }
    }

    /// The head of the answer, in lower case.
    fn send(&self, method: &str, path: &str, user_agent: &str, form: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nuser-agent: {user_agent}\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            self.address,
            form.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().0.to_ascii_lowercase()
    }

    fn get(&self, path: &str) -> String {
        self.send("GET", path, CURL, "")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(port: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_actix-app"));
    command.env("PORT", port).env_remove("RUST_LOG");
    command
}

fn status(head: &str) -> &str {
    head.split(' ').nth(1).unwrap()
}

fn limited(head: &str) -> bool {
    head.contains("\r\nratelimit: limit=") && head.contains("\r\nratelimit-policy: ")
}

#[test]
fn the_routes_do_what_the_read_me_file_says() {
    let app = Program::start();
    assert_eq!(status(&app.send("GET", "/", FIREFOX, "")), "200");
    assert_eq!(status(&app.get("/")), "403");

    let attack = "?q=1%27+UNION+SELECT+password+FROM+users--";
    for path in ["/", "/api/ann/orders", "/nothing"] {
        assert_eq!(
            status(&app.send("GET", &format!("{path}{attack}"), FIREFOX, "")),
            "403",
            "{path}"
        );
    }
    assert_eq!(status(&app.get("/nothing")), "404");

    // Whichever second it is, no more than one attempt is given back while this runs.
    let attempts: Vec<_> = (0..5).map(|_| app.send("POST", "/login", CURL, "")).collect();
    assert!(
        status(&attempts[0]) == "401" && limited(&attempts[0]),
        "{attempts:?}"
    );
    let last = &attempts[4];
    assert!(status(last) == "429" && limited(last), "{last}");
    assert!(last.contains("\r\nretry-after: "), "{last}");

    let orders: Vec<_> = (0..6).map(|_| app.get("/api/ann/orders")).collect();
    assert!(status(&orders[0]) == "200" && limited(&orders[0]), "{orders:?}");
    assert_eq!(status(&orders[5]), "429");
    assert_eq!(status(&app.get("/api/bob/orders")), "200");

    let sign_up = |email| app.send("POST", "/signup", CURL, &format!("email={email}"));
    let welcome = sign_up("jane%40company.example");
    assert!(status(&welcome) == "200" && limited(&welcome), "{welcome}");
    assert_eq!(status(&sign_up("jane%40mailinator.com")), "403");
}

#[test]
fn a_wrong_port_is_named() {
    for port in ["http", "65536", "-1", ""] {
        let output = command(port).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{port}");
        assert_eq!(
            error,
            format!("actix-app: PORT is `{port}`; accepted: 0 to 65535\n")
        );
    }
}
