//! The server that is probed, and the way there.

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use http::Uri;
use http_body_util::Full;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::ProbeArgs;

/// A connection over which calls are made.
pub(super) type Connection = http2::SendRequest<Full<Bytes>>;

/// Where the server is.
pub(super) struct Target {
    origin: Uri,
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Target {
    pub(super) fn new(args: &ProbeArgs) -> Result<Self, Box<dyn Error>> {
        let fault = |problem: &str| {
            format!(
                "--url {:?}: {problem}; expected http://HOST:PORT or https://HOST:PORT",
                args.url
            )
        };
        let origin: Uri = args.url.parse().map_err(|_| fault("not a URL"))?;
        let secure = match origin.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(fault("no such scheme").into()),
        };
        if origin.path() != "/" || origin.query().is_some() {
            return Err(fault("a path or a query").into());
        }
        let host = origin
            .host()
            .ok_or_else(|| fault("no host"))?
            .trim_matches(['[', ']'])
            .to_owned();
        let port = origin.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let tls = if secure {
            Some(connector(args, &host)?)
        } else {
            None
        };
        Ok(Self {
            origin,
            host,
            port,
            tls,
        })
    }

    pub(super) fn origin(&self) -> &Uri {
        &self.origin
    }

    pub(super) async fn connect(&self) -> Result<Connection, Box<dyn Error>> {
        let stream = TcpStream::connect((&*self.host, self.port)).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            None => http(stream).await,
            Some((connector, name)) => http(connector.connect(name.clone(), stream).await?).await,
        }
    }
}

async fn http(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) -> Result<Connection, Box<dyn Error>> {
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    // What goes wrong with it goes wrong with the calls, which say so.
    tokio::spawn(connection);
    Ok(sender)
}

fn connector(args: &ProbeArgs, host: &str) -> Result<(TlsConnector, ServerName<'static>), Box<dyn Error>> {
    let name = args.server_name.as_deref().unwrap_or(host).to_owned();
    let name = ServerName::try_from(name)?;
    let mut roots = RootCertStore::empty();
    match &args.ca {
        Some(file) => {
            for certificate in
                CertificateDer::pem_file_iter(file).map_err(|error| format!("--ca: {error}"))?
            {
                roots.add(certificate.map_err(|error| format!("--ca: {error}"))?)?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let mut config = match (&args.cert, &args.key) {
        (Some(certificate), Some(key)) => {
            let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate)
                .map_err(|error| format!("--cert: {error}"))?
                .collect();
            let chain = chain.map_err(|error| format!("--cert: {error}"))?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| format!("--key: {error}"))?;
            builder.with_client_auth_cert(chain, key)?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok((TlsConnector::from(Arc::new(config)), name))
}
