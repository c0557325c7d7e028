//! One file over HTTP or HTTPS.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::header::{HOST, LOCATION, USER_AGENT};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The most bytes of a file, as sent and unpacked. The largest known source has 35 MB.
const LARGEST: usize = 256 << 20;
/// How long a download may take.
const TIMEOUT: Duration = Duration::from_secs(300);
/// How often a server may send us on.
const MOST_REDIRECTS: usize = 5;
const AGENT: &str = concat!("arcjet-decide/", env!("CARGO_PKG_VERSION"));

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a file did not arrive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// There is no connection, or it broke.
    #[error("{0}")]
    Connection(#[source] BoxError),
    /// The server answered, but not with a file.
    #[error("the server answered {0}")]
    Status(StatusCode),
    /// The server sent us on, and on.
    #[error("more than {MOST_REDIRECTS} redirects, or one to where nothing can be downloaded")]
    Redirects,
    /// The file has no end.
    #[error("it is larger than {} MB", LARGEST >> 20)]
    TooLarge,
    /// It took too long.
    #[error("it took longer than {} s", TIMEOUT.as_secs())]
    TimedOut,
}

fn connection(error: impl Into<BoxError>) -> DownloadError {
    DownloadError::Connection(error.into())
}

/// Downloads a file, and unpacks it if it is packed with gzip.
pub(super) async fn get(url: &Uri) -> Result<Vec<u8>, DownloadError> {
    tokio::time::timeout(TIMEOUT, follow(url.clone()))
        .await
        .unwrap_or(Err(DownloadError::TimedOut))
}

async fn follow(mut url: Uri) -> Result<Vec<u8>, DownloadError> {
    for _ in 0..=MOST_REDIRECTS {
        let response = ask(&url).await?;
        if response.status().is_redirection() {
            url = next(&url, &response).ok_or(DownloadError::Redirects)?;
            continue;
        }
        if response.status() != StatusCode::OK {
            return Err(DownloadError::Status(response.status()));
        }
        let body = Limited::new(response.into_body(), LARGEST).collect().await;
        let body = body.map_err(|error| match error.is::<LengthLimitError>() {
            true => DownloadError::TooLarge,
            false => connection(error),
        })?;
        return tokio::task::spawn_blocking(move || unpack(body.to_bytes()))
            .await
            .map_err(connection)?;
    }
    Err(DownloadError::Redirects)
}

/// Where a server sends us, unless that is from HTTPS to HTTP.
fn next(url: &Uri, response: &Response<Incoming>) -> Option<Uri> {
    let location: Uri = response.headers().get(LOCATION)?.to_str().ok()?.parse().ok()?;
    let mut parts = location.into_parts();
    if parts.authority.is_none() {
        parts.scheme = url.scheme().cloned();
        parts.authority = url.authority().cloned();
    }
    let next = Uri::from_parts(parts).ok()?;
    match (url.scheme_str(), next.scheme_str()) {
        (_, Some("https")) | (Some("http"), Some("http")) => Some(next),
        _ => None,
    }
}

fn unpack(content: Bytes) -> Result<Vec<u8>, DownloadError> {
    if !content.starts_with(&[0x1f, 0x8b]) {
        return Ok(content.into());
    }
    let mut unpacked = Vec::new();
    let mut unpacker = MultiGzDecoder::new(&*content).take(LARGEST as u64 + 1);
    unpacker.read_to_end(&mut unpacked).map_err(connection)?;
    if unpacked.len() > LARGEST {
        return Err(DownloadError::TooLarge);
    }
    Ok(unpacked)
}

async fn ask(url: &Uri) -> Result<Response<Incoming>, DownloadError> {
    let host = url.host().unwrap_or_default();
    // Brackets belong to the URL's form of an IPv6 address, not to the address.
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_tls = url.scheme_str() == Some("https");
    let port = url.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let stream = TcpStream::connect((address, port)).await.map_err(connection)?;
    if !is_tls {
        return send(url, stream).await;
    }
    let name = ServerName::try_from(address.to_owned()).map_err(connection)?;
    let stream = tls()?.connect(name, stream).await.map_err(connection)?;
    send(url, stream).await
}

/// TLS with the system's certificates.
fn tls() -> Result<TlsConnector, DownloadError> {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        return Err(connection(
            "the system has no certificates of authorities (package ca-certificates)",
        ));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(connection)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config).into())
}

async fn send(
    url: &Uri,
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) -> Result<Response<Incoming>, DownloadError> {
    let (mut sender, driver) = http1::handshake(TokioIo::new(stream)).await.map_err(connection)?;
    // It ends with the body, or when the body is dropped.
    tokio::spawn(driver);
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let host = url.authority().map_or("", |authority| authority.as_str());
    let request = Request::get(path)
        .header(HOST, host)
        .header(USER_AGENT, AGENT)
        .body(Empty::<Bytes>::new())
        .map_err(connection)?;
    sender.send_request(request).await.map_err(connection)
}
