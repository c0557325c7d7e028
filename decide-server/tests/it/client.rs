//! HTTP clients that say exactly what a test wants said, and messages to say.

use std::net::SocketAddr;

use arcjet_engine::wire::v1alpha1::{
    BotV2Rule, DecideRequest, DecideResponse, Decision, Mode, RateLimitAlgorithm, RateLimitRule,
    RequestDetails, Rule, rule,
};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) const DECIDE: &str = "/proto.decide.v1alpha1.DecideService/Decide";
pub(crate) const REPORT: &str = "/proto.decide.v1alpha1.DecideService/Report";

/// An answer with its whole body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn content_type(&self) -> &str {
        self.headers
            .get("content-type")
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The code of a Connect error, whose form is checked on the way.
    pub(crate) fn error_code(&self) -> String {
        assert_eq!(self.content_type(), "application/json", "{self:?}");
        let error = self.json();
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|message| !message.is_empty()),
            "{error}"
        );
        error["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn decide_response(&self) -> DecideResponse {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        assert_eq!(self.content_type(), "application/proto");
        DecideResponse::decode(self.body.clone()).unwrap()
    }

    pub(crate) fn decision(&self) -> Decision {
        self.decide_response().decision.unwrap()
    }
}

/// Sends one request over a connection of its own, with the request's version.
pub(crate) async fn send(address: SocketAddr, request: Request<Full<Bytes>>) -> Answer {
    answer(try_send(address, request).await.unwrap()).await
}

pub(crate) async fn try_send(
    address: SocketAddr,
    request: Request<Full<Bytes>>,
) -> hyper::Result<Response<hyper::body::Incoming>> {
    let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
    if request.version() == Version::HTTP_2 {
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await?;
        tokio::spawn(connection);
        sender.send_request(request).await
    } else {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
        tokio::spawn(connection);
        sender.send_request(request).await
    }
}

async fn answer(response: Response<hyper::body::Incoming>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

/// Writes bytes to a connection, and reads what comes back until the server closes it.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// A POST to a path.
pub(crate) fn post(
    version: Version,
    path: &str,
    content_type: &str,
    body: impl Into<Bytes>,
) -> Request<Full<Bytes>> {
    let uri = if version == Version::HTTP_2 {
        format!("http://localhost{path}")
    } else {
        path.to_owned()
    };
    Request::post(uri)
        .version(version)
        .header("host", "localhost")
        .header("content-type", content_type)
        .body(Full::new(body.into()))
        .unwrap()
}

pub(crate) fn proto(path: &str, message: &impl prost::Message) -> Request<Full<Bytes>> {
    post(
        Version::HTTP_11,
        path,
        "application/proto",
        message.encode_to_vec(),
    )
}

pub(crate) fn json(path: &str, body: &'static str) -> Request<Full<Bytes>> {
    post(Version::HTTP_11, path, "application/json", body)
}

/// A request from `ip` with a browser's user agent.
pub(crate) fn decide(ip: &str, rules: Vec<Rule>) -> DecideRequest {
    let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
    DecideRequest {
        details: Some(RequestDetails {
            ip: ip.to_owned(),
            method: "GET".to_owned(),
            host: "example.com".to_owned(),
            path: "/".to_owned(),
            headers: [("user-agent".to_owned(), browser.to_owned())].into(),
            ..RequestDetails::default()
        }),
        rules,
        ..DecideRequest::default()
    }
}

pub(crate) fn rule(rule: rule::Rule) -> Rule {
    Rule { rule: Some(rule) }
}

/// A live fixed window of a day, so that no test sees it end.
pub(crate) fn fixed_window(max: u32) -> Rule {
    rule(rule::Rule::RateLimit(RateLimitRule {
        mode: Mode::Live.into(),
        algorithm: RateLimitAlgorithm::FixedWindow.into(),
        max,
        window_in_seconds: 86_400,
        ..RateLimitRule::default()
    }))
}

pub(crate) fn deny_bots(entries: &[&str]) -> Rule {
    rule(rule::Rule::BotV2(BotV2Rule {
        mode: Mode::Live.into(),
        deny: entries.iter().map(|&entry| entry.to_owned()).collect(),
        ..BotV2Rule::default()
    }))
}
