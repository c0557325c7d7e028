//! A server and a client of tonic, with the layer in between.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use arcjet_axum::{Arcjet, ArcjetLayer, ArcjetRequest, Decision, DetectBot, Shield, TokenBucket};
use axum::Router;
use axum::http;
use axum::http::uri::PathAndQuery;
use axum::routing::post;
use prost::Message;
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tokio_stream::{Stream, StreamExt as _};
use tonic::client::Grpc;
use tonic::server::NamedService;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

use crate::app::{App, FIREFOX, arcjet, clock, per_minute};

type Codec = ProstCodec<String, String>;
type Replies = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;

/// A service whose messages are texts.
#[derive(Clone)]
struct Echo {
    per_user: Arcjet,
}

impl Echo {
    /// Who asks, and by whose word.
    async fn who(request: Request<String>) -> Result<Response<String>, Status> {
        let decision = request.extensions().get::<Decision>();
        let client = decision.and_then(Decision::client_ip);
        Ok(Response::new(format!("{client:?}")))
    }

    /// A limit for the user that the message names.
    async fn per_user(self, request: Request<String>) -> Result<Response<String>, Status> {
        let asked = request.extensions().get::<ArcjetRequest>().cloned();
        let asked = asked.ok_or_else(|| Status::internal("no layer"))?;
        let asked = asked.with_characteristic("userId", request.get_ref().as_str());
        asked.protect(&self.per_user).await?;
        Ok(Response::new(request.into_inner()))
    }

    async fn echo(request: Request<Streaming<String>>) -> Result<Response<Replies>, Status> {
        Ok(Response::new(Box::pin(request.into_inner())))
    }

    async fn join(request: Request<Streaming<String>>) -> Result<Response<String>, Status> {
        let messages: Result<Vec<String>, Status> = request.into_inner().collect().await;
        Ok(Response::new(messages?.concat()))
    }

    async fn split(request: Request<String>) -> Result<Response<Replies>, Status> {
        let letters: Vec<_> = request
            .get_ref()
            .chars()
            .map(|letter| Ok(letter.to_string()))
            .collect();
        Ok(Response::new(Box::pin(tokio_stream::iter(letters))))
    }
}

impl NamedService for Echo {
    const NAME: &'static str = "test.Echo";
}

impl Service<http::Request<tonic::body::Body>> for Echo {
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(Codec::default());
            let path = request.uri().path().to_owned();
            Ok(match &*path {
                "/test.Echo/Who" => grpc.unary(service_fn(Self::who), request).await,
                "/test.Echo/PerUser" => {
                    let per_user = move |request| service.clone().per_user(request);
                    grpc.unary(service_fn(per_user), request).await
                }
                "/test.Echo/Echo" => grpc.streaming(service_fn(Self::echo), request).await,
                "/test.Echo/Join" => grpc.client_streaming(service_fn(Self::join), request).await,
                "/test.Echo/Split" => grpc.server_streaming(service_fn(Self::split), request).await,
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}

fn protected() -> Arcjet {
    arcjet(&clock())
        .rule(DetectBot::deny(["CURL"]))
        .rule(Shield::new())
        .rule(per_minute(5))
        .build()
        .unwrap()
}

async fn serve(arcjet: Arcjet) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let bucket = TokenBucket::new(1, 60, Duration::from_secs(60)).characteristics(["userId"]);
    let echo = Echo {
        per_user: arcjet.with_only(bucket).unwrap(),
    };
    tokio::spawn(
        Server::builder()
            .accept_http1(true)
            .layer(ArcjetLayer::new(arcjet))
            .add_service(echo)
            .serve_with_incoming(TcpListenerStream::new(listener)),
    );
    address
}

async fn client(address: SocketAddr, user_agent: &str) -> Grpc<Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let channel = endpoint.user_agent(user_agent).unwrap().connect().await.unwrap();
    let mut client = Grpc::new(channel);
    client.ready().await.unwrap();
    client
}

fn path(method: &str) -> PathAndQuery {
    format!("/test.Echo/{method}").parse().unwrap()
}

async fn ask(client: &mut Grpc<Channel>, method: &str, text: &str) -> Result<Response<String>, Status> {
    client.ready().await.unwrap();
    client
        .unary(Request::new(text.to_owned()), path(method), Codec::default())
        .await
}

#[tokio::test]
async fn allowed_calls_pass_with_their_decision_and_their_limits() {
    let mut client = client(serve(protected()).await, FIREFOX).await;
    let response = ask(&mut client, "Who", "").await.unwrap();
    assert_eq!(
        response.metadata().get("ratelimit").unwrap(),
        "limit=5, remaining=4, reset=60"
    );
    assert_eq!(response.into_inner(), "Some(127.0.0.1 (Peer))");
}

