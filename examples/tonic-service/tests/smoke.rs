//! Starts the program and does what the README says to try.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use greeter::GreetRequest;
use greeter::greeter_client::GreeterClient;
use smoke::Program;
use tonic::Code;

#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
mod greeter {
    tonic::include_proto!("greeter.v1");
}

fn start() -> Program {
    Program::start(env!("CARGO_BIN_EXE_tonic-service"), &[])
}

#[test]
fn curl_is_denied() {
    start().assert_denies_curl();
}

// With several threads, so that the connection can close while the program is told to end.
#[tokio::test(flavor = "multi_thread")]
async fn each_user_is_greeted_three_times() {
    let program = start();
    let mut client = GreeterClient::connect(format!("http://{}", program.address()))
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
