//! Random and mutated requests: always an answer in the protocol, never a panic.

use std::convert::Infallible;
use std::io::Write as _;

use arcjet_decide_server::{Config, Endpoint, ResponseBody, Store};
use arcjet_engine::decider::protocol::ProtocolDecider;
use arcjet_engine::wire::v1alpha1::DecideResponse;
use arcjet_engine::wire::v2::{GetGuardPolicyResponse, GuardResponse};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use proptest::test_runner::{Config as RunnerConfig, RngAlgorithm, RngSeed, TestRunner};
use prost::Message as _;

use crate::client::{DECIDE, REPORT, decide, deny_bots, fixed_window};
use crate::guard::{CAPTURE, GET_GUARD_POLICY, GUARD, every_rule};

/// How many requests are made unless `ARCJET_RANDOM_REQUESTS` says otherwise: as many as fit into a run of all tests.
const REQUESTS: usize = 20_000;
/// How much more memory the second half of the requests may take than the first.
const MOST_GROWTH: usize = 64 << 20;

/// Random numbers that are the same in every run.
struct Random(proptest::test_runner::TestRng);

impl Random {
    fn new() -> Self {
        let config = RunnerConfig {
            rng_seed: RngSeed::Fixed(0x00a7_c3e7),
            rng_algorithm: RngAlgorithm::ChaCha,
            ..RunnerConfig::default()
        };
        Self(TestRunner::new(config).rng().clone())
    }

    fn below(&mut self, limit: usize) -> usize {
        use proptest::prelude::Rng as _;
        usize::try_from(self.0.next_u64() % limit.max(1) as u64).unwrap()
    }

    fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length)
            .map(|_| u8::try_from(self.below(256)).unwrap())
            .collect()
    }
}

/// Changes, inserts, removes or repeats a few bytes.
fn mutate(random: &mut Random, data: &mut Vec<u8>) {
    for _ in 0..random.below(4) {
        let at = random.below(data.len() + 1);
        let until = (at + random.below(8)).min(data.len());
        match random.below(4) {
            0 if at < data.len() => data[at] = u8::try_from(random.below(256)).unwrap(),
            1 => drop(data.drain(at..until)),
            2 => {
                let part = data[at..until].to_vec();
                data.splice(at..at, part.repeat(3));
            }
            _ => {
                let length = random.below(8);
                let part = random.bytes(length);
                data.splice(at..at, part);
            }
        }
    }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0], &length[..], message].concat()
}

type Body = StreamBody<tokio_stream::Iter<std::vec::IntoIter<Result<Frame<Bytes>, Infallible>>>>;

