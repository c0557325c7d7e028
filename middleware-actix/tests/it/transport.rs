//! Streams, upgrades, methods and odd requests pass as if the middleware were not there.

use std::time::Duration;

use actix_web::http::header::{CONNECTION, UPGRADE};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::{Bytes, Payload};
use actix_web::{App, HttpResponse, web};
use arcjet_actix::{ArcjetMiddleware, DetectBot, Shield};
use futures_util::{StreamExt as _, stream};
use http::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::app::{FIREFOX, arcjet, clock, per_minute, start};

fn protect() -> ArcjetMiddleware {
    let rules = arcjet(&clock())
        .rule(Shield::new())
        .rule(per_minute(100))
        .rule(DetectBot::deny(["CURL"]))
        .body_deadline(Duration::from_secs(60));
    ArcjetMiddleware::new(rules.build().unwrap())
}

/// Reads until `expected` has come; not as long as a body is waited for.
async fn read_until(stream: &mut TcpStream, expected: &str) -> String {
    let reading = timeout(Duration::from_secs(30), read_to(stream, expected));
    reading.await.expect("an answer in time")
}

async fn read_to(stream: &mut TcpStream, expected: &str) -> String {
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains(expected) {
        let count = stream.read_buf(&mut seen).await.unwrap();
        assert_ne!(
            count,
            0,
            "the connection ended: {}",
            String::from_utf8_lossy(&seen)
        );
    }
    String::from_utf8(seen).unwrap()
}

#[tokio::test]
async fn responses_and_requests_stream() {
    let protect = ArcjetMiddleware::new(arcjet(&clock()).rule(per_minute(100)).build().unwrap());
    let echo = async |body: Payload| {
        let pieces = body.map(|piece| piece.map(|bytes| Bytes::from(bytes.to_ascii_uppercase())));
        HttpResponse::Ok().streaming(pieces)
    };
    let app = start(move || App::new().wrap(protect.clone()).route("/", web::post().to(echo))).await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    // Each piece comes back before the next one is sent.
    for piece in ["one", "two", "three"] {
        let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
        stream.write_all(chunk.as_bytes()).await.unwrap();
        read_until(&mut stream, &piece.to_uppercase()).await;
    }
}

#[tokio::test]
async fn web_sockets_pass_under_rules_that_read_bodies() {
    let upgrade = async |frames: Payload| {
        let greeting = stream::iter([Ok(Bytes::from_static(b"hello "))]);
        HttpResponse::SwitchingProtocols()
            .insert_header((UPGRADE, "websocket"))
            .insert_header((CONNECTION, "upgrade"))
            .streaming(greeting.chain(frames))
    };
    let protect = protect();
    let app = start(move || {
        App::new()
            .wrap(protect.clone())
            .route("/", web::get().to(upgrade))
    })
    .await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nuser-agent: {FIREFOX}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // Answered before the client has said anything, which it does only now.
    let answer = read_until(&mut stream, "hello ").await;
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    stream.write_all(b"frame").await.unwrap();
    read_until(&mut stream, "frame").await;
}

#[tokio::test]
async fn a_denied_upload_gets_its_answer() {
    let protect = protect();
    let app = start(move || {
        App::new()
            .wrap(protect.clone())
            .route("/", web::post().to(async |_: Bytes| "never"))
    })
    .await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: x\r\nuser-agent: curl/8\r\ncontent-length: 2147483648\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    // More than a rule's window, so that it is judged; most of the body never comes.
    stream.write_all(&[b'x'; 1 << 20]).await.unwrap();
    let answer = read_until(&mut stream, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[tokio::test]
async fn head_requests_are_judged_and_have_no_body() {
    let protect = protect();
    let app = start(move || {
        App::new()
            .wrap(protect.clone())
            .service(web::resource("/").to(async || "hello"))
    })
    .await;
    let allowed = app.send(Method::HEAD, "/", &[("user-agent", FIREFOX)], "").await;
    assert_eq!((allowed.status.as_u16(), &*allowed.body), (200, ""));
    assert_eq!(allowed.header("ratelimit"), "limit=100, remaining=99, reset=60");
    let denied = app.send(Method::HEAD, "/", &[("user-agent", "curl/8")], "").await;
    assert_eq!((denied.status.as_u16(), &*denied.body), (403, ""));
}

#[actix_web::test]
async fn a_request_of_thousands_of_headers_gets_an_answer() {
    let arcjet = arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap();
    let app = init_service(App::new().wrap(ArcjetMiddleware::new(arcjet))).await;
    let mut request = TestRequest::get().insert_header(("user-agent", "curl/8"));
    for number in 0..10_000 {
        request = request.insert_header((format!("x-{number}"), &b"\xff\xfe"[..]));
    }
    assert_eq!(call_service(&app, request.to_request()).await.status(), 403);
}
