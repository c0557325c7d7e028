//! `arcjet-decide probe`: asks a server for decisions, and says how long they took.

mod call;
mod histogram;
mod target;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use tokio::task::JoinSet;

use self::call::Call;
use self::histogram::Histogram;
use self::target::Target;
use super::serve::time;

/// What is asked, and how often.
///
/// Each call is a real one with a rate limit of its own in dry run, for an address that nobody has (192.0.2.1): no client's
/// limit is touched.
#[derive(Debug, Args)]
pub(crate) struct ProbeArgs {
    /// Where the server is.
    #[arg(
        long,
        env = "ARCJET_DECIDE_PROBE_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:8787"
    )]
    url: String,

    /// Environment variable that holds the API key; of several, separated by commas, the first is sent. Health checks are made
    /// without one.
    #[arg(long, value_name = "NAME", default_value = "ARCJET_DECIDE_KEYS")]
    key_env: String,

    /// Certificate authorities to trust, in PEM, instead of the system's.
    #[arg(long, env = "ARCJET_DECIDE_PROBE_CA", value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Certificate to show to a server that asks for one, in PEM.
    #[arg(long, env = "ARCJET_DECIDE_PROBE_CERT", value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,

    /// Private key of that certificate, in PEM.
    #[arg(long, env = "ARCJET_DECIDE_PROBE_KEY", value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,

    /// Name that the server's certificate must be for, where it is not the host in the URL.
    #[arg(long, env = "ARCJET_DECIDE_PROBE_SERVER_NAME", value_name = "NAME")]
    server_name: Option<String>,

    /// Protocol to ask by.
    #[arg(long, value_name = "PROTOCOL", default_value = "grpc")]
    protocol: Protocol,

    /// One call, and an exit code: for health checks of containers.
    #[arg(long, conflicts_with_all = ["count", "duration", "in_flight"])]
    once: bool,

    /// How many calls to make.
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,

    /// How long to make calls, as 500ms, 10s or 1m, instead of how many.
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "count")]
    duration: Option<Duration>,

    /// Calls at the same time, over one connection.
    #[arg(long, value_name = "COUNT", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1024))]
    in_flight: u32,

    /// Time for a call before it counts as failed.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = time)]
    timeout: Duration,

    /// Fails if one call in a hundred takes longer than this.
    #[arg(long, value_name = "TIME", value_parser = time)]
    max_p99: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Protocol {
    /// gRPC over HTTP/2.
    Grpc,
    /// Connect over HTTP/2, as application/proto.
    Connect,
    /// No decisions but gRPC health checks, which need no key.
    Health,
}

/// Makes the calls, says what came of them, and fails if any failed or they took too long.
pub(crate) fn run(args: &ProbeArgs) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let summary = runtime.block_on(probe(args))?;
    print!("{}", summary.describe(args));
    match summary.verdict(args) {
        None => {
            println!("verdict  ok");
            Ok(())
        }
        Some(fault) => Err(format!("the server is not well: {fault}").into()),
    }
}

async fn probe(args: &ProbeArgs) -> Result<Summary, Box<dyn Error>> {
    let target = Target::new(args)?;
    let key = std::env::var(&args.key_env).unwrap_or_default();
    let key = key.split(',').next().map(str::trim).unwrap_or_default();
    let call = Arc::new(Call::new(target.origin(), args.protocol, key, args.timeout)?);
    let connection = tokio::time::timeout(args.timeout.max(Duration::from_secs(1)), target.connect());
    let connection = connection
        .await
        .map_err(|_| format!("{}: connecting took too long", args.url))?
        .map_err(|error| format!("cannot connect to {}: {error}", args.url))?;

    let (count, in_flight) = if args.once {
        (1, 1)
    } else {
        (args.count, args.in_flight)
    };
    let begun = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let more = {
        let duration = args.duration;
        move || match duration {
            Some(duration) => started.elapsed() < duration,
            None => begun.fetch_add(1, Ordering::Relaxed) < count,
        }
    };
    let mut workers = JoinSet::new();
    for _ in 0..in_flight {
        let (call, connection, more) = (Arc::clone(&call), connection.clone(), more.clone());
        workers.spawn(async move {
            let mut summary = Summary::default();
            while more() {
                let began = Instant::now();
                match call.make(&connection).await {
                    Ok(()) => summary.latencies.record(began.elapsed()),
                    Err(error) => *summary.errors.entry(error).or_default() += 1,
                }
            }
            summary
        });
    }
    let mut summary = Summary::default();
    while let Some(worker) = workers.join_next().await {
        summary.add(worker?);
    }
    summary.took = started.elapsed();
    Ok(summary)
}

/// What came of the calls.
#[derive(Debug, Default)]
struct Summary {
    latencies: Histogram,
    /// Failed calls by what failed.
    errors: BTreeMap<String, u64>,
    took: Duration,
}

impl Summary {
    fn add(&mut self, other: Self) {
        self.latencies.add(&other.latencies);
        for (error, count) in other.errors {
            *self.errors.entry(error).or_default() += count;
        }
    }

    fn describe(&self, args: &ProbeArgs) -> String {
        let failed: u64 = self.errors.values().sum();
        let calls = self.latencies.count() + failed;
        let protocol = match args.protocol {
            Protocol::Grpc => "gRPC",
            Protocol::Connect => "Connect",
            Protocol::Health => "gRPC health",
        };
        let rate = calls as f64 / self.took.as_secs_f64();
        let mut text = format!(
            "{}  {protocol}, {calls} calls in {:.2?}, {rate:.0} a second\n",
            args.url, self.took
        );
        if self.latencies.count() > 0 {
            let quantile = |quantile: f64| self.latencies.quantile(quantile);
            text += &format!(
                "latency  p50 {:.2?}  p90 {:.2?}  p99 {:.2?}  max {:.2?}\n",
                quantile(0.5),
                quantile(0.9),
                quantile(0.99),
                self.latencies.max(),
            );
        }
        for (error, count) in &self.errors {
            text += &format!("error    {count} x {error}\n");
        }
        text
    }

    /// What is wrong with the server, if anything is.
    fn verdict(&self, args: &ProbeArgs) -> Option<String> {
        let failed: u64 = self.errors.values().sum();
        if failed > 0 {
            return Some(format!(
                "{failed} of {} calls failed",
                failed + self.latencies.count()
            ));
        }
        let p99 = self.latencies.quantile(0.99);
        match args.max_p99 {
            Some(limit) if p99 > limit => Some(format!("p99 is {p99:.2?}, more than {limit:?}")),
            _ => None,
        }
    }
}
