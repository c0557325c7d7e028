//! `arcjet-decide serve`: the server, and what it can be told by flags and environment.

use std::error::Error;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use arcjet_decide_server::settings::{Fault, Faults};
use arcjet_decide_server::{Config, Keys, ReputationConfig, SiteConfig, Sites, keep_fresh, serve};
use arcjet_engine::decider::protocol::ProtocolDecider;
use arcjet_engine::reputation::Reputation;
use clap::{Args, ValueEnum};

use super::connections::ConnectionArgs;
use super::dns::{DnsArgs, DnsLookups};
use super::reload::{self, Reloader};
use super::reputation::ReputationArgs;
use super::settings::Settings;
use super::store::StoreArgs;
use super::tls::TlsArgs;
#[cfg(feature = "otlp")]
use super::trace::TraceArgs;
use super::{listen, signals};
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

    /// Socket in the file system to listen on besides the port, without TLS; the file system says who may open it.
    #[cfg(unix)]
    #[arg(long, env = "ARCJET_DECIDE_UNIX_SOCKET", value_name = "PATH")]
    unix_socket: Option<std::path::PathBuf>,

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

    #[command(flatten)]
    pub(super) store: StoreArgs,

    /// What the DNS is asked.
    #[arg(
        long,
        env = "ARCJET_DECIDE_DNS_LOOKUPS",
        value_name = "LOOKUPS",
        default_value = "mail"
    )]
    dns_lookups: DnsLookups,

    #[command(flatten)]
    dns: DnsArgs,

    /// Longest request body, compressed or not.
    #[arg(long, env = "ARCJET_DECIDE_MAX_BODY_BYTES", value_name = "BYTES", default_value_t = Config::DEFAULT_MAX_BODY_BYTES)]
    max_body_bytes: usize,

    /// Memory for all request bodies that are being received.
    #[arg(long, env = "ARCJET_DECIDE_MAX_BUFFERED_BYTES", value_name = "BYTES", default_value_t = Config::DEFAULT_MAX_BUFFERED_BYTES)]
    max_buffered_bytes: usize,

    /// Connections served at the same time; more wait to be accepted.
    #[arg(long, env = "ARCJET_DECIDE_MAX_CONNECTIONS", value_name = "COUNT", default_value_t = Config::DEFAULT_MAX_CONNECTIONS)]
    max_connections: usize,

    /// Threads that serve connections, each its own ones. Unless set, one less than there are cores, at least one: a server
    /// answers more calls, and sooner, while a core is left for the network, the store and whoever calls from here.
    #[arg(long, env = "ARCJET_DECIDE_WORKERS", value_name = "COUNT")]
    workers: Option<NonZeroUsize>,

    /// Calls that are worked on at the same time; further ones are answered `unavailable` at once, so that clients decide
    /// by themselves instead of waiting.
    #[arg(long, env = "ARCJET_DECIDE_MAX_IN_FLIGHT", value_name = "COUNT", default_value_t = Config::DEFAULT_MAX_IN_FLIGHT)]
    max_in_flight: usize,

    /// Time that a call may wait for its turn while the processor is busy; one that waited longer is answered `unavailable`.
    #[arg(long, env = "ARCJET_DECIDE_MAX_QUEUE_TIME", value_name = "TIME", default_value = "500ms", value_parser = time)]
    max_queue_time: Duration,

    /// Whether gRPC reflection describes the services to whoever has a key.
    #[arg(long, env = "ARCJET_DECIDE_REFLECTION", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    reflection: bool,

    /// Time for a request to arrive and be answered, as 500ms, 10s or 1m.
    #[arg(long, env = "ARCJET_DECIDE_REQUEST_TIMEOUT", value_name = "TIME", default_value = "10s", value_parser = time)]
    request_timeout: Duration,

    /// Time for running requests to finish after SIGTERM or Ctrl-C, as 500ms, 10s or 1m.
    #[arg(long, env = "ARCJET_DECIDE_DRAIN_TIMEOUT", value_name = "TIME", default_value = "10s", value_parser = time)]
    drain_timeout: Duration,

    /// Time after SIGTERM or Ctrl-C in which health checks already fail and all else goes on, so that load balancers look
    /// elsewhere first, as 500ms, 10s or 1m. It comes before the time for running requests.
    #[arg(long, env = "ARCJET_DECIDE_DRAIN_DELAY", value_name = "TIME", default_value = "0s", value_parser = time)]
    drain_delay: Duration,

    #[command(flatten)]
    connections: ConnectionArgs,

    #[command(flatten)]
    pub(super) reputation: ReputationArgs,

    #[command(flatten)]
    pub(super) tls: TlsArgs,

    #[cfg(feature = "otlp")]
    #[command(flatten)]
    trace: TraceArgs,

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
    let settings = Arc::new(Settings::load(&line)?);
    let args = &settings.args;
    telemetry::log(&args.log, args.log_format)?;
    // First: what counts itself looks for the recorder when it is made.
    let recorder = telemetry::metrics()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // A store over the network starts to connect when it is made.
    let inside = runtime.enter();
    let reputation = args.reputation.load()?;
    let sites = args.live_sites(&settings.sites, reputation.clone())?;
    drop(inside);
    let mut config = args.config(&sites).metrics(recorder);
    let tls = args.tls.load()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    if let Some(tls) = tls.clone() {
        config = config.tls(tls);
    }
    config.check_address(args.listen)?;
    runtime.block_on(async {
        let bound = listen::bind(
            args.listen,
            #[cfg(unix)]
            args.unix_socket.as_deref(),
        )
        .await?;
        #[cfg(feature = "otlp")]
        let tracer = args.trace.start()?;
        #[cfg(feature = "otlp")]
        if let Some(tracer) = tracer.clone() {
            config = config.tracer(tracer);
        }
        let shutdown = signals::shutdown()?;
        let reloader = Arc::new(Reloader::new(line, bound.address, sites, Arc::clone(&settings))?);
        tokio::spawn(reload::follow(Arc::clone(&reloader)));
        tokio::spawn(keep_fresh(reputation, ReputationConfig::DEFAULT_CHECK_INTERVAL));
        signals::reload(move || {
            reloader.reload();
            if let Some(tls) = &tls {
                // Logged and counted there.
                let _ = tls.reload();
            }
        })?;
        // For people and scripts: where the server is, also after port 0. All else goes to standard error.
        println!("listening on {scheme}://{}", bound.address);
        signals::ready()?;
        let shutdown = async {
            shutdown.await;
            // The service manager may think what it likes; the server ends all the same.
            let _ = signals::stopping();
        };
        serve(config, bound.listeners, shutdown).await?;
        #[cfg(feature = "otlp")]
        if let Some(tracer) = tracer {
            tracer.flush();
        }
        Ok(())
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
        let keys = Keys::new(keys).map_err(|error| {
            Faults::one(Fault::new(
                "--key or ARCJET_DECIDE_KEYS",
                "",
                error.to_string(),
                "",
            ))
        })?;
        let mut sites = keys.sites();
        sites.extend_from_slice(of_file);
        Ok(sites)
    }

    /// The sites, ready to be served.
    pub(super) fn live_sites(
        &self,
        of_file: &[SiteConfig],
        reputation: Reputation,
    ) -> Result<Sites, Box<dyn Error>> {
        let decider = ProtocolDecider::builder()
            .reputation(reputation)
            .ipv6_prefix(self.store.ipv6_prefix);
        let decider = self.dns.configure(self.dns_lookups, decider);
        let decider = decider.build_over(self.store.open()?)?;
        Ok(Sites::new(decider, &self.sites(of_file)?)?)
    }

    /// The server's configuration.
    pub(super) fn config(&self, sites: &Sites) -> Config {
        Config::with_sites(sites.clone())
            .workers(self.workers.unwrap_or_else(usual_workers))
            .max_body_bytes(self.max_body_bytes)
            .max_buffered_bytes(self.max_buffered_bytes)
            .max_connections(self.max_connections)
            .request_timeout(self.request_timeout)
            .max_in_flight(self.max_in_flight)
            .max_queue_time(self.max_queue_time)
            .reflection(self.reflection)
            .drain_delay(self.drain_delay)
            .drain_timeout(self.drain_timeout)
            .connections(self.connections.config())
    }
}

/// One less than there are cores, at least one.
fn usual_workers() -> NonZeroUsize {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    NonZeroUsize::new(cores - 1).unwrap_or(NonZeroUsize::MIN)
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

pub(super) fn time(text: &str) -> Result<Duration, String> {
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
