//! Starts the program, does what it says to try, and gives it another rule while it runs.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

const RULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/decoy.wasm");

struct Program {
    child: Child,
    /// Kept open: the program would end if it could not print.
    _stdout: BufReader<ChildStdout>,
    log: BufReader<ChildStderr>,
    address: String,
}

impl Program {
    fn start(rule: &Path) -> Self {
        let mut child = command("0", rule)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let (_, rest) = line.split_once("http://").unwrap();
        let address = rest.trim_end_matches(". Try:\n").to_owned();
        Self {
            child,
            _stdout: stdout,
            log,
            address,
        }
    }

    /// The status of the answer.
    fn get(&self, path: &str, headers: &str) -> u16 {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {}\r\n{headers}connection: close\r\n\r\n",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Reads the log up to a line with this in it.
    fn wait_for(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(self.log.read_line(&mut line).unwrap(), 0, "the program ended");
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(port: &str, rule: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_custom-rule"));
    command
        .env("PORT", port)
        .env("RULE", rule)
        // Where the machine code is kept, on Linux; elsewhere among the user's caches.
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("NO_COLOR", "1")
        .env_remove("RUST_LOG");
    command
}

#[test]
fn what_it_says_to_try() {
    let program = Program::start(Path::new(RULE));
    assert_eq!(program.get("/.env", "x-decoy-pass: our-own-scanner\r\n"), 404);
    assert_eq!(program.get("/", ""), 200);
    assert_eq!(program.get("/.env", ""), 403);
    assert_eq!(program.get("/", ""), 403);
}

#[test]
fn another_rule_is_taken_up_and_a_wrong_one_is_not() {
    let rule = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("reloaded.wasm");
    std::fs::copy(RULE, &rule).unwrap();
    let mut program = Program::start(&rule);
    std::fs::write(&rule, b"not a rule").unwrap();
    program.wait_for("kept a custom rule as it was");
    assert_eq!(program.get("/", ""), 200);
    // The same code with a note in it: an empty custom section named `n`.
    let mut component = std::fs::read(RULE).unwrap();
    component.extend([0, 2, 1, b'n']);
    std::fs::write(&rule, component).unwrap();
    program.wait_for("reloaded a custom rule");
    assert_eq!(program.get("/.git/config", ""), 403);
}

#[test]
fn what_is_wrong_is_said() {
    let output = command("http", Path::new(RULE)).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.ends_with("custom-rule: PORT is `http`; accepted: 0 to 65535\n"),
        "{error}"
    );
    let output = command("0", Path::new("missing.wasm")).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && error.contains("custom-rule: rules[0].file: can't read missing.wasm"),
        "{error}"
    );
}
