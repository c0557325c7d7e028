//! Flags for TLS.

use std::error::Error;
use std::path::PathBuf;

use arcjet_decide_server::{ClientCertificates, Tls, TlsConfig};
use clap::{Args, ValueEnum};

/// Whether and how the port speaks TLS.
#[derive(Debug, Args)]
pub(super) struct TlsArgs {
    /// Certificate chain in PEM, the server's own first; the port then speaks TLS only.
    #[arg(long, env = "ARCJET_DECIDE_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,

    /// Private key of the certificate, in PEM.
    #[arg(long, env = "ARCJET_DECIDE_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,

    /// Authorities in PEM that sign the certificates of clients (mTLS).
    #[arg(long, env = "ARCJET_DECIDE_TLS_CLIENT_CA", value_name = "FILE")]
    tls_client_ca: Option<PathBuf>,

    /// Whether clients must show a certificate, where their authorities are given.
    #[arg(
        long,
        env = "ARCJET_DECIDE_TLS_CLIENT_CERTIFICATES",
        value_name = "WHETHER",
        default_value = "required"
    )]
    tls_client_certificates: Whether,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Whether {
    /// No connection without one.
    Required,
    /// One that is shown must be valid.
    Optional,
}

impl TlsArgs {
    /// Reads the files, if there are any.
    pub(super) fn load(&self) -> Result<Option<Tls>, Box<dyn Error>> {
        // Not said to clap: it would not see what comes from the configuration file.
        let (certificate, key) = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => (certificate, key),
            (None, None) if self.tls_client_ca.is_none() => return Ok(None),
            _ => {
                let problem = "TLS is configured in part: --tls-cert and --tls-key are both needed, with --tls-client-ca too";
                return Err(problem.into());
            }
        };
        let mut config =
            TlsConfig::new(certificate, key).client_certificates(match self.tls_client_certificates {
                Whether::Required => ClientCertificates::Required,
                Whether::Optional => ClientCertificates::Optional,
            });
        if let Some(authorities) = &self.tls_client_ca {
            config = config.client_ca(authorities);
        }
        Ok(Some(config.load()?))
    }
}
