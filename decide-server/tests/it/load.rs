//! More than the server can do: who is turned away, and how.

use std::time::Duration;

use arcjet_engine::wire::v1alpha1::decide_service_client::DecideServiceClient;
use http::{Request, Version};
use http_body_util::Full;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::client::{DECIDE, decide, json, post, send};
use crate::drain::request_in_flight;
use crate::grpc::channel;
use crate::server::{Server, config};

#[tokio::test]
async fn calls_beyond_the_limit_are_told_to_come_back() {
    let server = Server::with(config().max_in_flight(1)).await;
    let mut running = request_in_flight(&server).await;

    for version in [Version::HTTP_11, Version::HTTP_2] {
        let answer = send(server.address, post(version, DECIDE, "application/json", "{}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.error_code().as_str()),
            (503, "unavailable")
        );
        assert_eq!(answer.headers["retry-after"], "1");
    }
    let mut grpc = DecideServiceClient::new(channel(&server).await);
    let status = grpc.decide(decide("8.8.8.8", vec![])).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    assert_eq!(status.metadata().get("grpc-retry-pushback-ms").unwrap(), "1000");

    // Whoever looks after the server gets an answer.
    let get = Request::get("/healthz").body(Full::default()).unwrap();
    assert_eq!(send(server.address, get).await.status, 200);
    let mut health = HealthClient::new(channel(&server).await);
    health.check(HealthCheckRequest::default()).await.unwrap();

    running.write_all(b"{}").await.unwrap();
    let mut answer = [0; 12];
    running.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    grpc.decide(decide("8.8.8.8", vec![])).await.unwrap();
}

#[tokio::test]
async fn calls_that_waited_too_long_are_not_answered_any_more() {
    // Every wait is too long.
    let server = Server::with(config().max_queue_time(Duration::ZERO)).await;
    let answer = send(server.address, json(DECIDE, "{}")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.error_code().as_str()),
        (503, "unavailable")
    );
    let get = Request::get("/healthz").body(Full::default()).unwrap();
    assert_eq!(send(server.address, get).await.status, 200);
}

#[tokio::test]
async fn old_connections_end_after_their_requests() {
    let connections = arcjet_decide_server::ConnectionConfig::default().max_age(Duration::from_millis(20));
    let server = Server::with(config().connections(connections)).await;
    let mut running = request_in_flight(&server).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    idle.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    // That one was closed for its age, so the other one is old as well; its request is answered all the same.
    running.write_all(b"{}").await.unwrap();
    let mut answer = String::new();
    running.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}
