//! `arcjet-decide serve`: the server, and what it can be told by flags and environment.

use std::error::Error;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arcjet_decide_server::settings::{Fault, Faults};
use arcjet_decide_server::{Config, Keys, SiteConfig, Sites, Store, ValkeyConfig, ValkeyStore, serve};
use arcjet_engine::decider::protocol::ProtocolDecider;
use arcjet_engine::limit::MemoryStore;
use clap::{Args, ValueEnum};
use tokio::net::TcpListener;

use super::reload::{self, Reloader};
use super::settings::Settings;
use crate::telemetry;

/// What a server is started with.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Configuration file in TOML. Flags and variables count more than what it says.
    #[arg(long, env = "ARCJET_DECIDE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    /// Address and port to listen on; port 0 takes a free one. Anything but a loopback address needs keys.
    #[arg(long, env = "ARCJET_DECIDE_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8787", value_parser = address)]
    pub(super) listen: SocketAddr,

    /// API key to accept; repeat for more. Prefer the environment variable (separated by commas): other users of the
    /// machine can read command lines. Without keys every request is accepted.
    #[arg(
        long = "key",
        env = "ARCJET_DECIDE_KEYS",
        value_name = "KEY",
        value_delimiter = ',',
        hide_env_values = true
    )]
    keys: Vec<String>,

    /// Where rate limits are counted: memory, or the URL of a Valkey or Redis, as valkey://10.0.0.5:6379/0.
    #[arg(long, env = "ARCJET_DECIDE_STORE", value_name = "URL", default_value = "memory", hide_env_values = true, value_parser = store)]
    store: StoreUrl,

    /// Clients whose rate limits are kept in memory; beyond it, those not seen for longest are forgotten.
    #[arg(long, env = "ARCJET_DECIDE_LIMIT_CAPACITY", value_name = "CLIENTS", value_parser = clap::value_parser!(u64).range(1..))]
    limit_capacity: Option<u64>,

    /// Longest request body, compressed or not.
    #[arg(long, env = "ARCJET_DECIDE_MAX_BODY_BYTES", value_name = "BYTES", default_value_t = Config::DEFAULT_MAX_BODY_BYTES)]
    max_body_bytes: usize,

    /// Memory for all request bodies that are being received.
    #[arg(long, env = "ARCJET_DECIDE_MAX_BUFFERED_BYTES", value_name = "BYTES", default_value_t = Config::DEFAULT_MAX_BUFFERED_BYTES)]
    max_buffered_bytes: usize,

    /// Connections served at the same time; more wait to be accepted.
    #[arg(long, env = "ARCJET_DECIDE_MAX_CONNECTIONS", value_name = "COUNT", default_value_t = Config::DEFAULT_MAX_CONNECTIONS)]
    max_connections: usize,

    /// Time for a request to arrive and be answered, as 500ms, 10s or 1m.
    #[arg(long, env = "ARCJET_DECIDE_REQUEST_TIMEOUT", value_name = "TIME", default_value = "10s", value_parser = time)]
    request_timeout: Duration,

    /// Time for running requests to finish after SIGTERM or Ctrl-C, as 500ms, 10s or 1m.
    #[arg(long, env = "ARCJET_DECIDE_DRAIN_TIMEOUT", value_name = "TIME", default_value = "10s", value_parser = time)]
    drain_timeout: Duration,

    /// What to log: error, warn, info, debug or trace, or a list such as info,arcjet_engine=debug.
    #[arg(long, env = "ARCJET_DECIDE_LOG", value_name = "LEVEL", default_value = "info")]
    log: String,

    /// How to write the log, which goes to standard error.
    #[arg(
        long,
        env = "ARCJET_DECIDE_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text"
    )]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Serves until the process is told to end, with what `line`, the environment and the file say.
pub(super) fn run(line: Vec<OsString>) -> Result<(), Box<dyn Error>> {
    let settings = Settings::load(&line)?;
    let args = &settings.args;
    telemetry::log(&args.log, args.log_format)?;
    // First: what counts itself looks for the recorder when it is made.
    let recorder = telemetry::metrics()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let _inside = runtime.enter();
    let sites = args.live_sites(&settings.sites)?;
    let config = args.config(&sites)?.metrics(recorder);
    let listen = args.listen;
    config.check_address(listen)?;
    runtime.block_on(async {
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| format!("cannot listen on {listen} (--listen): {error}"))?;
        let address = listener.local_addr()?;
        let shutdown = shutdown_signal()?;
        let reloader = Arc::new(Reloader::new(line, address, sites, settings)?);
        tokio::spawn(reload::follow(reloader, reload::hangups()?));
        // For people and scripts: where the server is, also after port 0. All else goes to standard error.
        println!("listening on http://{address}");
        Ok(serve(config, listener, shutdown).await?)
    })
}

