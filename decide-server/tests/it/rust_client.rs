//! Our own client against the program: shared limits, what it tells the server, and life without one.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arcjet_engine::wire::v1alpha1::{DecideRequest, DecideResponse};
use arcjet_engine::{
    Arcjet, ArcjetBuilder, Conclusion, Decision, DetectBot, ErrorSource, FailPolicy, FixedWindow, Reason,
    RequestDetails, RuleState, SlidingWindow,
};
use http_body_util::BodyExt as _;
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message as _;
use tokio::net::TcpListener;

use crate::program::Program;

const DAY: Duration = Duration::from_secs(86_400);
const BROWSER: &[u8] = b"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

fn client(address: SocketAddr) -> ArcjetBuilder {
    Arcjet::builder()
        .decide_at(format!("http://{address}"), "ajkey_rust")
        .decide_timeout(Duration::from_secs(10))
}

fn request(user_agent: &[u8]) -> RequestDetails {
    RequestDetails::builder("GET", "/private/path")
        .host("example.com")
        .query("token=secret")
        .headers([
            ("user-agent", user_agent),
            ("cookie", &b"session=secret; theme=dark"[..]),
            ("authorization", b"Bearer secret"),
        ])
        .peer([203, 0, 113, 7].into())
        .build()
        .with_characteristic("userId", "u1")
        .with_characteristic("other", "secret")
}

fn error_source(decision: &Decision) -> Option<ErrorSource> {
    match decision.reason() {
        Reason::Error(error) => Some(error.source),
        _ => None,
    }
}

/// Judges until a decision is as wanted, which takes as long as connecting takes.
async fn until(arcjet: &Arcjet, wanted: impl Fn(&Decision) -> bool) {
    let judged = async {
        while !wanted(&arcjet.protect(&request(BROWSER)).await) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), judged)
        .await
        .expect("no decision as wanted in 30 seconds");
}

#[tokio::test]
async fn clients_share_the_limits_of_a_server() {
    let server = Program::start(|_| {});
    let clients = [(); 2].map(|()| {
        client(server.address)
            .rule(FixedWindow::new(3, DAY))
            .build()
            .unwrap()
    });
    let mut remaining = Vec::new();
    for client in [0, 1, 0, 1] {
        let decision = clients[client].protect(&request(BROWSER)).await;
        assert_eq!(decision.is_denied(), remaining.len() == 3, "{decision:?}");
        assert!(!decision.id().is_local());
        remaining.push(decision.rate_limits().next().unwrap().remaining);
    }
    assert_eq!(remaining, [2, 1, 0, 0]);
    // The denial is remembered: this one the server doesn't see.
    let decision = clients[1].protect(&request(BROWSER)).await;
    assert!(decision.is_denied() && decision.id().is_local());
    assert_eq!(decision.results()[0].state(), RuleState::Cached);
    assert_eq!(
        server
            .counter("arcjet_decide_requests_total", &["Decide", "grpc"])
            .await,
        4
    );
}

#[tokio::test]
async fn local_denials_are_reported_and_ask_nothing() {
    let server = Program::start(|_| {});
    let arcjet = client(server.address)
        .rule(DetectBot::deny(["CURL"]))
        .rule(FixedWindow::new(3, DAY))
        .build()
        .unwrap();
    let decision = arcjet.protect(&request(b"curl/8.5.0")).await;
    assert!(decision.is_denied() && decision.reason().is_bot() && decision.id().is_local());
    assert_eq!(decision.results()[0].state(), RuleState::NotRun);
    let reported = async {
        while server
            .counter("arcjet_decide_requests_total", &["Report", "grpc", "ok"])
            .await
            == 0
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), reported)
        .await
        .expect("no report in 30 seconds");
    assert_eq!(
        server.counter("arcjet_decide_requests_total", &["Decide"]).await,
        0
    );
}

