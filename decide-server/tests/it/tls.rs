//! TLS on the port: what is spoken, who is let in, and certificates that change.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arcjet_decide_server::{ClientCertificates, Tls, TlsConfig, TlsError};
use http::{StatusCode, Version};
use http_body_util::BodyExt as _;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::certificates::{Authority, Pair, client_config};
use crate::client::{DECIDE, post, raw};
use crate::server::{Server, config};

const HTTP_1: &[&str] = &["http/1.1"];
const HTTP_2: &[&str] = &["h2"];

fn tls(pair: &Pair) -> TlsConfig {
    TlsConfig::new(&pair.certificate, &pair.key)
}

async fn start(tls: &Tls) -> Server {
    Server::with(config().tls(tls.clone())).await
}

async fn connect(address: SocketAddr, config: Arc<ClientConfig>) -> io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(config).connect(name, stream).await
}

/// Asks for a decision over a connection of its own, by whichever HTTP was agreed on.
async fn ask(
    address: SocketAddr,
    config: Arc<ClientConfig>,
) -> Result<StatusCode, Box<dyn std::error::Error>> {
    let stream = connect(address, config).await?;
    let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let io = TokioIo::new(stream);
    let response = if http2 {
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await?;
        tokio::spawn(connection);
        let request = post(Version::HTTP_2, DECIDE, "application/json", "{}");
        sender.send_request(request).await?
    } else {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
        tokio::spawn(connection);
        let request = post(Version::HTTP_11, DECIDE, "application/json", "{}");
        sender.send_request(request).await?
    };
    let status = response.status();
    response.into_body().collect().await?;
    Ok(status)
}

/// The certificate that a server shows.
async fn shown(address: SocketAddr, config: Arc<ClientConfig>) -> Vec<u8> {
    let stream = connect(address, config).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

#[tokio::test]
async fn both_versions_of_http_are_agreed_on_or_found_out() {
    let authority = Authority::new();
    let server = start(&tls(&authority.server("server")).load().unwrap()).await;
    for (offered, agreed) in [
        (HTTP_2, Some(&b"h2"[..])),
        (HTTP_1, Some(b"http/1.1")),
        (&["h2", "http/1.1"], Some(b"h2")),
        (&[], None),
    ] {
        let client = client_config(&authority, None, offered);
        let stream = connect(server.address, Arc::clone(&client)).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), agreed, "{offered:?}");
        assert_eq!(ask(server.address, client).await.unwrap(), 200, "{offered:?}");
    }
    assert!(
        connect(server.address, client_config(&authority, None, &["h3"]))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_server_of_another_authority_is_not_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = start(&tls(&authority.server("server")).load().unwrap()).await;
    let error = ask(server.address, client_config(&other, None, HTTP_2))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    // One client's distrust is nobody else's trouble.
    let trusted = ask(server.address, client_config(&authority, None, HTTP_2)).await;
    assert_eq!(trusted.unwrap(), 200);
}

