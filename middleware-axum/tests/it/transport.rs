//! Bodies, upgrades, methods and odd requests pass as if the layer were not there.

use arcjet_axum::{ArcjetLayer, DetectBot, Shield};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use http_body_util::BodyExt as _;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower::ServiceExt as _;

use crate::app::{App, FIREFOX, arcjet, clock, per_minute};

fn layer() -> ArcjetLayer {
    ArcjetLayer::new(
        arcjet(&clock())
            .rule(per_minute(100))
            .rule(DetectBot::deny(["CURL"]))
            .build()
            .unwrap(),
    )
}

/// One that reads bodies, too.
fn searching_layer() -> ArcjetLayer {
    ArcjetLayer::new(arcjet(&clock()).rule(Shield::new()).build().unwrap())
}

#[tokio::test]
async fn bodies_arrive_whole() {
    let router = Router::new()
        .route("/", post(|body: Bytes| async { body }))
        .layer(searching_layer());
    let app = App::start(router).await;
    let long = "0123456789".repeat(100_000);
    let echo = app
        .send(
            Method::POST,
            "/",
            &[("user-agent", FIREFOX)],
            Body::from(long.clone()),
        )
        .await;
    assert!(echo.status == StatusCode::OK && echo.body == long);
}

#[tokio::test]
async fn responses_stream() {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    let receiver = std::sync::Mutex::new(Some(receiver));
    let stream = move || {
        let receiver = receiver.lock().unwrap().take().unwrap();
        async move { Body::new(http_body_util::StreamBody::new(Frames(receiver))) }
    };
    let stream = std::sync::Arc::new(stream);
    let router = Router::new()
        .route("/", get(move || stream()))
        .layer(searching_layer());
    let request = Request::get("/")
        .header("user-agent", FIREFOX)
        .body(Body::empty())
        .unwrap();
    let mut body = router.oneshot(request).await.unwrap().into_body();
    // Each piece arrives before the next one is made.
    for piece in ["one", "two"] {
        sender.send(Ok(piece.into())).await.unwrap();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), piece);
    }
}

struct Frames(tokio::sync::mpsc::Receiver<Result<Bytes, std::io::Error>>);

impl futures_core::Stream for Frames {
    type Item = Result<http_body::Frame<Bytes>, std::io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0
            .poll_recv(cx)
            .map(|piece| piece.map(|piece| piece.map(http_body::Frame::data)))
    }
}

#[tokio::test]
async fn connections_upgrade() {
    let upgrade = |mut request: Request| async move {
        let on_upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let mut stream = TokioIo::new(on_upgrade.await.unwrap());
            stream.write_all(b"upgraded").await.unwrap();
        });
        (
            StatusCode::SWITCHING_PROTOCOLS,
            [(header::CONNECTION, "upgrade"), (header::UPGRADE, "test")],
        )
            .into_response()
    };
    let app = App::start(Router::new().route("/", get(upgrade)).layer(searching_layer())).await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head =
        "GET / HTTP/1.1\r\nhost: x\r\nuser-agent: Firefox\r\nconnection: upgrade\r\nupgrade: test\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 101 ") && answer.ends_with("\r\n\r\nupgraded"),
        "{answer}"
    );
}

#[tokio::test]
async fn head_requests_are_judged_and_have_no_body() {
    let app = App::start(Router::new().route("/", get(|| async { "hello" })).layer(layer())).await;
    let allowed = app
        .send(Method::HEAD, "/", &[("user-agent", FIREFOX)], Body::empty())
        .await;
    assert_eq!((allowed.status.as_u16(), &*allowed.body), (200, ""));
    assert_eq!(allowed.header("ratelimit"), "limit=100, remaining=99, reset=60");
    let denied = app
        .send(Method::HEAD, "/", &[("user-agent", "curl/8")], Body::empty())
        .await;
    assert_eq!((denied.status.as_u16(), &*denied.body), (403, ""));
}

#[tokio::test]
async fn a_request_of_thousands_of_headers_gets_an_answer() {
    let router = Router::new().route("/", get(|| async {})).layer(layer());
    let mut request = Request::get("/").header("user-agent", "curl/8");
    for number in 0..10_000 {
        request = request.header(format!("x-{number}"), &b"\xff\xfe"[..]);
    }
    let response = router
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), 403);
}
