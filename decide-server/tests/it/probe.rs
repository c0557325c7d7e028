//! `arcjet-decide probe` against a server.

use std::process::Output;

use arcjet_decide_server::{Keys, TlsConfig};

use crate::certificates::Authority;
use crate::program::command;
use crate::server::{Server, config};

async fn probe(arguments: &[&str]) -> Output {
    let mut command = command();
    command
        .env("ARCJET_DECIDE_KEYS", "ajkey_one,ajkey_two")
        .arg("probe")
        .args(arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn latencies_are_told_for_both_protocols() {
    let server = Server::with(config().keys(Keys::new(["ajkey_one"]).unwrap())).await;
    for protocol in ["grpc", "connect"] {
        let url = server.url();
        let output = probe(&[
            "--url",
            &url,
            "--protocol",
            protocol,
            "--count",
            "50",
            "--timeout",
            "30s",
        ])
        .await;
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        for part in ["50 calls", "p50", "p99", "max", "verdict  ok"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        let once = probe(&[
            "--url",
            &url,
            "--protocol",
            protocol,
            "--once",
            "--timeout",
            "30s",
        ])
        .await;
        assert!(once.status.success() && String::from_utf8(once.stdout).unwrap().contains("1 calls"));
    }
}

/// A server may know its keys by their hashes only, and then nobody near it has one.
#[tokio::test(flavor = "multi_thread")]
async fn health_is_asked_without_a_key() {
    let server = Server::with(config().keys(Keys::new(["ajkey_other"]).unwrap())).await;
    let arguments = ["--url", &server.url(), "--once", "--timeout", "30s"];
    assert!(!probe(&arguments).await.status.success());
    let health = [&arguments[..], &["--protocol", "health"]].concat();
    let output = probe(&health).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && text.contains("gRPC health, 1 calls"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_named_and_fails_the_probe() {
    let server = Server::with(config().keys(Keys::new(["ajkey_other"]).unwrap())).await;
    let url = server.url();
    for (arguments, part) in [
        (&["--url", &url, "--count", "3"][..], "3 of 3 calls failed"),
        (
            &["--url", &url, "--protocol", "connect", "--once"],
            "1 of 1 calls failed",
        ),
        (
            &["--url", "http://127.0.0.1:1", "--once"],
            "cannot connect to http://127.0.0.1:1",
        ),
        (&["--url", "ftp://127.0.0.1", "--once"], "--url"),
        (&["--url", "http://127.0.0.1/path", "--once"], "--url"),
    ] {
        let output = probe(arguments).await;
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && error.contains(part),
            "{part} is not in {error}"
        );
        assert!(!error.contains("ajkey_"), "{error}");
    }
    let slow = Server::start().await;
    let output = probe(&[
        "--url",
        &slow.url(),
        "--count",
        "3",
        "--max-p99",
        "0ms",
        "--timeout",
        "30s",
    ])
    .await;
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && error.contains("p99 is"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_with_tls() {
    let authority = Authority::new();
    let (pair, shown) = (authority.server("server"), authority.client("client"));
    let tls = TlsConfig::new(&pair.certificate, &pair.key).client_ca(authority.file());
    let server = Server::with(config().tls(tls.load().unwrap())).await;
    let url = format!("https://{}", server.address);
    let (ca, cert, key) = (authority.file(), shown.certificate, shown.key);
    let [ca, cert, key] = [&ca, &cert, &key].map(|path| path.to_str().unwrap());
    let arguments = [
        "--once",
        "--timeout",
        "30s",
        "--url",
        &url,
        "--ca",
        ca,
        "--cert",
        cert,
        "--key",
        key,
    ];
    let output = probe(&arguments).await;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Without its certificate, it is not let in.
    assert!(!probe(&arguments[..7]).await.status.success());
    assert!(!probe(&["--once", "--url", &url]).await.status.success());
}
