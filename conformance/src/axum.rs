//! The application in axum.

use std::net::SocketAddr;

use arcjet_axum::{ArcjetDecision, ArcjetLayer, ArcjetRequest, Denied};
use axum::Router;
use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hyper_util::rt::TokioIo;
use tokio::io::{copy, split};

use crate::{App, FIRST_EVENT, Framework, Server, describe, own_answer};

/// axum 0.8.
#[derive(Debug)]
pub enum Axum {}

impl Framework for Axum {
    async fn serve(app: App) -> Server {
        let mut layer = ArcjetLayer::new(app.arcjet.clone());
        if app.answers_itself {
            layer = layer.on_deny(|decision, _| {
                let (status, reason) = own_answer(decision);
                // Invariant: `own_answer` returns 418 or 429.
                let status = StatusCode::from_u16(status).expect("the statuses there are valid");
                (status, [("x-reason", reason)], "mine")
            });
        }
        let router = Router::new()
            .route("/", any(hello))
            .route("/decision", get(decision))
            .route("/echo", post(echo))
            .route("/count", post(count))
            .route("/events", get(events))
            .route("/upgrade", get(upgrade))
            .route("/ask", post(ask))
            .layer(layer)
            .with_state(app);
        // Invariant: port 0 is any free one; a machine without one can't run tests, and the panic fails the test.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("the loopback address has free ports");
        // Invariant: the socket is bound.
        let address = listener.local_addr().expect("a listener has an address");
        Server::task(address, async move {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            // Invariant: axum 0.8 retries after failed accepts, and its future never ends.
            axum::serve(listener, service)
                .await
                .expect("axum's accept loop doesn't end");
        })
    }
}

async fn hello(State(app): State<App>) -> &'static str {
    app.seen.request();
    "hello"
}

async fn decision(State(app): State<App>, decision: ArcjetDecision) -> String {
    app.seen.request();
    describe(&decision)
}

async fn echo(State(app): State<App>, body: Body) -> Body {
    app.seen.request();
    Body::from_stream(read(app, body))
}

async fn count(State(app): State<App>, body: Body) -> Result<String, StatusCode> {
    app.seen.request();
    let pieces = read(app, body);
    let length = pieces.try_fold(0, async |sum, piece| Ok(sum + piece.len()));
    length
        .await
        .map(|length| length.to_string())
        .map_err(|_| StatusCode::BAD_REQUEST)
}

/// The pieces of a body, counted.
fn read(app: App, body: Body) -> impl futures_util::Stream<Item = Result<Bytes, axum::Error>> {
    let pieces: BodyDataStream = body.into_data_stream();
    pieces.inspect(move |piece| app.seen.read(piece.as_ref().map_or(0, Bytes::len)))
}

async fn events(State(app): State<App>) -> impl IntoResponse {
    app.seen.request();
    let first = stream::iter([Ok::<_, std::io::Error>(FIRST_EVENT)]);
    (
        [(header::CONTENT_TYPE, "text/event-stream")],
        Body::from_stream(first.chain(stream::pending())),
    )
}

async fn upgrade(State(app): State<App>, mut request: Request) -> impl IntoResponse {
    app.seen.request();
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        if let Ok(connection) = upgraded.await {
            let (mut reader, mut writer) = split(TokioIo::new(connection));
            // A client that hangs up ends it.
            let _ = copy(&mut reader, &mut writer).await;
        }
    });
    (
        StatusCode::SWITCHING_PROTOCOLS,
        [(header::CONNECTION, "upgrade"), (header::UPGRADE, "websocket")],
    )
}

async fn ask(
    State(app): State<App>,
    headers: HeaderMap,
    request: ArcjetRequest,
) -> Result<impl IntoResponse, Denied> {
    app.seen.request();
    let user = headers
        .get("x-user")
        .and_then(|user| user.to_str().ok())
        .unwrap_or_default();
    let decision = request
        .with_characteristic("userId", user)
        .protect(&app.per_user)
        .await?;
    Ok((decision, "answer"))
}
