//! A protected application on a port of its own, its clock, and a client.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::ServerHandle;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, HttpServer};
use arcjet_actix::engine::{Clock, ManualClock, Timestamp};
use arcjet_actix::{Arcjet, ArcjetBuilder, FixedWindow};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

pub(crate) const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// The beginning of a minute.
pub(crate) fn clock() -> ManualClock {
    ManualClock::new(Timestamp::from_millis(1_700_000_040_000))
}

/// A client whose time is in the test's hand.
pub(crate) fn arcjet(clock: &ManualClock) -> ArcjetBuilder {
    Arcjet::builder().clock(Clock::Manual(clock.clone()))
}

pub(crate) fn per_minute(max: u32) -> FixedWindow {
    FixedWindow::new(max, Duration::from_secs(60))
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
    server: ServerHandle,
}

/// Serves on one worker, as HTTP/1.1 and as HTTP/2 without TLS.
pub(crate) async fn start<F, T, B>(app: F) -> Running
where
    F: Fn() -> App<T> + Send + Clone + 'static,
    T: Wrapped<B>,
    T::Future: 'static,
    B: MessageBody + 'static,
{
    start_workers(app, 1).await
}

/// The same on several workers.
pub(crate) async fn start_workers<F, T, B>(app: F, workers: usize) -> Running
where
    F: Fn() -> App<T> + Send + Clone + 'static,
    T: Wrapped<B>,
    T::Future: 'static,
    B: MessageBody + 'static,
{
    let server = HttpServer::new(app)
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(0)
        .bind_auto_h2c("127.0.0.1:0")
        .unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    Running {
        address,
        client: Client::builder(TokioExecutor::new()).build_http(),
        server: handle,
    }
}

/// What `App::wrap` makes of an app, whatever its bodies are.
pub(crate) trait Wrapped<B>:
    ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>
    + 'static
{
}

impl<B, T> Wrapped<B> for T where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static
{
}

impl Running {
    /// From here on over HTTP/2.
    pub(crate) fn http2(mut self) -> Self {
        self.client = Client::builder(TokioExecutor::new())
            .http2_only(true)
            .build_http();
        self
    }

    /// A browser's request.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[("user-agent", FIREFOX)]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, path, headers, "").await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send(Method::POST, path, headers, body).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Full::new(Bytes::from(body.to_owned()));
        let response = self.client.request(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The command is sent when the future is made; nobody waits for the workers to end.
        drop(self.server.stop(false));
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
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

    /// The status, and the headers that say where the client stands.
    pub(crate) fn limit(&self) -> (u16, &str, &str, &str) {
        let [limit, policy, retry] =
            ["ratelimit", "ratelimit-policy", "retry-after"].map(|name| self.header(name));
        (self.status.as_u16(), limit, policy, retry)
    }
}
