//! TLS of the listener: what is configured, what is loaded, and how it is replaced while the server runs.

mod expiry;
mod handshake;
mod material;
mod telemetry;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;

pub(crate) use self::handshake::HandshakeError;
pub use self::material::TlsError;
use self::material::{Digest, Material};
use self::telemetry::TlsMetrics;

/// How the server proves who it is, and whether clients have to: [`TlsConfig::new`], then the methods named like what they
/// set, then [`TlsConfig::load`].
///
/// The files are PEM. TLS 1.2 and 1.3 are spoken; HTTP/2 and HTTP/1.1 are agreed on by ALPN.
#[derive(Debug, Clone)]
#[must_use]
pub struct TlsConfig {
    certificate: PathBuf,
    key: PathBuf,
    client_ca: Option<PathBuf>,
    client_certificates: ClientCertificates,
    handshake_timeout: Duration,
    max_handshakes: usize,
    check_interval: Duration,
}

/// What clients have to show where [`TlsConfig::client_ca`] is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientCertificates {
    /// No connection without a certificate that the client CA vouches for.
    #[default]
    Required,
    /// A certificate that is shown must be valid; none need be shown.
    Optional,
}

impl TlsConfig {
    /// Default of [`TlsConfig::handshake_timeout`]: 10 seconds.
    pub const DEFAULT_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
    /// Default of [`TlsConfig::max_handshakes`].
    pub const DEFAULT_MAX_HANDSHAKES: usize = 256;
    /// Default of [`TlsConfig::check_interval`]: 10 seconds.
    pub const DEFAULT_CHECK_INTERVAL: Duration = Duration::from_secs(10);

    /// TLS with the certificate chain in one file, the server's own certificate first, and its private key in another
    /// (PKCS #8, PKCS #1 or SEC 1).
    pub fn new(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self {
            certificate: certificate.into(),
            key: key.into(),
            client_ca: None,
            client_certificates: ClientCertificates::default(),
            handshake_timeout: Self::DEFAULT_HANDSHAKE_TIMEOUT,
            max_handshakes: Self::DEFAULT_MAX_HANDSHAKES,
            check_interval: Self::DEFAULT_CHECK_INTERVAL,
        }
    }

    /// Has clients show a certificate that one of the authorities in this file signed (mTLS). API keys are checked all the
    /// same: the certificate says who may connect, the key which site is asked for.
    pub fn client_ca(self, authorities: impl Into<PathBuf>) -> Self {
        Self {
            client_ca: Some(authorities.into()),
            ..self
        }
    }

    /// Whether clients must show a certificate; they must unless set. Means nothing without [`TlsConfig::client_ca`].
    pub fn client_certificates(self, client_certificates: ClientCertificates) -> Self {
        Self {
            client_certificates,
            ..self
        }
    }

    /// Time for a handshake, from the connection's start, before the connection is closed.
    pub fn handshake_timeout(self, timeout: Duration) -> Self {
        Self {
            handshake_timeout: timeout,
            ..self
        }
    }

    /// Handshakes at the same time, at least 1; more wait for their turn, within the time for a handshake. A handshake is
    /// the most that a stranger can make the server compute.
    pub fn max_handshakes(self, handshakes: usize) -> Self {
        Self {
            max_handshakes: handshakes.clamp(1, Semaphore::MAX_PERMITS),
            ..self
        }
    }

    /// How often [`serve`](crate::serve) looks whether the files have changed, at least every millisecond. It reads them,
    /// so that it sees changes behind symbolic links too.
    pub fn check_interval(self, interval: Duration) -> Self {
        Self {
            check_interval: interval.max(Duration::from_millis(1)),
            ..self
        }
    }

    /// Reads the files. Blocks while it does. What it counts goes to the global recorder of the `metrics` crate as it is
    /// now.
    ///
    /// # Errors
    /// A file cannot be read, holds nothing of the kind that it should, or does not fit the others; or the certificate has
    /// expired. The error names the file.
    pub fn load(&self) -> Result<Tls, TlsError> {
        let (material, digest) = Material::load(self, SystemTime::now())?;
        let metrics = TlsMetrics::new();
        metrics.expires(material.not_after);
        Ok(Tls(Arc::new(Shared {
            config: self.clone(),
            current: ArcSwap::from_pointee(material),
            seen: Mutex::new(digest),
            handshakes: Semaphore::new(self.max_handshakes),
            metrics,
        })))
    }

    fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.certificate, &self.key]
            .into_iter()
            .chain(&self.client_ca)
            .map(PathBuf::as_path)
    }
}

/// Loaded certificates, which can be replaced while they are in use. Cheap to clone; clones share everything.
///
/// Replacing them concerns new connections only: those that are open go on, and sessions of the old certificates are not
/// resumed.
#[derive(Clone)]
pub struct Tls(Arc<Shared>);

struct Shared {
    config: TlsConfig,
    current: ArcSwap<Material>,
    /// What was in the files when they were last read.
    seen: Mutex<Digest>,
    handshakes: Semaphore,
    metrics: TlsMetrics,
}

impl Tls {
    /// Reads the files again and uses what they hold from here on. Blocks while it reads.
    ///
    /// # Errors
    /// As for [`TlsConfig::load`]. What was loaded before stays in use; the fault is logged and counted.
    pub fn reload(&self) -> Result<(), TlsError> {
        let result = Material::load(&self.0.config, SystemTime::now());
        self.0.metrics.reloaded(result.is_ok());
        match result {
            Ok((material, digest)) => {
                *self.seen() = digest;
                self.0.metrics.expires(material.not_after);
                self.0.current.store(Arc::new(material));
                tracing::info!("certificates loaded");
                Ok(())
            }
            Err(error) => {
                let fault = &error as &dyn std::error::Error;
                tracing::error!(fault, "certificates not loaded; those in use stay");
                Err(error)
            }
        }
    }

    /// Reloads whenever the files have changed, for ever.
    pub(crate) async fn follow_files(self) {
        let mut interval = tokio::time::interval(self.0.config.check_interval);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            let tls = self.clone();
            // Ends with the runtime. A panic in it is impossible, and would only cost one look.
            let _ = tokio::task::spawn_blocking(move || tls.reload_if_changed()).await;
        }
    }

    fn reload_if_changed(&self) {
        // A file that is missing is being replaced, most likely; the next look will tell.
        let Ok(digest) = Digest::of_files(&self.0.config) else {
            return;
        };
        let changed = std::mem::replace(&mut *self.seen(), digest) != digest;
        if changed {
            // Logged and counted there.
            let _ = self.reload();
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Digest> {
        // The value is replaced as a whole, so a panic elsewhere cannot leave it half written.
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&self.0.config).finish()
    }
}
