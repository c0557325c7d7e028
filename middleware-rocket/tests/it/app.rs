//! A protected application on a port of its own, its clock, and a client.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use arcjet_rocket::engine::{Clock, ManualClock, Timestamp};
use arcjet_rocket::{Arcjet, ArcjetBuilder, FixedWindow};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rocket::config::{LogLevel, Shutdown as ShutdownConfig};
use rocket::fairing::AdHoc;
use rocket::{Build, Config, Rocket, Shutdown};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;

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

/// An application without routes, on a free port.
pub(crate) fn rocket() -> Rocket<Build> {
    let config = Config {
        address: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        log_level: LogLevel::Off,
        shutdown: ShutdownConfig {
            ctrlc: false,
            signals: [].into(),
            grace: 0,
            mercy: 0,
            ..ShutdownConfig::default()
        },
        ..Config::debug_default()
    };
    rocket::custom(config)
}

pub(crate) struct App {
    pub(crate) address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
    shutdown: Shutdown,
}

impl Drop for App {
    fn drop(&mut self) {
        self.shutdown.clone().notify();
    }
}

impl App {
    pub(crate) async fn start(rocket: Rocket<Build>) -> Self {
        Self::serve(rocket, false).await
    }

    /// The same, with a client that speaks HTTP/2.
    pub(crate) async fn start_http2(rocket: Rocket<Build>) -> Self {
        Self::serve(rocket, true).await
    }

    async fn serve(rocket: Rocket<Build>, http2: bool) -> Self {
        let (tell, told) = oneshot::channel();
        let ready = AdHoc::on_liftoff("ready", |rocket| {
            Box::pin(async move {
                let _ = tell.send((rocket.config().port, rocket.shutdown()));
            })
        });
        tokio::spawn(rocket.attach(ready).launch());
        let (port, shutdown) = told.await.unwrap();
        let client = Client::builder(TokioExecutor::new())
            .http2_only(http2)
            .build_http();
        let address = (Ipv4Addr::LOCALHOST, port).into();
        Self {
            address,
            client,
            shutdown,
        }
    }

    /// A browser's request.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[("user-agent", FIREFOX)]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, path, headers, "").await
    }

    /// A browser's request with a body of this type.
    pub(crate) async fn post(&self, path: &str, content_type: &str, body: &str) -> Answer {
        let headers = [("user-agent", FIREFOX), ("content-type", content_type)];
        self.send(Method::POST, path, &headers, body).await
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
        let request = request.body(Full::from(body.to_owned())).unwrap();
        let (parts, body) = self.client.request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// The status line that answers a head as it is written here, for what no client library would send.
    pub(crate) async fn send_raw(&self, first_line: &str, headers: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let head = format!("{first_line}\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        answer.lines().next().unwrap_or_default().to_owned()
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
}
