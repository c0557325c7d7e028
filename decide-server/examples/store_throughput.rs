//! How many decisions a second the store over Valkey answers, next to what `redis-benchmark` reaches with the same script,
//! as many calls in flight and one connection:
//!
//! ```text
//! cargo run --release -p arcjet-decide-server --example store_throughput -- valkey://127.0.0.1:6379 [seconds]
//! ```
//!
//! It writes two hundred thousand counts into database 0. With `?lease=0.05` at the end of the URL it measures leases
//! instead: ten thousand clients with a quota of ten thousand a minute, without and with them.

#![expect(clippy::unwrap_used, reason = "a tool that ends at the first fault")]

use std::io::Write as _;
use std::ops::Range;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arcjet_decide_server::Store;
use arcjet_engine::Clock;
use arcjet_engine::limit::{LimitCheck, LimitKey, LimitStore as _, Quota};

const CLIENTS: u64 = 100_000;
/// Numbers without a zero byte: redis-benchmark ends arguments there. A hundred and twenty-seven requests of a client pass.
const MAX: u32 = 0x7f7f_7f7f;
const UNITS: u32 = 0x0101_0101;
const SECONDS: u32 = 0x0101_0101;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .unwrap_or_else(|| "valkey://127.0.0.1:6379".to_owned());
    let seconds = arguments.next().map_or(5, |text| text.parse().unwrap());
    let duration = Duration::from_secs(seconds);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let store = |url: &str| runtime.block_on(async { Arc::new(Store::open(&patient(url), 1).unwrap()) });
    println!(
        "| in flight | decisions/s | p50 | p99 | this process, per decision | redis-benchmark, calls/s | ratio |"
    );
    println!("|---|---|---|---|---|---|---|");
    if let Some((plain, _)) = url.split_once('?') {
        let quota = Quota::fixed_window(10_000, Duration::from_secs(60)).unwrap();
        let runs = [32, 128]
            .into_iter()
            .flat_map(|n| [(n, plain, "none"), (n, &*url, "leases")]);
        // Other clients in each run: those of the one before may have used up their quota.
        for ((in_flight, url, what), run) in runs.zip(0..) {
            let clients = run * 10_000..(run + 1) * 10_000;
            let run = runtime.block_on(load(store(url), quota, (clients, 1), in_flight, duration));
            println!("| {in_flight}, {what} {run} | | |");
        }
        return;
    }
    let quota = Quota::fixed_window(MAX, Duration::from_secs(SECONDS.into())).unwrap();
    for in_flight in [1, 32, 128] {
        let run = runtime.block_on(load(store(&url), quota, (0..CLIENTS, UNITS), in_flight, duration));
        let peer = redis_benchmark(&url, in_flight, run.per_second * seconds as f64);
        println!("| {in_flight} {run} | {peer:.0} | {:.2} |", run.per_second / peer);
    }
}

/// The same store with a deadline that a busy machine meets.
fn patient(url: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}deadline_ms=10000")
}

struct Run {
    decisions: u64,
    per_second: f64,
    p50: Duration,
    p99: Duration,
    /// Of this process, so without the server's.
    processor: Duration,
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let micros = self.processor.as_secs_f64() * 1e6 / self.decisions as f64;
        write!(
            f,
            "| {:.0} | {:?} | {:?} | {micros:.1} µs",
            self.per_second, self.p50, self.p99
        )
    }
}

/// Runs decisions for so many clients of so many units each.
async fn load(
    store: Arc<Store>,
    quota: Quota,
    (clients, requested): (Range<u64>, u32),
    in_flight: usize,
    duration: Duration,
) -> Run {
    let check = move |clients: &Range<u64>, client: u64| LimitCheck {
        // Spread as digests are.
        key: LimitKey::new(
            u128::from(clients.start + client % (clients.end - clients.start))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
        ),
        quota,
        requested,
        dry_run: false,
    };
    // Valkey's clock counts; leases need one of their own.
    let now = || Clock::System.now();
    store.check(&[check(&clients, 0)], now()).await.unwrap();
    let next = Arc::new(AtomicU64::new(0));
    let (started, before) = (Instant::now(), processor_time());
    let tasks: Vec<_> = (0..in_flight)
        .map(|_| {
            let (store, next, clients) = (Arc::clone(&store), Arc::clone(&next), clients.clone());
            tokio::spawn(async move {
                let mut taken = Vec::new();
                while started.elapsed() < duration {
                    let asked = Instant::now();
                    store
                        .check(&[check(&clients, next.fetch_add(1, Ordering::Relaxed))], now())
                        .await
                        .unwrap();
                    taken.push(asked.elapsed());
                    // A lease answers without waiting, and the connection has to be served in between.
                    tokio::task::yield_now().await;
                }
                taken
            })
        })
        .collect();
    let mut taken = Vec::new();
    for task in tasks {
        taken.extend(task.await.unwrap());
    }
    let per_second = taken.len() as f64 / started.elapsed().as_secs_f64();
    let processor = processor_time() - before;
    taken.sort_unstable();
    Run {
        decisions: taken.len() as u64,
        per_second,
        p50: taken[taken.len() / 2],
        p99: taken[taken.len() * 99 / 100],
        processor,
    }
}

/// User and system time of this process, at the usual 100 ticks a second.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11..13]
        .iter()
        .map(|ticks| ticks.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 10)
}

/// Calls a second of the same script with the same arguments, over one connection with as many calls in flight.
fn redis_benchmark(url: &str, in_flight: usize, calls: f64) -> f64 {
    let address = url.rsplit('/').next().unwrap().rsplit('@').next().unwrap();
    let (host, port) = address.split_once(':').unwrap_or((address, "6379"));
    let script = include_str!("../src/store/valkey/take.lua");
    let loaded = Command::new("redis-cli")
        .args(["-h", host, "-p", port, "SCRIPT", "LOAD", script])
        .output()
        .unwrap();
    let digest = String::from_utf8(loaded.stdout).unwrap();
    let mut packed = vec![1, 1];
    // The third is the refill rate, which a window has not.
    for number in [MAX, SECONDS, UNITS, UNITS] {
        packed.extend(number.to_be_bytes());
    }
    let mut process = Command::new("redis-benchmark")
        .args([
            "-h",
            host,
            "-p",
            port,
            "-q",
            "--csv",
            "-x",
            "-c",
            "1",
            "-P",
            &in_flight.to_string(),
        ])
        .args(["-n", &format!("{calls:.0}"), "-r", &CLIENTS.to_string()])
        .args([
            "EVALSHA",
            digest.trim(),
            "1",
            "arcjet:v1:{__rand_int__}:AAAAAAAAAAAAAAAAAAAAAA",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(&packed).unwrap();
    let output = process.wait_with_output().unwrap().stdout;
    // The last line; its second field is the calls a second.
    let output = String::from_utf8_lossy(&output);
    let last = output.lines().last().unwrap();
    last.split("\",\"").nth(1).unwrap().parse().unwrap()
}
