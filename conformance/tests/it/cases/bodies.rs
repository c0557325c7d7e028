//! Rules that read bodies, and handlers that get them nevertheless.

use std::time::Duration;

use arcjet_engine::{FailPolicy, Shield};
use bytes::Bytes;
use conformance::{App, Framework};
use hyper::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{arcjet, clock, no_curl};
use crate::client::{Asking, CURL, FIREFOX, FORM, PATIENCE, Protocol, fed};

/// More than the 14 bytes that Rocket waits for by itself.
const HALF: &str = "comment=half+a+word";
const ATTACK: &str = "comment=%3Cscript%3Ealert(document.cookie)%3C/script%3E";

pub(crate) async fn an_attack_in_a_body_is_denied<F: Framework>(protocol: Protocol) {
    let asking = shielded::<F>(Shield::new(), protocol).await;
    let answer = asking.ask(Method::POST, "/echo", &[FIREFOX, FORM], ATTACK).await;
    assert_eq!(answer.status, 403);
    assert_eq!(asking.app.seen.requests(), 0);
}

pub(crate) async fn an_attack_deep_in_a_body_is_denied_as_far_as_the_adapter_sees<F: Framework>(
    protocol: Protocol,
) {
    const DEPTH: usize = 20_000;
    let asking = shielded::<F>(Shield::new(), protocol).await;
    let body = format!("{}&{ATTACK}", "a".repeat(DEPTH));
    let answer = asking.ask(Method::POST, "/count", &[FIREFOX, FORM], &body).await;
    let expected = if F::BODY_WINDOW > DEPTH + ATTACK.len() {
        403
    } else {
        200
    };
    assert_eq!(answer.status, expected);
}

pub(crate) async fn a_body_arrives_whole<F: Framework>(protocol: Protocol) {
    let asking = shielded::<F>(Shield::new(), protocol).await;
    for length in [0, 1, 511, 512, 513, 8_000, 300_000] {
        let body = "harmless+words+".chars().cycle().take(length).collect::<String>();
        let answer = asking.ask(Method::POST, "/echo", &[FIREFOX, FORM], &body).await;
        assert!(
            answer.status == 200 && answer.body == body,
            "{length}: {}",
            answer.status
        );
    }
}

pub(crate) async fn what_no_rule_reads_is_not_searched<F: Framework>(protocol: Protocol) {
    let asking = shielded::<F>(Shield::new().body_limit(0), protocol).await;
    let answer = asking.ask(Method::POST, "/echo", &[FIREFOX, FORM], ATTACK).await;
    assert_eq!((answer.status, &*answer.body), (200, ATTACK));
}

pub(crate) async fn a_body_that_breaks_off_harms_nobody<F: Framework>(protocol: Protocol) {
    let asking = shielded::<F>(Shield::new(), protocol).await;
    let (sender, body) = fed(2);
    sender
        .send(Ok(Bytes::from_static(b"comment=half")))
        .await
        .unwrap();
    sender
        .send(Err(std::io::ErrorKind::ConnectionReset.into()))
        .await
        .unwrap();
    let exchange = asking.exchange(Method::POST, "/count", &[FIREFOX, FORM], body);
    // Whether there is an answer depends on who notices first.
    let _ = timeout(PATIENCE, exchange).await.expect("the end in time");
    assert_eq!(asking.get("/").await.status, 200);
}

pub(crate) async fn a_body_that_is_late_follows_the_policy<F: Framework>(protocol: Protocol) {
    for (policy, status) in [(FailPolicy::Open, 200), (FailPolicy::Closed, 403)] {
        let arcjet = arcjet(&clock())
            .rule(Shield::new())
            .fail_policy(policy)
            .body_deadline(Duration::from_millis(20))
            .build()
            .unwrap();
        let asking = Asking::serve::<F>(App::new(arcjet), protocol).await;
        let (sender, body) = fed(1);
        sender
            .send(Ok(Bytes::from_static(HALF.as_bytes())))
            .await
            .unwrap();
        let answer = asking.send(Method::POST, "/echo", &[FIREFOX, FORM], body).await;
        assert_eq!(answer.response.status(), status, "{policy:?}");
        if policy == FailPolicy::Open {
            sender.send(Ok(Bytes::from_static(b"+and+half"))).await.unwrap();
            drop(sender);
            assert_eq!(answer.read().await.body, format!("{HALF}+and+half"));
        }
    }
}

/// Only over HTTP/1.1, where the answer is read byte by byte: whether a body is asked for before the head is judged.
pub(crate) async fn a_denied_request_is_not_asked_for_its_body<F: Framework>(protocol: Protocol) {
    let arcjet = arcjet(&clock())
        .rule(Shield::new())
        .rule(no_curl())
        .build()
        .unwrap();
    let asking = Asking::serve::<F>(App::new(arcjet), protocol).await;
    // A framework that asks first is told no all the same, and its handler is left alone.
    let denied = if F::ASKS_FOR_BODIES_FIRST { "100" } else { "403" };
    for ((_, user_agent), status, last) in [(CURL, denied, "403"), (FIREFOX, "100", "200")] {
        let mut stream = TcpStream::connect(asking.address()).await.unwrap();
        let head = format!(
            "POST /echo HTTP/1.1\r\nhost: x\r\nuser-agent: {user_agent}\r\ncontent-type: text/plain\r\n\
             content-length: 4\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut line = [0; 12];
        let reading = timeout(PATIENCE, stream.read_exact(&mut line));
        reading.await.expect("an answer in time").unwrap();
        assert_eq!(String::from_utf8_lossy(&line), format!("HTTP/1.1 {status}"));
        if status == "100" {
            stream.write_all(b"body").await.unwrap();
            let mut answer = String::new();
            let reading = timeout(PATIENCE, stream.read_to_string(&mut answer));
            reading.await.expect("an answer in time").unwrap();
            let body = if last == "200" { "body" } else { "refused" };
            assert!(
                answer.contains(&format!("HTTP/1.1 {last}")) && answer.contains(body),
                "{answer}"
            );
        }
    }
    assert_eq!(asking.app.seen.requests(), 1);
}

async fn shielded<F: Framework>(shield: Shield, protocol: Protocol) -> Asking {
    let app = App::new(arcjet(&clock()).rule(shield).build().unwrap());
    Asking::serve::<F>(app, protocol).await
}
