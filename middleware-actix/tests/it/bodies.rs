//! Rules that read bodies, and handlers that get them nevertheless.

use actix_web::web::{Bytes, Payload};
use actix_web::{App, HttpResponse, web};
use arcjet_actix::{ArcjetMiddleware, Shield};
use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::{FIREFOX, Running, arcjet, clock, start};

const ATTACK: &str = "comment=%3Cscript%3Ealert(document.cookie)%3C/script%3E";
const FORM: [(&str, &str); 2] = [
    ("user-agent", FIREFOX),
    ("content-type", "application/x-www-form-urlencoded"),
];

/// Answers with what it gets, or with the error.
async fn echo(mut body: Payload) -> HttpResponse {
    let mut all = Vec::new();
    while let Some(chunk) = body.next().await {
        match chunk {
            Ok(chunk) => all.extend_from_slice(&chunk),
            Err(error) => return HttpResponse::BadRequest().body(format!("error: {error}")),
        }
    }
    HttpResponse::Ok().body(all)
}

async fn app(rule: Shield) -> Running {
    let protect = ArcjetMiddleware::new(arcjet(&clock()).rule(rule).build().unwrap());
    start(move || {
        App::new()
            .app_data(web::PayloadConfig::new(1 << 24))
            .wrap(protect.clone())
            .route("/", web::post().to(echo))
            .route("/bytes", web::post().to(async |body: Bytes| body))
            .route(
                "/form",
                web::post().to(async |form: web::Form<Comment>| form.into_inner().comment),
            )
    })
    .await
}

#[derive(serde::Deserialize)]
struct Comment {
    comment: String,
}

#[tokio::test]
async fn an_attack_in_a_body_is_denied_and_other_bodies_arrive_whole() {
    for app in [app(Shield::new()).await, app(Shield::new()).await.http2()] {
        let long = format!("comment={}", "harmless+words+".repeat(20_000));
        for path in ["/", "/bytes"] {
            assert_eq!(app.post(path, &FORM, ATTACK).await.status, 403);
            let answer = app.post(path, &FORM, &long).await;
            assert!(answer.status == 200 && answer.body == long, "{path}");
            assert_eq!(app.post(path, &FORM, "").await.status, 200);
        }
        assert_eq!(app.post("/form", &FORM, "comment=a+b").await.body, "a b");
        assert_eq!(app.post("/form", &FORM, ATTACK).await.status, 403);
    }
}

#[tokio::test]
async fn what_no_rule_reads_is_not_searched() {
    let app = app(Shield::new().body_limit(0)).await;
    assert_eq!(app.post("/", &FORM, ATTACK).await.body, ATTACK);
}

/// Sends `head` with some headers of a form, then `parts` with a flush in between, then ends the sending half.
async fn send(app: &Running, head: &str, parts: &[&str]) -> String {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let form = format!("host: x\r\nuser-agent: {FIREFOX}\r\ncontent-type: application/x-www-form-urlencoded");
    stream
        .write_all(format!("{head}\r\n{form}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    for part in parts {
        stream.write_all(part.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
    }
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn chunks_are_put_back_and_attacks_across_chunks_are_found() {
    let app = app(Shield::new()).await;
    let head = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nconnection: close";
    let answer = send(&app, head, &["5\r\na=one\r\n", "4\r\n+two\r\n", "0\r\n\r\n"]).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\na=one+two"),
        "{answer}"
    );
    let (first, second) = ATTACK.split_at(20);
    let chunks = [first, second].map(|part| format!("{:x}\r\n{part}\r\n", part.len()));
    let answer = send(&app, head, &[&chunks[0], &chunks[1], "0\r\n\r\n"]).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[tokio::test]
async fn an_error_in_a_body_reaches_the_handler() {
    let app = app(Shield::new()).await;
    // Not a chunk's length. What came before it is judged, and then the handler gets what it would get without us.
    let answer = send(
        &app,
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked",
        &["5\r\na=one\r\n", "what?\r\n"],
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    // The connection ends in the middle.
    let answer = send(&app, "POST / HTTP/1.1\r\ncontent-length: 50", &["a=one"]).await;
    assert!(!answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_header_of_web_sockets_does_not_hide_a_body() {
    let app = app(Shield::new()).await;
    let length = ATTACK.len();
    let head = format!("POST / HTTP/1.1\r\nupgrade: websocket\r\ncontent-length: {length}");
    let answer = send(&app, &head, &[ATTACK]).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}