fn request(random: &mut Random, samples: &[(&'static str, Vec<u8>)]) -> Request<Body> {
    let (mut content_type, mut body) = random.one_of(samples);
    if random.below(8) == 0 {
        let length = random.below(300);
        body = random.bytes(length);
    }
    mutate(random, &mut body);
    let mut builder = Request::builder()
        .method(random.one_of(&["POST", "POST", "POST", "POST", "POST", "POST", "GET", "PUT"]));
    builder = builder.uri(random.one_of(&[
        DECIDE,
        DECIDE,
        DECIDE,
        REPORT,
        GUARD,
        GUARD,
        GET_GUARD_POLICY,
        CAPTURE,
        "/proto.decide.v1alpha1.DecideService/X",
        "/grpc.health.v1.Health/Check",
        "/healthz",
        "/",
    ]));
    match random.below(6) {
        0 => {
            body = gzip(&body);
            mutate(random, &mut body);
            builder = builder.header("content-encoding", "gzip");
        }
        1 => {
            builder = builder.header(
                "content-encoding",
                random.one_of(&["gzip", "br", "identity", "\u{e9}"]),
            )
        }
        2 => {
            builder = builder.header(
                "connect-timeout-ms",
                random.one_of(&["1000", "-1", "", "99999999999"]),
            )
        }
        3 => builder = builder.header("grpc-timeout", random.one_of(&["1S", "1x", "", "99999999H"])),
        4 => builder = builder.header("grpc-encoding", random.one_of(&["gzip", "identity", "zstd"])),
        _ => {}
    }
    if random.below(16) == 0 {
        content_type = random.one_of(&[
            "",
            "text/plain",
            "application/grpc-web",
            "application/json;",
            "application/grpc+json",
            "\u{e9}",
        ]);
    }
    let mut frames = Vec::new();
    let mut rest = Bytes::from(body);
    while !rest.is_empty() {
        let length = random.below(rest.len()) + 1;
        frames.push(Ok(Frame::data(rest.split_to(length))));
    }
    builder
        .header("content-type", content_type)
        .body(StreamBody::new(tokio_stream::iter(frames)))
        .unwrap()
}

/// What a protocol allows as an answer to `description`.
async fn check(response: Response<ResponseBody>, grpc: bool, description: &str) {
    let (parts, body) = response.into_parts();
    let body = body
        .collect()
        .await
        .unwrap_or_else(|status| panic!("{status:?} ends the answer to {description}"));
    let trailers = body.trailers().cloned().unwrap_or_default();
    let body = body.to_bytes();
    let content_type = parts
        .headers
        .get("content-type")
        .map_or("", |value| value.to_str().unwrap());
    if grpc {
        assert_eq!(
            (parts.status.as_u16(), content_type),
            (200, "application/grpc"),
            "{description}"
        );
        let status = parts.headers.get("grpc-status").or(trailers.get("grpc-status"));
        let status: u32 = status
            .unwrap_or_else(|| panic!("no status for {description}"))
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!(status <= 16, "{status} for {description}");
        assert_eq!(status == 0, !body.is_empty(), "{description}");
    } else if content_type == "application/json" {
        let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let is_error = json["code"].is_string() && json["message"].is_string();
        assert_eq!(parts.status.is_success(), !is_error, "{json} for {description}");
        assert!(
            parts.status.as_u16() < 500 || parts.status == 501,
            "{json} for {description}"
        );
    } else if content_type == "application/proto" {
        assert_eq!(parts.status.as_u16(), 200);
        // Which of them depends on the path; an acknowledgement is empty, and so is any of them.
        let is_answer = DecideResponse::decode(body.clone()).is_ok()
            || GuardResponse::decode(body.clone()).is_ok()
            || GetGuardPolicyResponse::decode(body).is_ok();
        assert!(is_answer, "{description}");
    } else {
        assert!(
            content_type.starts_with("text/plain"),
            "{content_type} for {description}"
        );
    }
}

#[tokio::test]
async fn every_request_gets_a_well_formed_answer() {
    let decider = ProtocolDecider::builder().build_over(Store::default()).unwrap();
    let endpoint = Endpoint::new(&Config::new(decider).max_body_bytes(4096));
    let message = decide("8.8.8.8", vec![fixed_window(5), deny_bots(&["CURL"])]);
    let binary = message.encode_to_vec();
    let guarded = every_rule();
    let guarded_binary = guarded.encode_to_vec();
    let samples = [
        ("application/proto", guarded_binary.clone()),
        ("application/json", serde_json::to_vec(&guarded).unwrap()),
        ("application/grpc", framed(&guarded_binary)),
        ("application/proto", binary.clone()),
        ("application/json", serde_json::to_vec(&message).unwrap()),
        ("application/grpc", framed(&binary)),
        ("application/grpc+proto", framed(&binary)),
    ];
    let mut random = Random::new();
    let requests = std::env::var("ARCJET_RANDOM_REQUESTS").map_or(REQUESTS, |count| count.parse().unwrap());
    let mut half_way = 0;
    for number in 0..requests {
        if number == requests / 2 {
            half_way = resident_bytes();
        }
        let request = request(&mut random, &samples);
        let description = format!("request {number}: {request:?}");
        let grpc = request.headers()["content-type"]
            .as_bytes()
            .starts_with(b"application/grpc")
            && !request.headers()["content-type"]
                .as_bytes()
                .starts_with(b"application/grpc-web");
        let is_page = request.uri().path() == "/healthz";
        check(endpoint.handle(request).await, grpc && !is_page, &description).await;
    }
    let growth = resident_bytes().saturating_sub(half_way);
    assert!(
        growth <= MOST_GROWTH,
        "{growth} bytes more after {requests} requests than half way"
    );
}

/// Memory of this process that is in use; 0 where the system does not say.
fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    kilobytes.unwrap_or(0) * 1024
}
