//! What throttlecrab, a rate limiter with a server of its own, is asked over gRPC: <https://crates.io/crates/throttlecrab-server>.

use prost::Message;

/// The path of its only method.
pub const PATH: &str = "/throttlecrab.RateLimiter/Throttle";

/// Asks for one unit of the quota of a key (its `ThrottleRequest`).
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ThrottleRequest {
    /// Who asks.
    #[prost(string, tag = "1")]
    pub key: String,
    /// How many units may be taken at once.
    #[prost(int32, tag = "2")]
    pub max_burst: i32,
    /// How many become free in a period.
    #[prost(int32, tag = "3")]
    pub count_per_period: i32,
    /// The period in seconds.
    #[prost(int32, tag = "4")]
    pub period: i32,
    /// How many are taken.
    #[prost(int32, tag = "5")]
    pub quantity: i32,
}

/// The beginning of its answer (`ThrottleResponse`).
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct ThrottleResponse {
    /// Whether there was enough.
    #[prost(bool, tag = "1")]
    pub allowed: bool,
}

/// The request of the client of this number, with a quota that is never used up.
pub fn throttle_request(client_number: u32) -> ThrottleRequest {
    ThrottleRequest {
        key: crate::request::client(client_number).to_string(),
        max_burst: 1_000_000_000,
        count_per_period: 1_000_000_000,
        period: 3600,
        quantity: 1,
    }
}
