//! A protected application on a port of its own, its clock, and a client.

use std::net::SocketAddr;
use std::time::Duration;

use arcjet_axum::engine::{Clock, ManualClock, Timestamp};
use arcjet_axum::{Arcjet, ArcjetBuilder, FixedWindow};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
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

pub(crate) struct App {
    pub(crate) address: SocketAddr,
    client: Client<HttpConnector, Body>,
}

impl App {
    /// Serves `router` as applications do, with the addresses of peers.
    pub(crate) async fn start(router: Router) -> Self {
        Self::serve(router, true).await
    }

    /// Serves without the addresses of peers.
    pub(crate) async fn start_without_peers(router: Router) -> Self {
        Self::serve(router, false).await
    }

    async fn serve(router: Router, peers: bool) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            match peers {
                true => {
                    axum::serve(
                        listener,
                        router.into_make_service_with_connect_info::<SocketAddr>(),
                    )
                    .await
                }
                false => axum::serve(listener, router).await,
            }
        });
        Self::connect(address)
    }

    /// What somebody else serves at `address`.
    #[cfg(feature = "tonic")]
    pub(crate) fn of(address: SocketAddr) -> Self {
        Self::connect(address)
    }

    fn connect(address: SocketAddr) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { address, client }
    }

    /// A browser's request.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[("user-agent", FIREFOX)], Body::empty())
            .await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, path, headers, Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send(Method::POST, path, headers, Body::from(body.to_owned()))
            .await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
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
