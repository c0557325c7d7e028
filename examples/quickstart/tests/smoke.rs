//! Starts the program and does what it says to try.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

struct Program {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Program {
    fn start() -> Self {
        let mut child = command("0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    /// The printed commands, the last of which is about the login.
    fn commands(&mut self) -> Vec<Curl> {
        let mut commands = Vec::new();
        while commands.last().is_none_or(|curl: &Curl| curl.path != "/login") {
            let mut line = String::new();
            assert_ne!(
                self.stdout.read_line(&mut line).unwrap(),
                0,
                "the program ended: {commands:?}"
            );
            if line.contains("curl -i") {
                commands.push(Curl::parse(&line));
            }
        }
        commands
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(port: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    command
        .env("PORT", port)
        .env_remove("ARCJET_DECIDE_URL")
        .env_remove("RUST_LOG");
    command
}

/// A printed command.
#[derive(Debug)]
struct Curl {
    method: &'static str,
    user_agent: String,
    address: String,
    path: String,
    body: String,
    times: usize,
}

impl Curl {
    fn parse(line: &str) -> Self {
        let url = line
            .split_whitespace()
            .find_map(|word| word.trim_start_matches('\'').strip_prefix("http://"))
            .unwrap()
            .trim_end_matches([';', '\'']);
        let (address, path) = url.split_once('/').unwrap();
        let user_agent = line
            .split_once("-A '")
            .map_or("curl/8.5.0", |(_, rest)| rest.split_once('\'').unwrap().0);
        let quoted = |option: &str| Some(line.split_once(option)?.1.split_once('\'')?.0.to_owned());
        let body = quoted("-d '");
        Self {
            method: if line.contains("-X POST") || body.is_some() {
                "POST"
            } else {
                "GET"
            },
            body: body.unwrap_or_default(),
            user_agent: user_agent.to_owned(),
            address: address.to_owned(),
            path: format!("/{path}"),
            times: if line.contains("for n in 1 2 3 4 5;") {
                5
            } else {
                1
            },
        }
    }

    /// The heads of the answers, in lower case.
    fn run(&self) -> Vec<String> {
        let Self {
            method,
            user_agent,
            address,
            path,
            body,
            times,
        } = self;
        let length = body.len();
        (0..*times)
            .map(|_| {
                let mut stream = TcpStream::connect(address).unwrap();
                write!(
                    stream,
                    "{method} {path} HTTP/1.1\r\nhost: {address}\r\nuser-agent: {user_agent}\r\naccept: */*\r\n\
                     content-length: {length}\r\nconnection: close\r\n\r\n{body}"
                )
                .unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).unwrap();
                answer.split_once("\r\n\r\n").unwrap().0.to_ascii_lowercase()
            })
            .collect()
    }
}

#[test]
fn the_printed_commands_do_what_they_say() {
    let mut program = Program::start();
    let commands = program.commands();
    let [
        browser,
        bot,
        attack,
        comment,
        card,
        address,
        disposable,
        api,
        login,
    ] = &commands[..]
    else {
        panic!("{commands:?}")
    };
    let limited =
        |head: &str| head.contains("\r\nratelimit: limit=") && head.contains("\r\nratelimit-policy: ");
    // In another order, and again.
    for round in 0..3 {
        let attempts = login.run();
        if round == 0 {
            assert!(
                attempts[0].starts_with("http/1.1 401 ") && limited(&attempts[0]),
                "{attempts:?}"
            );
        }
        let last = attempts.last().unwrap();
        assert!(last.starts_with("http/1.1 429 ") && limited(last), "{last}");
        assert!(last.contains("\r\nretry-after: "), "{last}");

        let api = &api.run()[0];
        assert!(api.starts_with("http/1.1 200 ") && limited(api), "{api}");
        let bot = &bot.run()[0];
        assert!(bot.starts_with("http/1.1 403 ") && !limited(bot), "{bot}");
        for (denied, allowed) in [(attack, None), (card, Some(comment)), (disposable, Some(address))] {
            let head = &denied.run()[0];
            assert!(head.starts_with("http/1.1 403 "), "{denied:?} {head}");
            if let Some(allowed) = allowed {
                let head = &allowed.run()[0];
                assert!(head.starts_with("http/1.1 200 "), "{allowed:?} {head}");
            }
        }
        let browser = &browser.run()[0];
        assert!(browser.starts_with("http/1.1 200 "), "{browser}");
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
            format!("quickstart: PORT is `{port}`; accepted: 0 to 65535\n")
        );
    }
    let output = command("0")
        .env("ARCJET_DECIDE_URL", "127.0.0.1:8787")
        .env("ARCJET_KEY", "k")
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && error.starts_with("quickstart: decide_at"),
        "{error}"
    );
}

#[cfg(feature = "custom-rule")]
#[test]
fn a_rule_of_its_own_denies_who_asks_for_a_decoy() {
    let mut program = Program::start();
    let commands = program.commands();
    let api = commands.iter().find(|curl| curl.path == "/api/quota").unwrap();
    assert!(api.run()[0].starts_with("http/1.1 200 "));
    let decoy = Curl {
        method: "GET",
        user_agent: "curl/8.5.0".to_owned(),
        address: api.address.clone(),
        path: "/wp-login.php".to_owned(),
        body: String::new(),
        times: 1,
    };
    assert!(decoy.run()[0].starts_with("http/1.1 403 "));
    assert!(api.run()[0].starts_with("http/1.1 403 "), "it is remembered");
}