#[tokio::test]
async fn clients_show_certificates_where_they_must() {
    let (authority, other) = (Authority::new(), Authority::new());
    let pair = authority.server("server");
    let (known, stranger) = (authority.client("client"), other.client("client"));
    for (required, whether) in [
        (true, ClientCertificates::Required),
        (false, ClientCertificates::Optional),
    ] {
        let tls = tls(&pair)
            .client_ca(authority.file())
            .client_certificates(whether);
        let server = start(&tls.load().unwrap()).await;
        for (certificate, enters) in [(Some(&known), true), (Some(&stranger), false), (None, !required)] {
            for protocol in [HTTP_1, HTTP_2] {
                let client = client_config(&authority, certificate, protocol);
                let answer = ask(server.address, client).await;
                assert_eq!(answer.is_ok(), enters, "{required} {enters} {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn plain_text_is_told_what_to_do() {
    let authority = Authority::new();
    let server = start(&tls(&authority.server("server")).load().unwrap()).await;
    let answer = raw(server.address, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(
        answer.starts_with("HTTP/1.1 400 ") && answer.contains("use https://"),
        "{answer}"
    );
    let length = answer
        .split_once("content-length: ")
        .unwrap()
        .1
        .lines()
        .next()
        .unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    assert_eq!(length.parse::<usize>().unwrap(), body.len());
}

#[tokio::test]
async fn handshakes_that_do_not_end_are_cut_off() {
    let authority = Authority::new();
    let tls = tls(&authority.server("server"))
        .handshake_timeout(Duration::from_millis(50))
        .max_handshakes(1);
    let server = start(&tls.load().unwrap()).await;
    for beginning in [&b""[..], b"\x16\x03\x01\x02\x00\x01"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(beginning).await.unwrap();
        let mut answer = Vec::new();
        // Ends, or is reset, without an answer.
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty(), "{answer:?}");
    }
    let unfinished = {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"\x16\x03\x01\x02\x00\x01").await.unwrap();
        stream
    };
    // The only place is taken, so this one waits, in vain or not; afterwards there is room again.
    let _ = ask(server.address, client_config(&authority, None, HTTP_2)).await;
    drop(unfinished);
    let answered = async {
        while ask(server.address, client_config(&authority, None, HTTP_2))
            .await
            .is_err()
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), answered)
        .await
        .unwrap();
}

#[tokio::test]
async fn reloading_concerns_new_connections_only() {
    let authority = Authority::new();
    let loaded = tls(&authority.server("server")).load().unwrap();
    let server = start(&loaded).await;
    let client = client_config(&authority, None, HTTP_1);
    let before = shown(server.address, Arc::clone(&client)).await;
    let stream = connect(server.address, Arc::clone(&client)).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);

    authority.server("server");
    loaded.reload().unwrap();
    // The same client: were sessions of the old certificate resumed, it would be shown again.
    let after = shown(server.address, Arc::clone(&client)).await;
    assert_ne!(before, after);
    let request = post(Version::HTTP_11, DECIDE, "application/json", "{}");
    assert_eq!(sender.send_request(request).await.unwrap().status(), 200);

    // What cannot be used changes nothing.
    fs::write(authority.directory().join("server.pem"), "-----BEGIN nonsense").unwrap();
    let error = loaded.reload().unwrap_err();
    assert!(matches!(error, TlsError::Malformed { .. }), "{error}");
    assert_eq!(shown(server.address, client).await, after);
}

#[tokio::test]
async fn changed_files_are_noticed() {
    let authority = Authority::new();
    let config = tls(&authority.server("server")).check_interval(Duration::from_millis(1));
    let server = start(&config.load().unwrap()).await;
    let client = client_config(&authority, None, HTTP_2);
    let before = shown(server.address, Arc::clone(&client)).await;
    let pair = authority.server("server");
    let noticed = async {
        while shown(server.address, Arc::clone(&client)).await == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), noticed)
        .await
        .unwrap();
    // A look between the two writes sees a key that does not fit; the next look must put it right.
    let current = fs::read_to_string(pair.certificate).unwrap();
    let current = rustls::pki_types::pem::PemObject::from_pem_slice(current.as_bytes());
    let current: rustls::pki_types::CertificateDer<'_> = current.unwrap();
    assert_eq!(shown(server.address, client).await, current.to_vec());
}

#[test]
fn faults_name_the_file() {
    let authority = Authority::new();
    let (pair, other) = (authority.server("server"), authority.server("other"));
    let expired = authority.expired_server("expired");
    let nonsense = authority.directory().join("nonsense.pem");
    fs::write(&nonsense, "nonsense").unwrap();
    let missing = authority.directory().join("missing.pem");
    for (config, part) in [
        (TlsConfig::new(&missing, &pair.key), "cannot read"),
        (
            TlsConfig::new(&nonsense, &pair.key),
            "nonsense.pem holds no certificate",
        ),
        (
            TlsConfig::new(&pair.certificate, &nonsense),
            "nonsense.pem holds no private key",
        ),
        (
            TlsConfig::new(&pair.certificate, &other.key),
            "other.key cannot be used together",
        ),
        (tls(&expired), "expired.pem has expired"),
        (tls(&pair).client_ca(&missing), "missing.pem"),
        (
            tls(&pair).client_ca(&nonsense),
            "nonsense.pem holds no certificate",
        ),
    ] {
        let error = config.load().unwrap_err().to_string();
        assert!(error.contains(part), "{part} is not in {error}");
    }
}
