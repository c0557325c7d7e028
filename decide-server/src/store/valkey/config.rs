//! How a store over Valkey is configured: one URL, and a method for each thing that is rarely changed.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use arcjet_engine::ConfigError;

use super::url;
use crate::store::leased;

/// Where the server of the counts is, and how to talk to it. Made from a URL:
///
/// | URL | what it means |
/// |---|---|
/// | `valkey://[user]:password@host:6379/0` | one server; user, password, port (6379) and database (0) may be left out |
/// | `valkeys://host:6380` | the same over TLS |
/// | `valkey+unix:///run/valkey.sock` | one server on this machine |
/// | `valkey+sentinel://host1,host2:26379/name/0` | the master of this name, as sentinels (port 26379) tell it |
/// | `valkey+cluster://host1:6379,host2:6379` | a cluster, found through any of these nodes |
///
/// `redis` instead of `valkey` means the same, `valkeys+sentinel` and `valkeys+cluster` use TLS. User and password are
/// percent-encoded. Options follow as `?name=value&…`: `ca_file`, `cert_file` and `key_file` (PEM), `deadline_ms`,
/// `prefix`, `lease`, `sentinel_user` and `sentinel_password`.
///
/// ```
/// use std::time::Duration;
/// use arcjet_decide_server::ValkeyConfig;
///
/// let config: ValkeyConfig = "valkeys://limits:secret@valkey.internal/2".parse()?;
/// let config = config.deadline(Duration::from_millis(50));
/// assert!(!format!("{config:?}").contains("secret"));
///
/// let error = "http://valkey.internal".parse::<ValkeyConfig>().unwrap_err();
/// assert!(error.to_string().contains("valkey://"));
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ValkeyConfig {
    pub(super) servers: Servers,
    pub(super) credentials: Credentials,
    pub(super) sentinel_credentials: Credentials,
    pub(super) database: u32,
    pub(super) tls: bool,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) certificate: Option<(PathBuf, PathBuf)>,
    pub(super) prefix: String,
    pub(super) deadline: Duration,
    pub(super) failures: u32,
    pub(super) time: TimeSource,
    pub(super) lease: Option<f64>,
}

/// What servers there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Servers {
    One(Address),
    Sentinel { addresses: Vec<Address>, master: String },
    Cluster(Vec<Address>),
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Address {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

/// Who the store says it is. Without a password it says nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
}

/// Shows whether there is a password, and nothing of it.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "…"))
            .finish()
    }
}

/// Whose clock counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeSource {
    /// The clock of the Valkey server that keeps the count: the same for all that share it, whatever their own clocks say.
    #[default]
    Server,
    /// The instant that the caller of [`LimitStore::check`](arcjet_engine::limit::LimitStore::check) names, for tests and
    /// simulations. Instants after the year 30000 count as that year.
    Caller,
}

impl ValkeyConfig {
    /// Default of [`deadline`](Self::deadline): 100 milliseconds. A round trip within a data centre takes less than one, so
    /// this is a server in trouble; and it is a fifth of the 500 ms that the official SDKs wait for a decision, so that
    /// their decision still arrives, with its rate limits failed.
    pub const DEFAULT_DEADLINE: Duration = Duration::from_millis(100);
    /// Default of [`failures`](Self::failures).
    pub const DEFAULT_FAILURES: u32 = 5;
    /// Default of [`prefix`](Self::prefix).
    pub const DEFAULT_PREFIX: &'static str = "arcjet";

    pub(super) fn new(servers: Servers) -> Self {
        Self {
            servers,
            credentials: Credentials::default(),
            sentinel_credentials: Credentials::default(),
            database: 0,
            tls: false,
            ca_file: None,
            certificate: None,
            prefix: Self::DEFAULT_PREFIX.to_owned(),
            deadline: Self::DEFAULT_DEADLINE,
            failures: Self::DEFAULT_FAILURES,
            time: TimeSource::Server,
            lease: None,
        }
    }

