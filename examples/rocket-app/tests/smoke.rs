//! Starts the program and does what its read-me says to try.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

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
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| Some(line.strip_prefix("Listening on http://")?.to_owned()));
        Self {
            child,
            address: address.unwrap(),
        }
    }

    /// The head of the answer, in lower case, and its body.
    fn send(&self, user_agent: &str, request: &str, body: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{request} HTTP/1.1\r\nhost: {}\r\nuser-agent: {user_agent}\r\naccept: */*\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_ascii_lowercase(), body.to_owned())
    }

    fn status(&self, user_agent: &str, request: &str, body: &str) -> String {
        let (head, _) = self.send(user_agent, request, body);
        head.split(' ').nth(1).unwrap().to_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(port: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rocket-app"));
    command.env("PORT", port);
    command
}

#[test]
fn what_the_read_me_says_to_try_happens() {
    let program = Program::start();
    let (head, body) = program.send("curl/8.5.0", "GET /", "");
    assert!(head.starts_with("http/1.1 403 "), "{head}");
    assert_eq!(body, "This request was refused.\n");
    let (head, body) = program.send(FIREFOX, "GET /", "");
    assert!(
        head.starts_with("http/1.1 200 ") && head.contains("\r\nratelimit: limit=100, "),
        "{head}"
    );
    assert_eq!(body, "hello, human\n");

    for status in ["401", "401", "401", "429"] {
        assert_eq!(program.status(FIREFOX, "POST /login", ""), status);
    }
    let (head, _) = program.send(FIREFOX, "POST /login", "");
    assert!(head.contains("\r\nretry-after: "), "{head}");

    for status in ["200", "200", "429"] {
        assert_eq!(program.status(FIREFOX, "GET /report/ann", ""), status);
    }
    assert_eq!(program.status(FIREFOX, "GET /report/bob", ""), "200");

    let padding = "a".repeat(10_000);
    for (text, status) in [
        ("hello", "200"),
        (&padding, "200"),
        ("<script>alert(document.cookie)</script>", "403"),
        (
            &format!("{padding}<script>alert(document.cookie)</script>"),
            "403",
        ),
    ] {
        let form = format!("text={text}");
        assert_eq!(program.status(FIREFOX, "POST /comments", &form), status);
    }
}

#[test]
fn a_wrong_setting_is_named() {
    for port in ["http", "65536", "-1", ""] {
        let output = command(port).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{port}");
        assert_eq!(
            error,
            format!("rocket-app: PORT is `{port}`; accepted: 0 to 65535\n")
        );
    }
}