#[tokio::test]
async fn messages_of_all_kinds_of_calls_pass_one_by_one() {
    let mut client = client(serve(protected()).await, FIREFOX).await;
    // Each message is answered before the next one is sent: nothing waits for the end of the stream.
    let (sender, receiver) = mpsc::channel(1);
    let messages = Request::new(ReceiverStream::new(receiver));
    let echo = client.streaming(messages, path("Echo"), Codec::default()).await;
    let mut replies = echo.unwrap().into_inner();
    for message in ["one", "two", "<script>alert(document.cookie)</script>"] {
        sender.send(message.to_owned()).await.unwrap();
        assert_eq!(replies.message().await.unwrap().unwrap(), message);
    }
    drop(sender);
    assert_eq!(replies.message().await.unwrap(), None);

    client.ready().await.unwrap();
    let messages = tokio_stream::iter(["a", "b", "c"].map(str::to_owned));
    let joined = client
        .client_streaming(Request::new(messages), path("Join"), Codec::default())
        .await;
    assert_eq!(joined.unwrap().into_inner(), "abc");

    client.ready().await.unwrap();
    let split = client
        .server_streaming(Request::new("xyz".to_owned()), path("Split"), Codec::default())
        .await;
    let letters: Vec<String> = split.unwrap().into_inner().map(Result::unwrap).collect().await;
    assert_eq!(letters, ["x", "y", "z"]);
}

#[tokio::test]
async fn a_denied_call_gets_a_status() {
    let address = serve(protected()).await;
    let mut bot = client(address, "curl/8").await;
    let status = ask(&mut bot, "Who", "").await.unwrap_err();
    assert_eq!(
        (status.code(), status.message(), status.details()),
        (Code::PermissionDenied, "this request was refused", &[][..])
    );

    let mut browser = client(address, FIREFOX).await;
    for _ in 0..5 {
        ask(&mut browser, "Who", "").await.unwrap();
    }
    let status = ask(&mut browser, "Who", "").await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::ResourceExhausted, "too many requests")
    );
    assert_eq!(retry_after(&status), (8, "too many requests".to_owned(), 60));
    assert_eq!(
        status.metadata().get("ratelimit").unwrap(),
        "limit=5, remaining=0, reset=60"
    );
}

#[tokio::test]
async fn a_service_has_limits_per_user() {
    let mut client = client(serve(protected()).await, FIREFOX).await;
    ask(&mut client, "PerUser", "ann").await.unwrap();
    let status = ask(&mut client, "PerUser", "ann").await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(retry_after(&status).2, 60);
    assert_eq!(
        status.metadata().get("ratelimit").unwrap(),
        "limit=1, remaining=0, reset=60"
    );
    ask(&mut client, "PerUser", "bob").await.unwrap();
}

#[tokio::test]
async fn what_is_no_grpc_gets_answers_of_http() {
    let app = App::of(serve(protected()).await);
    let denied = app.get_with("/", &[("user-agent", "curl/8")]).await;
    assert_eq!(
        (denied.status.as_u16(), denied.header("content-type")),
        (403, "text/plain; charset=utf-8")
    );
    // Bodies of tonic's type are read and passed on as well.
    let attack = "comment=%3Cscript%3Ealert(document.cookie)%3C/script%3E";
    let browser = [
        ("user-agent", FIREFOX),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(app.post("/", &browser, attack).await.status, 403);
    let unknown = app.post("/", &browser, "comment=hello").await;
    assert_eq!(unknown.header("grpc-status"), "12", "{unknown:?}");
}

#[tokio::test]
async fn grpc_web_is_answered_in_its_own_type() {
    let router = Router::new()
        .route("/", post(|body: String| async { body }))
        .layer(ArcjetLayer::new(protected()));
    let app = App::start(router).await;
    let headers = [
        ("user-agent", "curl/8"),
        ("content-type", "application/grpc-web+proto"),
    ];
    let denied = app.post("/", &headers, "").await;
    assert_eq!((denied.status.as_u16(), &*denied.body), (200, ""));
    assert_eq!(denied.header("content-type"), "application/grpc-web");
    assert_eq!(denied.header("grpc-status"), "7");
    assert_eq!(denied.header("grpc-message"), "this request was refused");
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
}

/// Code, message and seconds to wait, as the details have them.
fn retry_after(status: &Status) -> (i32, String, i64) {
    let details = RpcStatus::decode(status.details()).unwrap();
    let [any] = &details.details[..] else {
        panic!("{details:?}")
    };
    assert_eq!(any.type_url, "type.googleapis.com/google.rpc.RetryInfo");
    let info = RetryInfo::decode(&any.value[..]).unwrap();
    (details.code, details.message, info.retry_delay.unwrap().seconds)
}