#[tokio::test]
async fn only_what_the_rules_read_leaves_the_process() {
    let (address, seen) = recorder().await;
    let arcjet = client(address)
        .rule(DetectBot::deny(["CURL"]))
        .rule(FixedWindow::new(3, DAY).characteristics(["userId", "http.request.headers[\"user-agent\"]"]))
        .build()
        .unwrap();
    // The recorder's answer holds no results, which is nonsense, and allowed.
    let decision = arcjet.protect(&request(BROWSER)).await;
    assert_eq!(
        (decision.is_allowed(), error_source(&decision)),
        (true, Some(ErrorSource::Decider))
    );
    let sent = seen.lock().unwrap().pop().unwrap();
    let details = sent.details.clone().unwrap();
    assert_eq!(details.ip, "203.0.113.7");
    assert_eq!(
        details.extra.into_iter().collect::<Vec<_>>(),
        [("userId".to_owned(), "u1".to_owned())]
    );
    assert_eq!(details.headers.keys().collect::<Vec<_>>(), ["user-agent"]);
    assert_eq!(sent.rules.len(), 1, "the bot rule was judged here");
    assert!(!format!("{sent:?}").contains("secret"), "{sent:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_and_comes_back_fails_no_request() {
    let server = Program::start(|_| {});
    let address = server.address;
    let arcjet = client(address)
        .rule(SlidingWindow::new(u32::MAX, DAY))
        .build()
        .unwrap();
    until(&arcjet, |decision| !decision.is_errored()).await;

    // Load that goes on while the server dies and comes back.
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let load: Vec<_> = (0..8)
        .map(|_| {
            let (arcjet, stopped) = (arcjet.clone(), stopped.clone());
            tokio::spawn(async move {
                let mut refused = 0;
                while !*stopped.borrow() {
                    refused += u32::from(arcjet.protect(&request(BROWSER)).await.is_denied());
                    tokio::task::yield_now().await;
                }
                refused
            })
        })
        .collect();
    drop(server);
    until(&arcjet, |decision| {
        error_source(decision) == Some(ErrorSource::Decider)
    })
    .await;
    let server = Program::start(|command| {
        command.env("ARCJET_DECIDE_LISTEN", address.to_string());
    });
    until(&arcjet, |decision| {
        decision.conclusion() == Conclusion::Allow && !decision.id().is_local()
    })
    .await;
    stop.send(true).unwrap();
    for task in load {
        assert_eq!(task.await.unwrap(), 0, "requests were refused");
    }
    drop(server);
}

#[cfg(unix)]
#[tokio::test]
async fn a_frozen_server_costs_a_deadline_and_then_nothing() {
    let server = Program::start(|_| {});
    let arcjet = client(server.address)
        .decide_timeout(Duration::from_millis(50))
        .rule(SlidingWindow::new(u32::MAX, DAY))
        .build()
        .unwrap();
    until(&arcjet, |decision| !decision.is_errored()).await;
    let message = |decision: &Decision| match decision.reason() {
        Reason::Error(error) => error.message.clone(),
        reason => format!("{reason:?}"),
    };
    server.signal("-STOP");
    until(&arcjet, |decision| {
        message(decision).contains("did not answer within 50ms")
    })
    .await;
    // After a few of those the connection counts as broken, and nobody waits for it any more.
    until(&arcjet, |decision| message(decision).contains("can't be reached")).await;
    server.signal("-CONT");
    until(&arcjet, |decision| !decision.is_errored()).await;
}

#[tokio::test]
async fn failures_follow_the_policy() {
    // Nobody listens on a port that was just free.
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    for (policy, denied) in [(FailPolicy::Open, false), (FailPolicy::Closed, true)] {
        let arcjet = client(address)
            .fail_policy(policy)
            .rule(FixedWindow::new(1, DAY))
            .build()
            .unwrap();
        let decision = arcjet.protect(&request(BROWSER)).await;
        assert_eq!(
            (decision.conclusion(), decision.is_denied()),
            (Conclusion::Error, denied)
        );
        assert_eq!(error_source(&decision), Some(ErrorSource::Decider));
        // Bots are still judged: that needs no server.
        let arcjet = arcjet.with_rule(DetectBot::deny(["CURL"])).unwrap();
        assert!(arcjet.protect(&request(b"curl/8.5.0")).await.reason().is_bot());
    }
}

#[tokio::test]
async fn a_refused_key_is_said_so() {
    let server = Program::start(|command| {
        command.env("ARCJET_DECIDE_KEYS", "ajkey_other");
    });
    let arcjet = client(server.address)
        .rule(FixedWindow::new(1, DAY))
        .build()
        .unwrap();
    let decision = arcjet.protect(&request(BROWSER)).await;
    let Reason::Error(error) = decision.reason() else {
        panic!("{decision:?}")
    };
    assert!(error.message.contains("refused the key"), "{error}");
}

#[test]
fn a_runtime_is_needed() {
    let error = Arcjet::builder()
        .decide_at("http://127.0.0.1:1", "k")
        .build()
        .unwrap_err();
    assert_eq!(error.field(), "decide_at");
    assert!(error.accepted().contains("Tokio runtime"));
}

/// A server that records what it is asked, and answers with a decision that holds nothing.
async fn recorder() -> (SocketAddr, Arc<Mutex<Vec<DecideRequest>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&seen);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = hyper::service::service_fn(move |request: http::Request<hyper::body::Incoming>| {
            let record = Arc::clone(&record);
            async move {
                let body = request.into_body().collect().await?.to_bytes();
                // A gRPC message has five bytes in front: a flag and the length.
                record
                    .lock()
                    .unwrap()
                    .push(DecideRequest::decode(body.slice(5..)).unwrap());
                let answer = DecideResponse {
                    decision: Some(Default::default()),
                    ..Default::default()
                };
                let message = answer.encode_to_vec();
                let mut body = vec![0];
                body.extend_from_slice(&(message.len() as u32).to_be_bytes());
                body.extend_from_slice(&message);
                let trailers = http::HeaderMap::from_iter([(
                    http::HeaderName::from_static("grpc-status"),
                    http::HeaderValue::from_static("0"),
                )]);
                let body = http_body_util::Full::new(bytes::Bytes::from(body));
                let body = body.with_trailers(async move { Some(Ok(trailers)) });
                let response = http::Response::builder()
                    .header("content-type", "application/grpc")
                    .body(body);
                Ok::<_, hyper::Error>(response.unwrap())
            }
        });
        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), service)
            .await
    });
    (address, seen)
}
