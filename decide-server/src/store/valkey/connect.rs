//! Connections: from an address to something that commands can be sent to.

use std::fs;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arcjet_engine::ConfigError;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, RedisConnectionInfo, Value};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::config::{Address, Credentials, ValkeyConfig};
use super::error::CallError;

/// How long an attempt may take from the first packet to the server's greeting. More than a call's deadline: it is made
/// in the background, and handshakes of TLS take a few round trips.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Commands that wait for the connection's task to write them. Enough for what is in flight at a time; more wait outside.
const QUEUE: usize = 1024;

/// How connections are made.
pub(super) struct Dialer {
    tls: Option<TlsConnector>,
    info: RedisConnectionInfo,
}

/// What does the reading and writing of a connection, until the connection ends or is no longer used.
pub(super) type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Dialer {
    /// For the servers that keep the counts.
    pub(super) fn new(config: &ValkeyConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            tls: tls(config)?,
            info: info(&config.credentials).set_db(config.database.into()),
        })
    }

    /// For sentinels.
    pub(super) fn sentinels(config: &ValkeyConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            tls: tls(config)?,
            info: info(&config.sentinel_credentials),
        })
    }

    /// Connects and introduces itself.
    pub(super) async fn dial(&self, address: &Address) -> Result<(MultiplexedConnection, Driver), CallError> {
        match address {
            Address::Tcp { host, port } => {
                let stream = TcpStream::connect((&**host, *port)).await?;
                // Commands are small, and each is waited for.
                stream.set_nodelay(true)?;
                match &self.tls {
                    None => self.greet(stream).await,
                    Some(tls) => {
                        let name = ServerName::try_from(host.clone())
                            .map_err(|_| CallError::refused("the host is no name that TLS could verify"))?;
                        self.greet(tls.connect(name, stream).await?).await
                    }
                }
            }
            #[cfg(unix)]
            Address::Unix(path) => self.greet(tokio::net::UnixStream::connect(path).await?).await,
            #[cfg(not(unix))]
            Address::Unix(_) => Err(CallError::refused("this operating system has no such sockets")),
        }
    }

    async fn greet<S>(&self, stream: S) -> Result<(MultiplexedConnection, Driver), CallError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        // No timeout of its own: every caller has a deadline.
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(None)
            .set_pipeline_buffer_size(QUEUE);
        let (connection, driver) = MultiplexedConnection::new_with_config(&self.info, stream, config).await?;
        Ok((connection, Box::pin(driver)))
    }

    /// Connects, asks one thing and hangs up.
    pub(super) async fn ask(&self, address: &Address, command: &Cmd) -> Result<Value, CallError> {
        let (mut connection, driver) = self.dial(address).await?;
        tokio::select! {
            answer = send(&mut connection, command) => answer,
            () = driver => Err(CallError::unavailable()),
        }
    }
}

/// Sends a command and reads its answer; an error that the server answers is an error.
pub(super) async fn send(connection: &mut MultiplexedConnection, command: &Cmd) -> Result<Value, CallError> {
    let answer = connection.send_packed_command(command).await?;
    Ok(answer.extract_error()?)
}

fn info(credentials: &Credentials) -> RedisConnectionInfo {
    let mut info = RedisConnectionInfo::default();
    if let Some(user) = &credentials.user {
        info = info.set_username(user);
    }
    if let Some(password) = &credentials.password {
        info = info.set_password(password);
    }
    info
}

fn tls(config: &ValkeyConfig) -> Result<Option<TlsConnector>, ConfigError> {
    if !config.tls {
        return Ok(None);
    }
    let fault = |error: tokio_rustls::rustls::Error| {
        ConfigError::new("store.tls", error.to_string(), "certificates that rustls can use")
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(fault)?
        .with_root_certificates(roots(config.ca_file.as_deref())?);
    let client = match &config.certificate {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = certificates("store.cert_file", certificate)?;
            let accepted = "a PEM file with a private key";
            let key = PrivateKeyDer::from_pem_slice(&read("store.key_file", key)?)
                .map_err(|error| ConfigError::new("store.key_file", error.to_string(), accepted))?;
            builder.with_client_auth_cert(chain, key).map_err(fault)?
        }
    };
    Ok(Some(TlsConnector::from(Arc::new(client))))
}

/// The authorities that are trusted: those in the file, or those of the operating system.
fn roots(ca_file: Option<&Path>) -> Result<RootCertStore, ConfigError> {
    let mut roots = RootCertStore::empty();
    let accepted = "a PEM file with certificates";
    match ca_file {
        Some(path) => {
            for certificate in certificates("store.ca_file", path)? {
                roots
                    .add(certificate)
                    .map_err(|error| ConfigError::new("store.ca_file", error.to_string(), accepted))?;
            }
        }
        // Some of a system's certificates may be unreadable; the others still count.
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(ConfigError::new(
            "store.ca_file",
            "no certificates of authorities",
            accepted,
        ));
    }
    Ok(roots)
}

fn certificates(field: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    CertificateDer::pem_slice_iter(&read(field, path)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| ConfigError::new(field, error.to_string(), "a PEM file with certificates"))
}

fn read(field: &str, path: &Path) -> Result<Vec<u8>, ConfigError> {
    fs::read(path).map_err(|error| {
        let problem = format!("cannot read {}: {error}", path.display());
        ConfigError::new(field, problem, "a PEM file")
    })
}
