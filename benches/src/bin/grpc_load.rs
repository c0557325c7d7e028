//! Calls `Decide` of a decision server, or a method of another rate limiter, over gRPC, a number of calls at a time:
//! `grpc_load <address> <limit|bots-and-limit|throttlecrab|limitador> <calls in flight> <calls>`.
//!
//! The calls are those of 1,024 clients in turn, encoded before the clock starts, over four connections. Prints calls per
//! second and the latencies in microseconds at the 50th and the 99th percentile. It fails unless every call is answered
//! with a message, and the first one of each task with one that allows.

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arcjet_benches::{DecideScenario, decide_request, grpc_frame, limitador, throttlecrab};
use arcjet_engine::wire::v1alpha1 as wire;
use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Collected, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

type Failure = Box<dyn Error + Send + Sync>;

const DECIDE_PATH: &str = "/proto.decide.v1alpha1.DecideService/Decide";
const CLIENTS: u32 = 1024;
const CONNECTIONS: usize = 4;
/// How long an answer may take before the load gives up.
const PATIENCE: Duration = Duration::from_secs(10);
const NOT_ALLOWED: &str = "the answer should be to allow, and is not";
/// The bytes of a gRPC message before the message: whether it is compressed, and its length.
const FRAME_HEAD: usize = 5;

/// What the tasks share.
struct Load {
    uri: Uri,
    frames: Vec<Bytes>,
    check_answer: fn(&[u8]) -> Result<(), Failure>,
    calls: u64,
    started: AtomicU64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let address: SocketAddr = argument(1)?;
    let scenario: String = argument(2)?;
    let (path, frames, check_answer) = calls(&scenario)?;
    let in_flight: usize = argument(3)?;
    let load = Arc::new(Load {
        uri: format!("http://{address}{path}").parse()?,
        frames,
        check_answer,
        calls: argument(4)?,
        started: AtomicU64::new(0),
    });
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS.min(in_flight) {
        connections.push(connect(address).await?);
    }

    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for connection in connections.iter().cycle().take(in_flight) {
        tasks.spawn(call_in_turn(Arc::clone(&load), connection.clone()));
    }
    let mut latencies = Vec::new();
    while let Some(task) = tasks.join_next().await {
        latencies.append(&mut task??);
    }
    let seconds = start.elapsed().as_secs_f64();

    latencies.sort_unstable();
    let percentile = |hundredths: usize| latencies.get(latencies.len() * hundredths / 100);
    let (Some(median), Some(high)) = (percentile(50), percentile(99)) else {
        return Err("there was nothing to do".into());
    };
    println!("{:.0} {median} {high}", latencies.len() as f64 / seconds);
    Ok(())
}

/// The path of a scenario's calls, their messages, and what checks an answer.
#[expect(clippy::type_complexity, reason = "it is taken apart where it is made")]
fn calls(scenario: &str) -> Result<(&'static str, Vec<Bytes>, fn(&[u8]) -> Result<(), Failure>), Failure> {
    let frames = |frame: &dyn Fn(u32) -> Bytes| (0..CLIENTS).map(frame).collect();
    Ok(match scenario {
        "throttlecrab" => {
            let frames = frames(&|client| grpc_frame(&throttlecrab::throttle_request(client)));
            (throttlecrab::PATH, frames, check_throttled)
        }
        "limitador" => {
            let frames = frames(&|client| grpc_frame(&limitador::rate_limit_request(client)));
            (limitador::PATH, frames, check_limited)
        }
        _ => {
            let scenario =
                DecideScenario::from_name(scenario).ok_or_else(|| format!("no scenario `{scenario}`"))?;
            let frames = frames(&|client| grpc_frame(&decide_request(scenario, client)));
            (DECIDE_PATH, frames, check_decided)
        }
    })
}

fn argument<T: FromStr<Err: Into<Failure>>>(place: usize) -> Result<T, Failure> {
    let text = env::args()
        .nth(place)
        .ok_or("usage: grpc_load <address> <scenario> <calls in flight> <calls>")?;
    text.parse().map_err(Into::into)
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            eprintln!("connection: {error}");
        }
    });
    Ok(sender)
}

/// Makes one call after another until all calls of the load were made. Returns how long each took, in microseconds.
async fn call_in_turn(
    load: Arc<Load>,
    mut connection: SendRequest<Full<Bytes>>,
) -> Result<Vec<u32>, Failure> {
    let mut latencies = Vec::new();
    loop {
        let number = load.started.fetch_add(1, Ordering::Relaxed);
        if number >= load.calls {
            return Ok(latencies);
        }
        let frame = load.frames[number as usize % load.frames.len()].clone();
        let request = Request::post(load.uri.clone())
            .header(header::CONTENT_TYPE, "application/grpc")
            .header(header::TE, "trailers")
            .header(header::AUTHORIZATION, "Bearer ajkey_bench")
            .header("grpc-timeout", "2S")
            .body(Full::new(frame))?;
        let start = Instant::now();
        let (head, body) = timeout(PATIENCE, exchange(&mut connection, request)).await??;
        let latency = start.elapsed();
        let trailers = body.trailers().cloned().unwrap_or_default();
        check(head.status, &head.headers, &trailers)?;
        let body = body.to_bytes();
        if latencies.is_empty() {
            (load.check_answer)(body.get(FRAME_HEAD..).unwrap_or_default())?;
        }
        if body.len() <= FRAME_HEAD {
            return Err("an answer without a message".into());
        }
        latencies.push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
    }
}

async fn exchange(
    connection: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<(Parts, Collected<Bytes>), Failure> {
    connection.ready().await?;
    let (head, body) = connection.send_request(request).await?.into_parts();
    Ok((head, body.collect().await?))
}

/// A call has failed unless its gRPC status is 0; an error has it in the headers.
fn check(status: StatusCode, headers: &HeaderMap, trailers: &HeaderMap) -> Result<(), Failure> {
    let grpc_status = trailers.get("grpc-status").or_else(|| headers.get("grpc-status"));
    match grpc_status {
        Some(value) if value == "0" && status == StatusCode::OK => Ok(()),
        _ => Err(format!("status {status}, gRPC status {grpc_status:?}").into()),
    }
}

fn check_throttled(message: &[u8]) -> Result<(), Failure> {
    match throttlecrab::ThrottleResponse::decode(message)?.allowed {
        true => Ok(()),
        false => Err(NOT_ALLOWED.into()),
    }
}

fn check_limited(message: &[u8]) -> Result<(), Failure> {
    match limitador::RateLimitResponse::decode(message)?.overall_code() {
        limitador::Code::Ok => Ok(()),
        _ => Err(NOT_ALLOWED.into()),
    }
}

fn check_decided(message: &[u8]) -> Result<(), Failure> {
    let decision = wire::DecideResponse::decode(message)?
        .decision
        .unwrap_or_default();
    match decision.conclusion() {
        wire::Conclusion::Allow => Ok(()),
        other => Err(format!("the decision should be to allow, and is {}", other.as_str_name()).into()),
    }
}
