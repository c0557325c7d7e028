//! Our own client over TLS, and on connections that end.

use std::fs;
use std::time::{Duration, Instant};

use arcjet_decide_server::{Config, ConnectionConfig, TlsConfig};
use arcjet_engine::{Arcjet, DecideTls, Decision, FixedWindow, Reason, RequestDetails};

use crate::certificates::{Authority, Pair};
use crate::server::{Server, config};

const DAY: Duration = Duration::from_secs(86_400);

fn request() -> RequestDetails {
    RequestDetails::builder("GET", "/")
        .peer([203, 0, 113, 7].into())
        .build()
}

fn client(url: String, tls: DecideTls) -> Arcjet {
    Arcjet::builder()
        .decide_at(url, "ajkey_rust")
        .decide_timeout(Duration::from_secs(20))
        .decide_tls(tls)
        .rule(FixedWindow::new(u32::MAX, DAY))
        .build()
        .unwrap()
}

fn with_tls(config: Config, pair: &Pair, configure: impl FnOnce(TlsConfig) -> TlsConfig) -> Config {
    let tls = TlsConfig::new(&pair.certificate, &pair.key);
    config.tls(configure(tls).load().unwrap())
}

/// Why there is no decision.
fn fault(decision: &Decision) -> String {
    match decision.reason() {
        Reason::Error(error) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_client_and_a_server_that_trust_each_other() {
    let authority = Authority::new();
    let server = Server::with(with_tls(config(), &authority.server("server"), |tls| {
        tls.client_ca(authority.file())
    }))
    .await;
    let pair = authority.client("client");
    let tls = DecideTls::default()
        .certificate_authorities(authority.file())
        .client_certificate(&pair.certificate, &pair.key);
    for url in [
        format!("https://{}", server.address),
        format!("https://localhost:{}", server.address.port()),
    ] {
        let decision = client(url, tls.clone()).protect(&request()).await;
        assert!(decision.is_allowed() && !decision.is_errored(), "{decision:?}");
    }
    // The name that is expected, not the one that is dialled.
    let url = format!("https://{}", server.address);
    let decision = client(url, tls.server_name("localhost"))
        .protect(&request())
        .await;
    assert!(!decision.is_errored(), "{decision:?}");
}

#[tokio::test]
async fn faults_say_what_to_do() {
    let (authority, other) = (Authority::new(), Authority::new());
    let pair = authority.server("server");
    let server = Server::with(with_tls(config(), &pair, |tls| tls)).await;
    let picky = Server::with(with_tls(config(), &pair, |tls| tls.client_ca(authority.file()))).await;
    let plain = Server::start().await;
    let trusting = DecideTls::default().certificate_authorities(authority.file());
    for (server, tls, part) in [
        (
            &server,
            DecideTls::default().certificate_authorities(other.file()),
            "not trusted",
        ),
        // The system knows nothing of the tests' authority.
        (&server, DecideTls::default(), "not trusted"),
        (
            &server,
            trusting.clone().server_name("example.com"),
            "another name",
        ),
        (&plain, trusting.clone(), "does not speak TLS"),
    ] {
        let decision = client(format!("https://{}", server.address), tls)
            .protect(&request())
            .await;
        assert!(decision.is_allowed() && decision.is_errored());
        assert!(
            fault(&decision).contains(part),
            "{part} is not in {}",
            fault(&decision)
        );
    }
    for (server, tls) in [(&picky, trusting), (&plain, DecideTls::default())] {
        let scheme = if server.address == plain.address {
            "http"
        } else {
            "https"
        };
        let decision = client(format!("{scheme}://{}", server.address), tls)
            .protect(&request())
            .await;
        assert_eq!(decision.is_errored(), scheme == "https", "{decision:?}");
    }
}

#[tokio::test]
async fn an_expired_certificate_is_not_trusted() {
    let authority = Authority::new();
    // Our own server would not start with it.
    let pair = authority.expired_server("expired");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = crate::certificates::server_config(&pair);
    tokio::spawn(async move {
        let acceptor = tokio_rustls::TlsAcceptor::from(server);
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let _ = acceptor.accept(stream).await;
        }
    });
    let tls = DecideTls::default().certificate_authorities(authority.file());
    let decision = client(format!("https://{address}"), tls)
        .protect(&request())
        .await;
    assert!(fault(&decision).contains("has expired"), "{}", fault(&decision));
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named_when_the_client_is_built() {
    let authority = Authority::new();
    let pair = authority.client("client");
    let nonsense = authority.directory().join("nonsense.pem");
    fs::write(&nonsense, "nonsense").unwrap();
    let missing = authority.directory().join("missing.pem");
    let trusting = DecideTls::default().certificate_authorities(authority.file());
    for (tls, field) in [
        (
            DecideTls::default().certificate_authorities(&missing),
            "certificate_authorities",
        ),
        (
            DecideTls::default().certificate_authorities(&nonsense),
            "certificate_authorities",
        ),
        (
            trusting.clone().client_certificate(&missing, &pair.key),
            "client_certificate",
        ),
        (
            trusting.clone().client_certificate(&pair.certificate, &nonsense),
            "client_certificate",
        ),
        (trusting.server_name("not a name"), "server_name"),
    ] {
        let built = Arcjet::builder()
            .decide_at("https://localhost:1", "ajkey_rust")
            .decide_tls(tls)
            .build();
        let error = built.unwrap_err();
        assert_eq!(error.field(), format!("decide_tls.{field}"), "{error}");
    }
}

/// Asks over and over from several tasks for this long, and fails with the first request that gets no decision.
async fn ask_for(duration: Duration, client: &Arcjet) -> usize {
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let client = client.clone();
        tasks.spawn(async move {
            let mut asked = 0;
            while started.elapsed() < duration {
                let decision = client.protect(&request()).await;
                assert!(!decision.is_errored(), "{decision:?}");
                asked += 1;
            }
            asked
        });
    }
    tasks.join_all().await.into_iter().sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_grow_old_fail_no_request() {
    let connections = ConnectionConfig::default().max_age(Duration::from_millis(50));
    let authority = Authority::new();
    let secure = with_tls(config(), &authority.server("server"), |tls| tls);
    let tls = DecideTls::default().certificate_authorities(authority.file());
    for (scheme, config) in [("http", config()), ("https", secure)] {
        let server = Server::with(config.connections(connections.clone())).await;
        let client = client(format!("{scheme}://{}", server.address), tls.clone());
        // As long as twenty connections live.
        let asked = ask_for(Duration::from_secs(1), &client).await;
        assert!(asked > 50, "{scheme}: {asked}");
    }
}
