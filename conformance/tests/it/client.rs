//! A client of the application, over either protocol.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use conformance::{App, Framework, Server};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::HeaderMap;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

pub(crate) const FIREFOX: (&str, &str) = (
    "user-agent",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
);
pub(crate) const CURL: (&str, &str) = ("user-agent", "curl/8.5.0");
pub(crate) const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// The longest that anything may take; no test waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

type AnyBody = BoxBody<Bytes, std::io::Error>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// A served application and who asks it.
pub(crate) struct Asking {
    pub(crate) app: App,
    server: Server,
    protocol: Protocol,
}

impl Asking {
    pub(crate) async fn serve<F: Framework>(app: App, protocol: Protocol) -> Self {
        let server = F::serve(app.clone()).await;
        Self {
            app,
            server,
            protocol,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// A browser's request.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[FIREFOX], "").await
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
        self.send(method, path, headers, body.map_err(never))
            .await
            .read()
            .await
    }

    /// Sends a request on a connection of its own; returns as soon as the head of the answer is there.
    pub(crate) async fn send<B>(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: B,
    ) -> Pending
    where
        B: Body<Data = Bytes> + Send + Sync + 'static,
        B::Error: Into<std::io::Error>,
    {
        timeout(
            PATIENCE,
            self.exchange(method, path, headers, body.map_err(Into::into).boxed()),
        )
        .await
        .expect("an answer in time")
        .expect("an answer")
    }

    /// The same, where there may be no answer.
    pub(crate) async fn exchange(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: AnyBody,
    ) -> hyper::Result<Pending> {
        let io = TokioIo::new(TcpStream::connect(self.address()).await.unwrap());
        let authority = self.address();
        let mut request = Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = match self.protocol {
            Protocol::Http1 => {
                let (mut sender, connection) = http1::handshake(io).await?;
                tokio::spawn(connection.with_upgrades());
                let request = request.uri(path).header("host", authority.to_string());
                sender.send_request(request.body(body).unwrap()).await?
            }
            Protocol::Http2 => {
                let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io).await?;
                tokio::spawn(connection);
                let request = request.uri(format!("http://{authority}{path}"));
                sender.send_request(request.body(body).unwrap()).await?
            }
        };
        Ok(Pending { response })
    }
}

/// An answer whose body may still be on its way.
pub(crate) struct Pending {
    pub(crate) response: Response<Incoming>,
}

impl Pending {
    pub(crate) async fn read(self) -> Answer {
        let (parts, body) = self.response.into_parts();
        let body = timeout(PATIENCE, body.collect())
            .await
            .expect("a body in time")
            .unwrap()
            .to_bytes();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// The next piece of the body.
    pub(crate) async fn piece(&mut self) -> Bytes {
        let frame = timeout(PATIENCE, self.response.body_mut().frame())
            .await
            .expect("a piece in time");
        frame.unwrap().unwrap().into_data().unwrap()
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// The only value of a header; empty if it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        let values: Vec<_> = self.headers.get_all(name).iter().collect();
        assert!(values.len() <= 1, "{name}: {values:?}");
        values.first().map_or("", |value| value.to_str().unwrap())
    }

    /// The status, and what the client is told about its limits: where it stands, the policies, when to come back.
    pub(crate) fn limits(&self) -> (u16, &str, &str, &str) {
        let [limit, policy, retry] =
            ["ratelimit", "ratelimit-policy", "retry-after"].map(|name| self.header(name));
        (self.status, limit, policy, retry)
    }
}

/// A body whose pieces come when they are sent; dropping the sender ends it.
pub(crate) fn fed(room: usize) -> (mpsc::Sender<Result<Bytes, std::io::Error>>, AnyBody) {
    let (sender, receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(room);
    let pieces = futures_util::stream::unfold(receiver, async |mut receiver| {
        let piece = receiver.recv().await?;
        Some((piece.map(Frame::data), receiver))
    });
    (
        sender,
        BodyExt::boxed(StreamBody::new(Box::pin(pieces) as SyncStream)),
    )
}

type SyncStream =
    std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<Frame<Bytes>, std::io::Error>> + Send + Sync>>;

/// That a body has no errors.
pub(crate) fn never(error: Infallible) -> std::io::Error {
    match error {}
}
