//! TLS to the decision server.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, InvalidMessage, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::ConfigError;

/// Whom to trust and what to show on the way to a decision server with an `https` address:
/// [`ArcjetBuilder::decide_tls`](crate::ArcjetBuilder::decide_tls).
///
/// TLS 1.2 and 1.3 are spoken. All files are PEM. They are read when the client is built, and again for each new connection,
/// so that certificates can be replaced while the application runs.
///
/// ```
/// use arcjet_engine::DecideTls;
///
/// let tls = DecideTls::default()
///     .certificate_authorities("/etc/decide/ca.pem")
///     .client_certificate("/etc/decide/client.pem", "/etc/decide/client.key");
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct DecideTls {
    authorities: Option<PathBuf>,
    client: Option<(PathBuf, PathBuf)>,
    server_name: Option<String>,
}

impl DecideTls {
    /// Trusts the certificate authorities in this file, instead of the system's.
    pub fn certificate_authorities(mut self, file: impl Into<PathBuf>) -> Self {
        self.authorities = Some(file.into());
        self
    }

    /// Shows a certificate to servers that ask for one (mTLS): the chain, the client's own certificate first, and its
    /// private key.
    pub fn client_certificate(mut self, chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.client = Some((chain.into(), key.into()));
        self
    }

    /// Expects the server's certificate to be for this name, and asks for it (SNI), instead of the host in the URL.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    fn load(&self) -> Result<Arc<ClientConfig>, ConfigError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| ConfigError::new("decide_tls", error.to_string(), "TLS 1.2 or 1.3"))?
            .with_root_certificates(self.roots()?);
        let mut config = match &self.client {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => {
                let field = "decide_tls.client_certificate";
                let certificates = certificates(field, chain)?;
                let private = PrivateKeyDer::from_pem_slice(&read(field, key)?).map_err(|_| {
                    let problem = format!("{} holds no private key", key.display());
                    ConfigError::new(field, problem, "a file with a private key in PEM")
                })?;
                builder
                    .with_client_auth_cert(certificates, private)
                    .map_err(|error| {
                        ConfigError::new(field, error.to_string(), "a certificate and its key")
                    })?
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Arc::new(config))
    }

    fn roots(&self) -> Result<RootCertStore, ConfigError> {
        let mut roots = RootCertStore::empty();
        let Some(file) = &self.authorities else {
            let system = rustls_native_certs::load_native_certs();
            // A few that can't be used are nothing unusual in a system's store.
            roots.add_parsable_certificates(system.certs);
            if roots.is_empty() {
                return Err(ConfigError::new(
                    "decide_tls.certificate_authorities",
                    "the system has no certificate authorities",
                    "a file with certificates in PEM, where the system has none",
                ));
            }
            return Ok(roots);
        };
        let field = "decide_tls.certificate_authorities";
        for certificate in certificates(field, file)? {
            roots.add(certificate).map_err(|error| {
                let problem = format!("{}: {error}", file.display());
                ConfigError::new(field, problem, "a file with certificates in PEM")
            })?;
        }
        Ok(roots)
    }
}

fn read(field: &str, path: &Path) -> Result<Vec<u8>, ConfigError> {
    fs::read(path).map_err(|error| {
        let problem = format!("cannot read {}: {error}", path.display());
        ConfigError::new(field, problem, "a file in PEM that can be read")
    })
}

fn certificates(field: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let pem = read(field, path)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => {
            let problem = format!("{} holds no certificate", path.display());
            Err(ConfigError::new(
                field,
                problem,
                "a file with certificates in PEM",
            ))
        }
    }
}

/// Makes connections secure.
#[derive(Debug)]
pub(super) struct Handshaker {
    settings: DecideTls,
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
    /// Whether the configuration was read for the connection that comes next.
    fresh: bool,
}

impl Handshaker {
    pub(super) fn new(settings: &DecideTls, host: &str) -> Result<Self, ConfigError> {
        let name = settings.server_name.as_deref().unwrap_or(host);
        let name = ServerName::try_from(name.to_owned()).map_err(|_| {
            let problem = format!("`{name}` is no name that a certificate can be for");
            ConfigError::new("decide_tls.server_name", problem, "a DNS name or an IP address")
        })?;
        Ok(Self {
            settings: settings.clone(),
            name,
            config: settings.load()?,
            fresh: true,
        })
    }

    /// Makes a connection secure, or says why that can't be.
    pub(super) async fn shake_hands(&mut self, stream: TcpStream) -> Result<TlsStream<TcpStream>, String> {
        self.refresh().await;
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let connected = connector.connect(self.name.clone(), stream).await;
        connected.map_err(|error| explain(&error))
    }

    /// Reads the files again. While they can't be used, what was read before is.
    async fn refresh(&mut self) {
        if std::mem::take(&mut self.fresh) {
            return;
        }
        let settings = self.settings.clone();
        // Ends with the runtime.
        if let Ok(loaded) = tokio::task::spawn_blocking(move || settings.load()).await {
            match loaded {
                Ok(config) => self.config = config,
                Err(error) => tracing::warn!(%error, "certificates not loaded; those read before are used"),
            }
        }
    }
}

/// What people can do about a handshake that failed.
fn explain(error: &io::Error) -> String {
    let cause = error
        .get_ref()
        .and_then(|cause| cause.downcast_ref::<rustls::Error>());
    let hint = match cause {
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "its certificate is of an authority that is not trusted; name the authority's file with `decide_tls`"
        }
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => "its certificate has expired",
        Some(rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => "its certificate is for another name",
        Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            "it does not speak TLS on this port: the URL begins with http:// then"
        }
        Some(rustls::Error::AlertReceived(AlertDescription::CertificateRequired)) => {
            "it wants a client certificate; name one with `decide_tls`"
        }
        Some(rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => {
            "it does not speak HTTP/2"
        }
        _ => return error.to_string(),
    };
    format!("{hint} ({error})")
}
