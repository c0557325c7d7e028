//! What Limitador's server is asked over gRPC, which is Envoy's rate limit service:
//! <https://github.com/Kuadrant/limitador>. The limit itself is in the file that the server is started with,
//! `benches/limitador.yaml`.

use prost::{Enumeration, Message};

/// The path of its method.
pub const PATH: &str = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit";

/// Asks for one unit of the quotas of a namespace (`envoy.service.ratelimit.v3.RateLimitRequest`).
#[derive(Clone, PartialEq, Eq, Message)]
pub struct RateLimitRequest {
    /// The namespace of the limits.
    #[prost(string, tag = "1")]
    pub domain: String,
    /// What the request is about.
    #[prost(message, repeated, tag = "2")]
    pub descriptors: Vec<RateLimitDescriptor>,
}

/// Properties of a request that limits may read.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct RateLimitDescriptor {
    /// The properties.
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<DescriptorEntry>,
}

/// A property of a request.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct DescriptorEntry {
    /// Its name.
    #[prost(string, tag = "1")]
    pub key: String,
    /// What it is.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// The beginning of the answer (`RateLimitResponse`).
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct RateLimitResponse {
    /// Whether every quota had enough.
    #[prost(enumeration = "Code", tag = "1")]
    pub overall_code: i32,
}

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum Code {
    /// Nothing.
    Unknown = 0,
    /// There was enough.
    Ok = 1,
    /// A quota is used up.
    OverLimit = 2,
}

/// The request of the client of this number, with a quota that is never used up.
pub fn rate_limit_request(client_number: u32) -> RateLimitRequest {
    RateLimitRequest {
        domain: "benchmark".to_owned(),
        descriptors: vec![RateLimitDescriptor {
            entries: vec![DescriptorEntry {
                key: "client".to_owned(),
                value: crate::request::client(client_number).to_string(),
            }],
        }],
    }
}