    /// User and password, instead of those in the URL.
    #[must_use]
    pub fn credentials(mut self, user: Option<&str>, password: &str) -> Self {
        self.credentials = Credentials {
            user: user.map(str::to_owned),
            password: Some(password.to_owned()),
        };
        self
    }

    /// User and password that the sentinels ask for; none unless set, whatever the servers ask for.
    #[must_use]
    pub fn sentinel_credentials(mut self, user: Option<&str>, password: &str) -> Self {
        self.sentinel_credentials = Credentials {
            user: user.map(str::to_owned),
            password: Some(password.to_owned()),
        };
        self
    }

    /// The authorities, in a PEM file, that may have signed the servers' certificates; those of the operating system unless
    /// set. Needs a URL with TLS.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// The certificate and its key, in PEM files, that the store shows to servers that ask for one. Needs a URL with TLS.
    #[must_use]
    pub fn client_certificate(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.certificate = Some((certificate.into(), key.into()));
        self
    }

    /// What the names of all keys start with, so that one server can keep the counts of several systems; `arcjet` unless
    /// set. Accepted: letters, digits and any of `-_.:`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long a decision may wait for the server, from 1 ms to a minute; [`DEFAULT_DEADLINE`](Self::DEFAULT_DEADLINE)
    /// unless set. After that its limits are failed.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// After how many calls in a row without an answer the circuit opens, at least 1: calls then fail at once, until the
    /// store has reached the server again. [`DEFAULT_FAILURES`](Self::DEFAULT_FAILURES) unless set. A connection that
    /// breaks opens the circuit at once.
    #[must_use]
    pub fn failures(mut self, failures: u32) -> Self {
        self.failures = failures;
        self
    }

    /// Whose clock counts; the server's unless set.
    #[must_use]
    pub fn time(mut self, time: TimeSource) -> Self {
        self.time = time;
        self
    }

    /// Takes leases of this share of each limit, more than 0 and up to 0.5; none unless set. It counts for
    /// [`Store::open`](crate::Store::open), which makes a [`Leased`](crate::Leased) store then; [`ValkeyStore`](crate::ValkeyStore) itself
    /// takes none.
    #[must_use]
    pub fn lease(mut self, share: f64) -> Self {
        self.lease = Some(share);
        self
    }

    /// The share of each limit that is leased.
    pub fn lease_share(&self) -> Option<f64> {
        self.lease
    }

    /// Finds values that can't work, as making a store would.
    ///
    /// # Errors
    ///
    /// A value is out of its range, or doesn't go with another one.
    pub fn check(&self) -> Result<(), ConfigError> {
        let range = Duration::from_millis(1)..=Duration::from_secs(60);
        if !range.contains(&self.deadline) {
            return Err(ConfigError::new(
                "store.deadline",
                format!("{:?}", self.deadline),
                "from 1ms to 60s",
            ));
        }
        if self.failures == 0 {
            return Err(ConfigError::new("store.failures", "0", "from 1 to 4294967295"));
        }
        if let Some(share) = self.lease {
            leased::check(share)?;
        }
        let letter = |letter: char| letter.is_ascii_alphanumeric() || "-_.:".contains(letter);
        if self.prefix.is_empty() || self.prefix.len() > 100 || !self.prefix.chars().all(letter) {
            return Err(ConfigError::new(
                "store.prefix",
                format!("{:?}", self.prefix),
                "1 to 100 letters, digits and any of -_.:",
            ));
        }
        if !self.tls && (self.ca_file.is_some() || self.certificate.is_some()) {
            return Err(ConfigError::new(
                "store.url",
                "files for TLS with a URL that does without it",
                "valkeys://, valkeys+sentinel:// or valkeys+cluster://",
            ));
        }
        Ok(())
    }
}

impl FromStr for ValkeyConfig {
    type Err = ConfigError;

    /// Reads the URL. The error names what is accepted, and shows nothing of the URL that could be a password.
    fn from_str(url: &str) -> Result<Self, ConfigError> {
        let config = url::parse(url)?;
        config.check()?;
        Ok(config)
    }
}
