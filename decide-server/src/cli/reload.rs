//! Reading the configuration again while the server runs.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arcjet_decide_server::settings::{Fault, Faults};
use arcjet_decide_server::{SiteConfig, Sites};
use arcjet_engine::{Clock, Timestamp};
use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, gauge};
use tokio::time::MissedTickBehavior;

use super::settings::Settings;

/// How often the files are looked at.
const PERIOD: Duration = Duration::from_secs(2);
/// How long before a key ends the log begins to say so.
const NOTICE: Duration = Duration::from_secs(14 * 24 * 3600);
/// How often the log says so.
const REMINDER: Duration = Duration::from_secs(24 * 3600);

/// Exchanges what of a running server can be exchanged. What can't work is refused as a whole; the server then goes on as it is.
pub(super) struct Reloader {
    line: Vec<OsString>,
    address: SocketAddr,
    sites: Sites,
    /// Held while files are read and sites made ready, by one reload at a time.
    state: Mutex<State>,
    metrics: ReloadMetrics,
}

struct State {
    /// As the server was started.
    started: Arc<Settings>,
    configs: Vec<SiteConfig>,
    files: Vec<PathBuf>,
    stamps: Vec<Option<Stamp>>,
    reminded: Timestamp,
}

impl Reloader {
    /// Reloads what `line` says, for a server at `address` that serves `sites`.
    pub(super) fn new(
        line: Vec<OsString>,
        address: SocketAddr,
        sites: Sites,
        settings: Arc<Settings>,
    ) -> Result<Self, Faults> {
        let configs = settings.args.sites(&settings.sites)?;
        let now = Clock::default().now();
        remind(&configs, now);
        let state = State {
            stamps: stamps(&settings.files),
            files: settings.files.clone(),
            configs,
            started: settings,
            reminded: now,
        };
        Ok(Self {
            line,
            address,
            sites,
            state: Mutex::new(state),
            metrics: ReloadMetrics::new(now),
        })
    }

    /// Reads everything again, and says in the log what came of it. Blocks.
    pub(super) fn reload(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.reload_into(&mut state);
    }

    /// The same if one of the files has changed. Reminds of keys that are about to end.
    pub(super) fn reload_if_changed(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if stamps(&state.files) != state.stamps {
            self.reload_into(&mut state);
        }
        let now = Clock::default().now();
        if now.saturating_since(state.reminded) >= REMINDER {
            state.reminded = now;
            remind(&state.configs, now);
        }
    }

    fn reload_into(&self, state: &mut State) {
        // Taken before the files are read: a change while they are is seen by the next look.
        let before = stamps(&state.files);
        match self.apply(state) {
            Ok(settings) => {
                state.stamps = if settings.files == state.files {
                    before
                } else {
                    stamps(&settings.files)
                };
                let changed = settings.changed(&state.started);
                if !changed.is_empty() {
                    tracing::warn!(
                        settings = changed.join(", "),
                        "these settings count from the next start on"
                    );
                }
                state.files = settings.files;
                let now = Clock::default().now();
                state.reminded = now;
                remind(&state.configs, now);
                self.metrics.succeeded(now);
                tracing::info!(sites = state.configs.len(), "configuration reloaded");
            }
            Err(faults) => {
                state.stamps = before;
                for fault in faults.iter() {
                    tracing::error!(%fault, "configuration refused, the server goes on with the one it has");
                }
                self.metrics.failed();
            }
        }
    }

    fn apply(&self, state: &mut State) -> Result<Settings, Faults> {
        let settings = Settings::load(&self.line)?;
        let configs = settings.args.sites(&settings.sites)?;
        let of_file = |problem: String, accepted: &str| {
            let place = settings
                .files
                .first()
                .map_or_else(|| "command line".to_owned(), |path| path.display().to_string());
            Faults::one(Fault::new(place, "site", problem, accepted))
        };
        if configs.is_empty() && !self.address.ip().is_loopback() {
            let problem = format!("no site is left, and the server listens on {}", self.address);
            return Err(of_file(problem, "at least one [[site]]"));
        }
        self.sites
            .replace(&configs)
            .map_err(|error| of_file(error.to_string(), ""))?;
        state.configs = configs;
        Ok(settings)
    }
}

/// Reloads whenever a file changes, for as long as the runtime runs.
pub(super) async fn follow(reloader: Arc<Reloader>) {
    let mut looks = tokio::time::interval(PERIOD);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let reloader = Arc::clone(&reloader);
        // Ends early only with the runtime.
        let _ = tokio::task::spawn_blocking(move || reloader.reload_if_changed()).await;
    }
}

/// What tells a file from what it was. A file that is replaced by another, also behind a link, has another number.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    number: u64,
    target: Option<PathBuf>,
}

fn stamps(files: &[PathBuf]) -> Vec<Option<Stamp>> {
    files.iter().map(|path| stamp(path)).collect()
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let number = 0;
    Some(Stamp {
        modified: metadata.modified().ok(),
        length: metadata.len(),
        number,
        target: fs::canonicalize(path).ok(),
    })
}

/// Says which keys end soon or have ended, in the log and in the metrics.
fn remind(configs: &[SiteConfig], now: Timestamp) {
    describe_gauge!(
        KEY_EXPIRY,
        "When the first of a site's keys ends that have an end, in seconds since 1970."
    );
    for site in configs {
        for (key, expires) in site.expiring(now, NOTICE) {
            if expires <= now {
                tracing::warn!(site = site.name(), key, "a key has expired and can be removed");
            } else {
                let days = expires.saturating_since(now).as_secs() / (24 * 3600);
                tracing::warn!(site = site.name(), key, days, "a key expires soon");
            }
        }
        if let Some(first) = site.first_expiry() {
            gauge!(KEY_EXPIRY, "site" => site.name().to_owned()).set(seconds(first));
        }
    }
}

const RELOADS: &str = "arcjet_decide_reloads_total";
const LAST_SUCCESS: &str = "arcjet_decide_last_reload_success_timestamp_seconds";
const KEY_EXPIRY: &str = "arcjet_decide_key_expiry_timestamp_seconds";

struct ReloadMetrics {
    succeeded: Counter,
    failed: Counter,
    last_success: Gauge,
}

impl ReloadMetrics {
    fn new(now: Timestamp) -> Self {
        describe_counter!(RELOADS, "Attempts to read the configuration again, by result.");
        describe_gauge!(
            LAST_SUCCESS,
            "When the configuration that counts was read, in seconds since 1970."
        );
        let metrics = Self {
            succeeded: counter!(RELOADS, "result" => "success"),
            failed: counter!(RELOADS, "result" => "failure"),
            last_success: gauge!(LAST_SUCCESS),
        };
        metrics.last_success.set(seconds(now));
        metrics
    }

    fn succeeded(&self, now: Timestamp) {
        self.succeeded.increment(1);
        self.last_success.set(seconds(now));
    }

    fn failed(&self) {
        self.failed.increment(1);
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
fn seconds(instant: Timestamp) -> f64 {
    (instant.as_millis() / 1000) as f64
}
