//! From PEM files to a configuration of rustls.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use std::{fs, io};

use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use sha2::{Digest as _, Sha256};

use super::{ClientCertificates, TlsConfig, expiry};

/// What one loading of the files yields.
pub(super) struct Material {
    pub(super) server: Arc<ServerConfig>,
    /// When the server's certificate expires.
    pub(super) not_after: SystemTime,
}

/// Why certificates cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file is not PEM, or holds nothing of the kind that it should.
    #[error("{} holds no {wanted}: expected PEM", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
    },
    /// The certificate's time is over.
    #[error("the certificate in {} has expired", path.display())]
    Expired {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key are not a pair, or of a kind that is not supported.
    #[error("the certificate in {} and the key in {} cannot be used together", certificate.display(), key.display())]
    Pair {
        /// The file with the certificate.
        certificate: PathBuf,
        /// The file with the key.
        key: PathBuf,
        /// The reason.
        source: rustls::Error,
    },
    /// Certificates of client authorities that cannot vouch for anybody.
    #[error("{} holds no certificate that clients can be checked against", path.display())]
    ClientCa {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The system has no randomness to give.
    #[error("cannot make a key for session tickets")]
    Tickets(#[source] rustls::Error),
}

impl Material {
    pub(super) fn load(config: &TlsConfig, now: SystemTime) -> Result<(Self, Digest), TlsError> {
        let certificate = read(&config.certificate)?;
        let key = read(&config.key)?;
        let client_ca = config.client_ca.as_deref().map(read).transpose()?;
        let digest = Digest::of([&certificate, &key].into_iter().chain(&client_ca));

        let chain = certificates(&config.certificate, &certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&key).map_err(|_| TlsError::Malformed {
            path: config.key.clone(),
            wanted: "private key",
        })?;
        // A chain is never empty: `certificates` sees to it.
        let not_after = chain.first().and_then(|first| expiry::not_after(first));
        let not_after = not_after.ok_or_else(|| malformed(&config.certificate))?;
        if not_after <= now {
            return Err(TlsError::Expired {
                path: config.certificate.clone(),
            });
        }

        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|source| pair(config, source))?;
        let builder = match (&config.client_ca, client_ca) {
            (Some(path), Some(pem)) => {
                let roots = roots(path, &pem)?;
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                let verifier = match config.client_certificates {
                    ClientCertificates::Required => verifier,
                    ClientCertificates::Optional => verifier.allow_unauthenticated(),
                };
                let fault = |error: VerifierBuilderError| client_ca_fault(path, error);
                builder.with_client_cert_verifier(verifier.build().map_err(fault)?)
            }
            _ => builder.with_no_client_auth(),
        };
        let mut server = builder
            .with_single_cert(chain, key)
            .map_err(|source| pair(config, source))?;
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // Tickets are kept by clients: resuming costs the server no memory.
        server.ticketer = ring::Ticketer::new().map_err(TlsError::Tickets)?;
        let server = Arc::new(server);
        Ok((Self { server, not_after }, digest))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Read {
        path: path.to_owned(),
        source,
    })
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(malformed(path)),
    }
}

fn roots(path: &Path, pem: &[u8]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path, pem)? {
        roots
            .add(certificate)
            .map_err(|error| client_ca_fault(path, error))?;
    }
    Ok(roots)
}

fn malformed(path: &Path) -> TlsError {
    TlsError::Malformed {
        path: path.to_owned(),
        wanted: "certificate",
    }
}

fn pair(config: &TlsConfig, source: rustls::Error) -> TlsError {
    TlsError::Pair {
        certificate: config.certificate.clone(),
        key: config.key.clone(),
        source,
    }
}

fn client_ca_fault(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> TlsError {
    TlsError::ClientCa {
        path: path.to_owned(),
        source: Box::new(error),
    }
}

/// Tells contents of the files apart without keeping the private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digest([u8; 32]);

impl Digest {
    pub(super) fn of_files(config: &TlsConfig) -> Result<Self, TlsError> {
        let files: Result<Vec<_>, _> = config.files().map(read).collect();
        Ok(Self::of(&files?))
    }

    fn of<'a>(contents: impl IntoIterator<Item = &'a Vec<u8>>) -> Self {
        let mut hash = Sha256::new();
        for content in contents {
            // With its length, so that bytes cannot move from one file to the next unnoticed.
            hash.update((content.len() as u64).to_le_bytes());
            hash.update(content);
        }
        Self(hash.finalize().into())
    }
}
