//! Starts the program and does what the README says to try.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use greeter::GreetRequest;
use greeter::greeter_client::GreeterClient;
use tonic::Code;

#[allow(missing_docs, clippy::all, reason = "generated")]
mod greeter {
    tonic::include_proto!("greeter.v1");
}

struct Program {
    child: Child,
    /// Kept open: the program would end if it could not print.
    _stdout: BufReader<ChildStdout>,
    address: String,
}

impl Program {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tonic-service"))
            .env("PORT", "0")
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://").unwrap();
        Self {
            address: address.to_owned(),
            child,
            _stdout: stdout,
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn curl_is_denied() {
    let program = Program::start();
    let mut stream = TcpStream::connect(&program.address).unwrap();
    stream
        .write_all(
            b"GET / HTTP/1.1\r\nhost: localhost\r\nuser-agent: curl/8.5.0\r\nconnection: close\r\n\r\n",
        )
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[tokio::test]
async fn each_user_is_greeted_three_times() {
    let program = Program::start();
    let mut client = GreeterClient::connect(format!("http://{}", program.address))
        .await
        .unwrap();
    let ask = |name: &str| GreetRequest {
        name: name.to_owned(),
    };
    for _ in 0..3 {
        let reply = client.greet(ask("Ada")).await.unwrap();
        assert_eq!(reply.into_inner().text, "Hello, Ada!");
    }
    let status = client.greet(ask("Ada")).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::ResourceExhausted, "too many requests")
    );
    assert!(!status.details().is_empty(), "it says when to come back");
    client.greet(ask("Bob")).await.unwrap();

    let all = tokio_stream::iter(["Ada", "Bob"].map(ask));
    let mut replies = client.greet_all(all).await.unwrap().into_inner();
    assert_eq!(replies.message().await.unwrap().unwrap().text, "Hello, Ada!");
    assert_eq!(replies.message().await.unwrap().unwrap().text, "Hello, Bob!");
    assert_eq!(replies.message().await.unwrap(), None);
}
