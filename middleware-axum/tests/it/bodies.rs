//! Rules that read bodies, and handlers that get them nevertheless.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use arcjet_axum::{
    Arcjet, ArcjetDecision, ArcjetLayer, ArcjetRequest, Denied, EmailType, FailPolicy, Reason, SensitiveInfo,
    Shield, ValidateEmail,
};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, Request};
use axum::response::IntoResponse;
use axum::routing::post;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tower::ServiceExt as _;

use crate::app::{App, FIREFOX, arcjet, clock};

const ATTACK: &str = "comment=%3Cscript%3Ealert(document.cookie)%3C/script%3E";

async fn echo(body: String) -> String {
    body
}

async fn app(rule: Shield) -> App {
    let arcjet = arcjet(&clock()).rule(rule).build().unwrap();
    let router = Router::new()
        .route("/", post(echo))
        .layer(ArcjetLayer::new(arcjet));
    App::start(router).await
}

#[tokio::test]
async fn an_attack_in_a_body_is_denied_and_other_bodies_arrive_whole() {
    let app = app(Shield::new()).await;
    let form = [
        ("user-agent", FIREFOX),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(app.post("/", &form, ATTACK).await.status, 403);
    let long = format!("comment={}", "harmless+words+".repeat(20_000));
    let answer = app.post("/", &form, &long).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, long);
}

#[tokio::test]
async fn what_no_rule_reads_is_not_searched() {
    let app = app(Shield::new().body_limit(0)).await;
    let form = [
        ("user-agent", FIREFOX),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(app.post("/", &form, ATTACK).await.body, ATTACK);
}

#[tokio::test]
async fn handlers_judge_what_they_have_read() {
    async fn sign_up(
        State((email, text)): State<(Arcjet, Arcjet)>,
        request: ArcjetRequest,
        body: String,
    ) -> Result<impl IntoResponse, Denied> {
        let (address, about) = body.split_once('\n').unwrap();
        request.clone().with_email(address).protect(&email).await?;
        request.with_sensitive_text(about).protect(&text).await?;
        Ok("welcome")
    }
    let client = arcjet(&clock()).build().unwrap();
    let email = client
        .with_only(ValidateEmail::deny([EmailType::Disposable]))
        .unwrap();
    let text = client
        .with_only(SensitiveInfo::deny(["CREDIT_CARD_NUMBER"]))
        .unwrap();
    let app = App::start(Router::new().route("/", post(sign_up)).with_state((email, text))).await;
    let browser = [("user-agent", FIREFOX)];
    for (body, status) in [
        ("jane@company.example\nI like trains", 200),
        ("jane@mailinator.com\nI like trains", 403),
        ("jane@company.example\nMy card is 4111 1111 1111 1111", 403),
    ] {
        assert_eq!(app.post("/", &browser, body).await.status, status, "{body}");
    }
}

#[tokio::test]
async fn no_header_keeps_a_body_from_being_read() {
    let app = app(Shield::new()).await;
    for header in [
        ("upgrade", "x"),
        ("content-type", "application/grpc"),
        ("content-type", "application/grpc-web"),
        ("content-type", "text/event-stream"),
        ("content-type", "application/octet-stream"),
        ("content-encoding", "gzip"),
        ("accept", "text/event-stream"),
    ] {
        let answer = app.post("/", &[("user-agent", FIREFOX), header], ATTACK).await;
        let is_denied = answer.status == 403 || answer.header("grpc-status") == "7";
        assert!(is_denied, "{header:?}: {answer:?}");
    }
    // A body of unknown length, in chunks.
    let frames = StreamBody::new(Pieces(Some(ATTACK.into())));
    let answer = app
        .send(Method::POST, "/", &[("user-agent", FIREFOX)], Body::new(frames))
        .await;
    assert_eq!(answer.status, 403);
}

/// A body of one piece and of unknown length.
struct Pieces(Option<Bytes>);

impl futures_core::Stream for Pieces {
    type Item = Result<Frame<Bytes>, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(|piece| Ok(Frame::data(piece))))
    }
}

/// A body that never comes.
struct Never;

impl futures_core::Stream for Never {
    type Item = Result<Frame<Bytes>, Infallible>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_comes_is_waited_for_until_the_deadline() {
    async fn handler(decision: ArcjetDecision) -> String {
        match decision.reason() {
            Reason::Error(error) => error.message.clone(),
            reason => format!("{reason:?}"),
        }
    }
    for (policy, status, text) in [
        (FailPolicy::Open, 200, "the body did not come within 3s"),
        (FailPolicy::Closed, 403, "This request was refused.\n"),
    ] {
        let arcjet = arcjet(&clock())
            .rule(Shield::new())
            .fail_policy(policy)
            .body_deadline(Duration::from_secs(3))
            .build()
            .unwrap();
        let router = Router::new()
            .route("/", post(handler))
            .layer(ArcjetLayer::new(arcjet));
        let request = Request::post("/")
            .header("user-agent", FIREFOX)
            .body(Body::new(StreamBody::new(Never)))
            .unwrap();
        let started = tokio::time::Instant::now();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(started.elapsed().as_secs(), 3);
        assert_eq!(response.status(), status);
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), text);
    }
}

/// A body of many frames, made when they are asked for.
struct Upload {
    left: usize,
    made: Arc<AtomicUsize>,
}

impl futures_core::Stream for Upload {
    type Item = Result<Frame<Bytes>, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(left) = self.left.checked_sub(1) else {
            return Poll::Ready(None);
        };
        self.left = left;
        self.made.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'a'; 16 * 1024])))))
    }
}

#[tokio::test]
async fn an_upload_streams_with_no_more_than_the_window_held_back() {
    const FRAMES: usize = 10_000;
    const IN_WINDOW: usize = 4;
    let made = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&made);
    let receive = move |mut body: Body| async move {
        let mut received = 0;
        while let Some(frame) = body.frame().await {
            assert!(frame.unwrap().is_data());
            received += 1;
            let held = counted.load(Ordering::Relaxed) - received;
            assert!(held <= IN_WINDOW, "{held} frames held after {received}");
        }
        received.to_string()
    };
    let client = arcjet(&clock()).rule(Shield::new()).build().unwrap();
    assert_eq!(client.body_window(), IN_WINDOW * 16 * 1024);
    let router = Router::new()
        .route("/", post(receive))
        .layer(ArcjetLayer::new(client));
    let upload = Upload { left: FRAMES, made };
    let request = Request::post("/")
        .header("user-agent", FIREFOX)
        .body(Body::new(StreamBody::new(upload)))
        .unwrap();
    let response = router.oneshot(request).await.unwrap();
    let received = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(received, FRAMES.to_string());
}
