//! The end of a server.

use std::num::NonZeroUsize;
use std::time::Duration;

use arcjet_decide_server::Config;
use arcjet_engine::wire::v1alpha1::decide_service_client::DecideServiceClient;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{DECIDE, decide, json, send};
use crate::grpc::channel;
use crate::server::{Server, config};

/// A connection with a request that the server has begun to read: it has asked for the body, two bytes long.
pub(crate) async fn request_in_flight(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST {DECIDE} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n\
         content-length: 2\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 100 "));
    stream
}

#[tokio::test]
async fn a_running_request_is_answered_and_nothing_new_is_accepted() {
    answers_what_runs_and_accepts_nothing_new(config()).await;
}

#[tokio::test]
async fn threads_of_their_own_let_running_requests_end() {
    let workers = NonZeroUsize::new(2).unwrap();
    answers_what_runs_and_accepts_nothing_new(config().workers(workers)).await;
}

/// Three connections: on the runtime of the test, or on two other threads.
async fn answers_what_runs_and_accepts_nothing_new(config: Config) {
    // Longer than any test may run: only the end of the request can end the server.
    let server = Server::with(config.drain_timeout(Duration::from_secs(3600))).await;
    let address = server.address;
    let mut stream = request_in_flight(&server).await;
    let idle = TcpStream::connect(address).await.unwrap();
    let mut grpc = DecideServiceClient::new(channel(&server).await);
    grpc.decide(decide("8.8.8.8", vec![])).await.unwrap();

    let done = server.shut_down();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(b"{}").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    done.await.unwrap().unwrap();
    assert!(grpc.decide(decide("8.8.8.8", vec![])).await.is_err());
    drop(idle);
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_off() {
    let server = Server::with(config().drain_timeout(Duration::from_millis(20))).await;
    let mut stream = request_in_flight(&server).await;
    server.shut_down().await.unwrap().unwrap();
    let mut answer = Vec::new();
    // Closed or reset: either way without an answer.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty(), "{answer:?}");
}

#[tokio::test]
async fn health_fails_before_the_port_closes() {
    // Longer than any test may run: everything below happens within the delay.
    let server = Server::with(config().drain_delay(Duration::from_secs(3600))).await;
    let address = server.address;
    let done = server.shut_down();
    let health = || {
        http::Request::get("/healthz")
            .body(http_body_util::Full::default())
            .unwrap()
    };
    while send(address, health()).await.status == 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(send(address, json(DECIDE, "{}")).await.status, 200);
    done.abort();
}
