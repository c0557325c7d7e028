//! `Expect: 100-continue` on a socket: whether a client is asked for its body before it is denied.

use std::time::Duration;

use arcjet_axum::{ArcjetLayer, DetectBot, Shield};
use axum::Router;
use axum::routing::post;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::{App, FIREFOX, arcjet, clock, per_minute};

async fn app() -> App {
    let arcjet = arcjet(&clock())
        .rule(Shield::new())
        .rule(DetectBot::deny(["CURL"]))
        .rule(per_minute(3))
        .build()
        .unwrap();
    let router = Router::new()
        .route("/", post(|body: String| async { body }))
        .layer(ArcjetLayer::new(arcjet));
    App::start(router).await
}

/// A client that has sent the head of a request.
struct Client(TcpStream);

impl Client {
    async fn new(app: &App, user_agent: &str, length: usize) -> Self {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: x\r\nuser-agent: {user_agent}\r\ncontent-length: {length}\r\n\
             expect: 100-continue\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        Self(stream)
    }

    /// What the server says next, as far as the end of a head.
    async fn head(&mut self) -> String {
        let mut head = Vec::new();
        let read = async {
            while !head.ends_with(b"\r\n\r\n") {
                head.push(self.0.read_u8().await.unwrap());
            }
        };
        tokio::time::timeout(Duration::from_secs(30), read).await.unwrap();
        String::from_utf8(head).unwrap()
    }
}

#[tokio::test]
async fn a_denied_client_is_not_asked_for_its_body() {
    let app = app().await;
    // By the rules, then by the denial that is remembered.
    for _ in 0..2 {
        let head = Client::new(&app, "curl/8", 10).await.head().await;
        assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
    }
}

#[tokio::test]
async fn an_allowed_client_is_asked_and_counted_once() {
    let app = app().await;
    for left in [2, 1, 0] {
        let mut client = Client::new(&app, FIREFOX, 5).await;
        assert_eq!(client.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
        client.0.write_all(b"hello").await.unwrap();
        let head = client.head().await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(head.contains(&format!("remaining={left}")), "{head}");
        let mut body = String::new();
        client.0.read_to_string(&mut body).await.unwrap();
        assert_eq!(body, "hello");
    }
    // The limit is used up: the body is asked for once more, because limits judge the whole request, and then no more.
    let mut client = Client::new(&app, FIREFOX, 5).await;
    assert_eq!(client.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
    client.0.write_all(b"hello").await.unwrap();
    assert!(client.head().await.starts_with("HTTP/1.1 429 "));
    let head = Client::new(&app, FIREFOX, 5).await.head().await;
    assert!(head.starts_with("HTTP/1.1 429 "), "{head}");
}

#[tokio::test]
async fn an_attack_in_the_body_is_denied_after_it_was_asked_for() {
    let app = app().await;
    let attack = "comment=%3Cscript%3Ealert(document.cookie)%3C/script%3E";
    let mut client = Client::new(&app, FIREFOX, attack.len()).await;
    assert_eq!(client.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
    client.0.write_all(attack.as_bytes()).await.unwrap();
    let head = client.head().await;
    assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
}
