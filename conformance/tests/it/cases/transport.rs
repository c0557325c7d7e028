//! Streams pass as if no middleware were there.

use arcjet_engine::Shield;
use bytes::Bytes;
use conformance::{App, FIRST_EVENT, Framework};
use http_body_util::{BodyExt as _, Empty};
use hyper::Method;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::{arcjet, clock, no_curl, per_minute};
use crate::client::{Asking, FIREFOX, PATIENCE, Protocol, fed, never};

async fn protected<F: Framework>(protocol: Protocol) -> Asking {
    let arcjet = arcjet(&clock())
        .rule(Shield::new())
        .rule(no_curl())
        .rule(per_minute(100))
        .build()
        .unwrap();
    Asking::serve::<F>(App::new(arcjet), protocol).await
}

/// How much is uploaded; 256 MiB unless the environment says otherwise.
fn upload_size() -> u64 {
    std::env::var("ARCJET_UPLOAD_BYTES").map_or(256 << 20, |bytes| bytes.parse().expect("a number of bytes"))
}

/// What is on its way between client and handler at most: buffers of both sockets, of both sides' protocol, and the window.
const MOST_UNDERWAY: u64 = 32 << 20;

pub(crate) async fn large_uploads_stream<F: Framework>(protocol: Protocol) {
    let asking = protected::<F>(protocol).await;
    let piece = Bytes::from(vec![b'a'; 64 << 10]);
    let pieces = upload_size() / piece.len() as u64;
    let (sender, body) = fed(1);
    let seen = asking.app.seen.clone();
    let feed = tokio::spawn(async move {
        let mut most_underway = 0;
        for sent in 1..=pieces {
            sender.send(Ok(piece.clone())).await.unwrap();
            most_underway = most_underway.max((sent * piece.len() as u64).saturating_sub(seen.bytes()));
        }
        most_underway
    });
    let upload = asking.exchange(Method::POST, "/count", &[FIREFOX], body);
    let answer = timeout(PATIENCE * 10, upload)
        .await
        .expect("an answer in time")
        .unwrap()
        .read()
        .await;
    assert_eq!(answer.body, (pieces * (64 << 10)).to_string());
    let most_underway = feed.await.unwrap();
    assert!(
        most_underway <= MOST_UNDERWAY,
        "{most_underway} bytes were held back"
    );
}

pub(crate) async fn uploads_begin_before_they_end<F: Framework>(protocol: Protocol) {
    let asking = protected::<F>(protocol).await;
    let (sender, body) = fed(1);
    // More than any rule reads.
    let piece = Bytes::from(vec![b'a'; 1 << 20]);
    sender.send(Ok(piece.clone())).await.unwrap();
    let mut answer = asking.send(Method::POST, "/echo", &[FIREFOX], body).await;
    let mut echoed = 0;
    while echoed < piece.len() {
        echoed += answer.piece().await.len();
    }
    sender.send(Ok(Bytes::from_static(b"end"))).await.unwrap();
    drop(sender);
    assert_eq!(answer.read().await.body, "end");
}

pub(crate) async fn events_arrive_while_the_stream_goes_on<F: Framework>(protocol: Protocol) {
    let asking = protected::<F>(protocol).await;
    let nothing = Empty::new().map_err(never);
    let mut answer = asking
        .send(
            Method::GET,
            "/events",
            &[FIREFOX, ("accept", "text/event-stream")],
            nothing,
        )
        .await;
    assert_eq!(answer.response.headers()["content-type"], "text/event-stream");
    assert_eq!(
        answer.response.headers()["ratelimit"],
        "limit=100, remaining=99, reset=60"
    );
    assert_eq!(answer.piece().await, FIRST_EVENT);
}

pub(crate) async fn connections_upgrade<F: Framework>(protocol: Protocol) {
    let asking = protected::<F>(protocol).await;
    let headers = [FIREFOX, ("connection", "upgrade"), ("upgrade", "websocket")];
    let nothing = Empty::new().map_err(never);
    let answer = asking.send(Method::GET, "/upgrade", &headers, nothing).await;
    assert_eq!(answer.response.status(), 101);
    let upgraded = timeout(PATIENCE, hyper::upgrade::on(answer.response))
        .await
        .expect("an upgrade in time");
    let mut connection = TokioIo::new(upgraded.unwrap());
    for word in [b"ping", b"pong"] {
        connection.write_all(word).await.unwrap();
        let mut echo = [0; 4];
        timeout(PATIENCE, connection.read_exact(&mut echo))
            .await
            .expect("an echo in time")
            .unwrap();
        assert_eq!(&echo, word);
    }
}