impl ServeArgs {
    /// The sites behind `--key`, and those of the file.
    pub(super) fn sites(&self, of_file: &[SiteConfig]) -> Result<Vec<SiteConfig>, Faults> {
        // A variable that is set to nothing means no keys.
        let keys = self
            .keys
            .iter()
            .map(|key| key.trim())
            .filter(|key| !key.is_empty());
        let keys = Keys::new(keys)
            .map_err(|error| Faults::one(Fault::new("--key or ARCJET_DECIDE_KEYS", "", error.to_string(), "")))?;
        let mut sites = keys.sites();
        sites.extend_from_slice(of_file);
        Ok(sites)
    }

    /// The sites, ready to be served.
    pub(super) fn live_sites(&self, of_file: &[SiteConfig]) -> Result<Sites, Box<dyn Error>> {
        let decider = ProtocolDecider::builder().build_over(self.store()?)?;
        Ok(Sites::new(decider, &self.sites(of_file)?)?)
    }

    /// The store of rate limits. Within a runtime it connects at once.
    pub(super) fn store(&self) -> Result<Store, Box<dyn Error>> {
        if let StoreUrl::Valkey(config) = &self.store {
            return Ok(ValkeyStore::new((**config).clone())?.into());
        }
        let mut store = MemoryStore::builder();
        if let Some(capacity) = self.limit_capacity {
            store = store.capacity(usize::try_from(capacity)?);
        }
        Ok(store.build()?.into())
    }

    /// The server's configuration.
    pub(super) fn config(&self, sites: &Sites) -> Result<Config, Box<dyn Error>> {
        Ok(Config::with_sites(sites.clone())
            .max_body_bytes(self.max_body_bytes)
            .max_buffered_bytes(self.max_buffered_bytes)
            .max_connections(self.max_connections)
            .request_timeout(self.request_timeout)
            .drain_timeout(self.drain_timeout))
    }
}

/// Completes at the first SIGTERM or Ctrl-C.
fn shutdown_signal() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        let terminated = terminate.recv();
        #[cfg(not(unix))]
        let terminated = std::future::pending::<Option<()>>();
        tokio::select! {
            _ = terminated => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    })
}

/// Where rate limits are counted.
#[derive(Debug, Clone)]
enum StoreUrl {
    Memory,
    Valkey(Box<ValkeyConfig>),
}

fn store(text: &str) -> Result<StoreUrl, String> {
    if text == "memory" {
        return Ok(StoreUrl::Memory);
    }
    // The error does not show the URL, which may have a password in it.
    let config = text.parse::<ValkeyConfig>().map_err(|error| format!("{}; accepted: {}", error.problem(), error.accepted()))?;
    Ok(StoreUrl::Valkey(Box::new(config)))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let text = text.strip_prefix("http://").unwrap_or(text);
    match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}").parse(),
        None => text.parse(),
    }
    .map_err(|_| {
        "expected an IP address and a port, for example 127.0.0.1:8787, [::1]:8787 or 0.0.0.0:8787".to_owned()
    })
}

fn time(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let amount: Option<u64> = digits.parse().ok();
    let duration = amount.and_then(|amount| match &text[digits.len()..] {
        "ms" => Some(Duration::from_millis(amount)),
        "" | "s" => Some(Duration::from_secs(amount)),
        "m" => amount.checked_mul(60).map(Duration::from_secs),
        _ => None,
    });
    // A year is beyond any use, and far from where adding it to an instant would overflow.
    duration
        .filter(|duration| *duration <= Duration::from_secs(365 * 24 * 3600))
        .ok_or_else(|| "expected a whole number with ms, s or m, for example 500ms, 10s or 1m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(time("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(time("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(time("10"), Ok(Duration::from_secs(10)));
        assert_eq!(time("2m"), Ok(Duration::from_secs(120)));
        for text in [
            "",
            "s",
            "1.5s",
            "-1s",
            "1h",
            "18446744073709551615m",
            "18446744073709551615s",
            "1 s",
        ] {
            assert!(time(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn addresses() {
        for text in ["127.0.0.1:8787", "http://127.0.0.1:8787", "localhost:8787"] {
            assert_eq!(
                address(text),
                Ok(SocketAddr::from(([127, 0, 0, 1], 8787))),
                "{text:?}"
            );
        }
        for text in ["", "127.0.0.1", ":8787", "example.com:80", "127.0.0.1:99999"] {
            assert!(address(text).is_err(), "{text:?}");
        }
    }
}
