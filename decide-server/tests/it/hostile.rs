//! Clients that mean harm: an error in the protocol, and a server that goes on.

use std::io::Write as _;
use std::time::Duration;

use arcjet_engine::wire::v1alpha1::DecideRequest;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderName, HeaderValue, Request, StatusCode, Version};
use http_body_util::Full;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{
    Answer, DECIDE, decide, deny_bots, fixed_window, json, post, proto, raw, send, try_send,
};
use crate::server::{Server, config};

async fn still_serves(server: &Server) {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let answer = send(server.address, post(version, DECIDE, "application/json", "{}")).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

fn assert_exhausted(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "resource_exhausted")
    );
}

#[tokio::test]
async fn oversized_bodies() {
    let server = Server::start().await;
    let body = vec![b' '; (1 << 20) + 1];
    for version in [Version::HTTP_11, Version::HTTP_2] {
        assert_exhausted(
            &send(
                server.address,
                post(version, DECIDE, "application/json", body.clone()),
            )
            .await,
        );
    }
    // At the limit it is only a message, and an empty one at that.
    let mut largest = body;
    largest.pop();
    largest[..2].copy_from_slice(b"{}");
    let answer = send(
        server.address,
        post(Version::HTTP_2, DECIDE, "application/json", largest),
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK);
    still_serves(&server).await;
}

#[tokio::test]
async fn an_oversized_length_is_refused_before_the_body_comes() {
    let server = Server::start().await;
    let head = format!(
        "POST {DECIDE} HTTP/1.1\r\nhost: x\r\ncontent-type: application/proto\r\ncontent-length: 99999999999\r\n\r\n"
    );
    let answer = raw(server.address, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
}

#[tokio::test]
async fn chunked_bodies() {
    let server = Server::start().await;
    let head = format!(
        "POST {DECIDE} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let answer = raw(
        server.address,
        format!("{head}1\r\n{{\r\n1\r\n}}\r\n0\r\n\r\n").as_bytes(),
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let answer = raw(server.address, format!("{head}zz\r\n").as_bytes()).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
        "{answer}"
    );

    let server = Server::with(config().max_body_bytes(100)).await;
    let endless = format!("{head}{}", "a\r\n          \r\n".repeat(20));
    let answer = raw(server.address, endless.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
}

#[tokio::test]
async fn gzip_bombs() {
    let server = Server::start().await;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..64 {
        encoder.write_all(&[b' '; 1 << 20]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 100_000);
    let mut request = post(Version::HTTP_2, DECIDE, "application/json", bomb);
    request
        .headers_mut()
        .insert("content-encoding", HeaderValue::from_static("gzip"));
    assert_exhausted(&send(server.address, request).await);
    still_serves(&server).await;
}

#[tokio::test]
async fn bodies_together_are_bounded() {
    let server = Server::with(config().max_buffered_bytes(10)).await;
    assert_exhausted(&send(server.address, json(DECIDE, "{            }")).await);
    assert_eq!(
        send(server.address, json(DECIDE, "{}")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn slow_bodies_are_cut_off() {
    let server = Server::with(config().request_timeout(Duration::from_millis(20))).await;
    let head = format!(
        "POST {DECIDE} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{"
    );
    let answer = raw(server.address, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    assert!(answer.contains("deadline_exceeded"), "{answer}");
}

#[tokio::test]
async fn ten_thousand_headers() {
    let server = Server::start().await;
    let mut head = format!("POST {DECIDE} HTTP/1.1\r\nhost: x\r\n");
    for number in 0..10_000 {
        head += &format!("x-{number}: 1\r\n");
    }
    // The server stops reading, so writing may fail; its answer is what counts.
    let answer = raw_head(&server, &format!("{head}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");

    let mut request = json(DECIDE, "{}");
    for number in 0..200 {
        let name = HeaderName::try_from(format!("x-{number}")).unwrap();
        request.headers_mut().insert(name, HeaderValue::from_static("1"));
    }
    assert_eq!(
        send(server.address, request).await.status,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    );

    let mut request = post(Version::HTTP_2, DECIDE, "application/json", "{}");
    for number in 0..10_000 {
        let name = HeaderName::try_from(format!("x-{number}")).unwrap();
        request.headers_mut().insert(name, HeaderValue::from_static("1"));
    }
    // An error of the connection is as good as the status: no server has to read 10,000 headers to be polite.
    if let Ok(response) = try_send(server.address, request).await {
        assert_eq!(response.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    still_serves(&server).await;
}

async fn raw_head(server: &Server, head: &str) -> String {
    let (mut reader, mut writer) = TcpStream::connect(server.address).await.unwrap().into_split();
    let head = head.as_bytes().to_vec();
    let writing = tokio::spawn(async move { writer.write_all(&head).await.map(|()| writer) });
    let mut answer = vec![0; 12];
    reader.read_exact(&mut answer).await.unwrap();
    let _ = writing.await.unwrap();
    String::from_utf8(answer).unwrap() + " "
}

#[tokio::test]
async fn what_is_no_http() {
    let server = Server::start().await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n\0\0\0\0\0",
    ] {
        let answer = raw(server.address, bytes).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    still_serves(&server).await;
}

#[tokio::test]
async fn a_client_that_leaves_costs_nothing() {
    let server = Server::start().await;
    for part in [
        "",
        "P",
        "PRI * HT",
        "POST / HTTP/1.1\r\nhost:",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(part.as_bytes()).await.unwrap();
    }
    still_serves(&server).await;
    // None of the abandoned connections keeps the server from ending.
    server.shut_down().await.unwrap().unwrap();
}

#[tokio::test]
async fn more_connections_than_allowed_wait_their_turn() {
    let server = Server::with(config().max_connections(1)).await;
    let holding = TcpStream::connect(server.address).await.unwrap();
    let waiting = tokio::spawn(send(server.address, json(DECIDE, "{}")));
    drop(holding);
    assert_eq!(waiting.await.unwrap().status, StatusCode::OK);
}

#[tokio::test]
async fn a_message_of_many_small_parts() {
    let server = Server::start().await;
    // Two bytes each: a rule without a value.
    let rules = [0x2a, 0].repeat(1 << 19);
    let answer = send(
        server.address,
        post(Version::HTTP_2, DECIDE, "application/proto", rules),
    )
    .await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::BAD_REQUEST, "invalid_argument")
    );
    still_serves(&server).await;
}

#[tokio::test]
async fn a_request_of_odd_values_gets_a_decision() {
    let server = Server::start().await;
    for ip in [
        "",
        "not an address",
        "::ffff:1.2.3.4",
        "256.256.256.256",
        "\u{0}\u{202e}",
    ] {
        let request = decide(ip, vec![fixed_window(1), deny_bots(&["NO_SUCH_BOT"])]);
        let answer = send(server.address, proto(DECIDE, &request)).await;
        assert_eq!(answer.decision().rule_results.len(), 2, "{ip:?}");
    }
    let empty = send(server.address, proto(DECIDE, &DecideRequest::default())).await;
    assert!(empty.decision().rule_results.is_empty());
    let get = Request::get("/healthz").body(Full::default()).unwrap();
    assert_eq!(send(server.address, get).await.status, StatusCode::OK);
}
