//! gRPC, with tonic's client and the engine's stub.

use std::time::Duration;

use arcjet_engine::wire::v1alpha1::decide_service_client::DecideServiceClient;
use arcjet_engine::wire::v1alpha1::{Conclusion, ReportRequest, ReportResponse};
use http::Version;
use tonic::transport::Channel;
use tonic::{Code, Request};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::client::{DECIDE, decide, fixed_window, post, send};
use crate::server::{Server, config};

pub(crate) async fn channel(server: &Server) -> Channel {
    Channel::from_shared(server.url())
        .unwrap()
        .connect()
        .await
        .unwrap()
}

#[tokio::test]
async fn decisions_and_reports() {
    let server = Server::start().await;
    let mut client = DecideServiceClient::new(channel(&server).await);
    for expected in [Conclusion::Allow, Conclusion::Deny] {
        let response = client
            .decide(decide("8.8.8.8", vec![fixed_window(1)]))
            .await
            .unwrap();
        assert_eq!(response.into_inner().decision.unwrap().conclusion(), expected);
    }
    let response = client.report(ReportRequest::default()).await.unwrap();
    assert_eq!(response.into_inner(), ReportResponse::default());
}

#[tokio::test]
async fn many_at_once_on_one_connection() {
    let server = Server::start().await;
    let client = DecideServiceClient::new(channel(&server).await);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let mut client = client.clone();
        calls.spawn(async move {
            let response = client
                .decide(decide("8.8.8.8", vec![fixed_window(50)]))
                .await
                .unwrap();
            response.into_inner().decision.unwrap().conclusion()
        });
    }
    let allowed = calls
        .join_all()
        .await
        .into_iter()
        .filter(|&conclusion| conclusion == Conclusion::Allow)
        .count();
    assert_eq!(allowed, 50);
}

#[tokio::test]
async fn a_deadline_of_the_client_is_kept() {
    let server = Server::start().await;
    // Half a message, so the deadline is all that can end the call.
    let io = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let executor = hyper_util::rt::TokioExecutor::new();
    let io = hyper_util::rt::TokioIo::new(io);
    let (mut sender, connection) = hyper::client::conn::http2::handshake(executor, io).await.unwrap();
    tokio::spawn(connection);
    let (frames, body) =
        tokio::sync::mpsc::channel::<Result<http_body::Frame<bytes::Bytes>, std::io::Error>>(1);
    frames
        .send(Ok(http_body::Frame::data(bytes::Bytes::from_static(
            b"\0\0\0\0\x09half",
        ))))
        .await
        .unwrap();
    let request = http::Request::post(format!("http://localhost{DECIDE}"))
        .header("content-type", "application/grpc")
        .header("grpc-timeout", "20m")
        .body(http_body_util::StreamBody::new(
            tokio_stream::wrappers::ReceiverStream::new(body),
        ))
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.headers()["grpc-status"], "4", "{response:?}");
    drop(frames);
}

#[tokio::test]
async fn long_messages_are_refused() {
    let server = Server::with(config().max_body_bytes(1000)).await;
    let mut client = DecideServiceClient::new(channel(&server).await);
    let mut request = decide("8.8.8.8", vec![]);
    request.sdk_version = "x".repeat(800);
    client.decide(request.clone()).await.unwrap();
    request.sdk_version = "x".repeat(1000);
    let status = client.decide(request).await.unwrap_err();
    assert!(
        matches!(status.code(), Code::ResourceExhausted | Code::OutOfRange),
        "{status:?}"
    );
}

#[tokio::test]
async fn unknown_services_methods_and_codecs() {
    let server = Server::start().await;
    for path in [
        "/proto.decide.v1alpha1.DecideService/Divine",
        "/proto.decide.v2.DecideService/Decide",
        "/proto.decide.v3.DecideService/Guard",
        "/",
    ] {
        let answer = send(
            server.address,
            post(Version::HTTP_2, path, "application/grpc", "\0\0\0\0\0"),
        )
        .await;
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["grpc-status"]),
            (200, &"12".parse().unwrap()),
            "{path}"
        );
    }
    // gRPC-Web is another protocol.
    let answer = send(
        server.address,
        post(
            Version::HTTP_2,
            DECIDE,
            "application/grpc-web+proto",
            "\0\0\0\0\0",
        ),
    )
    .await;
    assert_eq!(answer.status.as_u16(), 415);
    let malformed = send(
        server.address,
        post(
            Version::HTTP_2,
            DECIDE,
            "application/grpc",
            &b"\0\0\0\0\x03\xff\xff\xff"[..],
        ),
    )
    .await;
    assert_ne!(malformed.headers["grpc-status"], "0");
}

#[tokio::test]
async fn health_is_answered_and_watched_until_the_end() {
    // Longer than any test may run: a watcher that kept the server from draining would be noticed.
    let server = Server::with(config().drain_timeout(Duration::from_secs(3600))).await;
    let mut health = HealthClient::new(channel(&server).await);
    for service in [
        "",
        "proto.decide.v1alpha1.DecideService",
        "proto.decide.v2.DecideService",
    ] {
        let request = HealthCheckRequest {
            service: service.to_owned(),
        };
        let status = health.check(request).await.unwrap().into_inner().status;
        assert_eq!(status, ServingStatus::Serving as i32, "{service:?}");
    }
    let unknown = HealthCheckRequest {
        service: "proto.decide.v3.DecideService".to_owned(),
    };
    assert_eq!(health.check(unknown).await.unwrap_err().code(), Code::NotFound);

    let mut watch = health
        .watch(Request::new(HealthCheckRequest::default()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        watch.message().await.unwrap().unwrap().status,
        ServingStatus::Serving as i32
    );
    let done = server.shut_down();
    assert_eq!(
        watch.message().await.unwrap().unwrap().status,
        ServingStatus::NotServing as i32
    );
    assert!(watch.message().await.unwrap().is_none());
    done.await.unwrap().unwrap();
}
