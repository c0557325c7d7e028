//! One call, as gRPC or Connect has it.

use std::error::Error;
use std::time::Duration;

use arcjet_engine::wire::v1alpha1::{
    DecideRequest, DecideResponse, Mode, RateLimitAlgorithm, RateLimitRule, RequestDetails, Rule, rule,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use prost::Message as _;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use super::Protocol;
use super::target::Connection;

const HEALTH_PATH: &str = "/grpc.health.v1.Health/Check";
const PATH: &str = "/proto.decide.v1alpha1.DecideService/Decide";
/// An address for documentation, which no client has (RFC 5737).
const ADDRESS: &str = "192.0.2.1";

/// A request that is made again and again.
#[derive(Debug)]
pub(super) struct Call {
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    protocol: Protocol,
    timeout: Duration,
}

impl Call {
    pub(super) fn new(
        origin: &Uri,
        protocol: Protocol,
        key: &str,
        timeout: Duration,
    ) -> Result<Self, Box<dyn Error>> {
        let mut parts = origin.clone().into_parts();
        parts.path_and_query = Some(http::uri::PathAndQuery::from_static(match protocol {
            Protocol::Grpc | Protocol::Connect => PATH,
            Protocol::Health => HEALTH_PATH,
        }));
        let mut headers = HeaderMap::new();
        let content_type = match protocol {
            Protocol::Grpc | Protocol::Health => "application/grpc",
            Protocol::Connect => "application/proto",
        };
        headers.insert("content-type", HeaderValue::from_static(content_type));
        headers.insert("te", HeaderValue::from_static("trailers"));
        if !key.is_empty() && protocol != Protocol::Health {
            let mut value = HeaderValue::try_from(format!("Bearer {key}"))?;
            value.set_sensitive(true);
            headers.insert("authorization", value);
        }
        let message = match protocol {
            Protocol::Grpc | Protocol::Connect => message().encode_to_vec(),
            // About the server as a whole.
            Protocol::Health => HealthCheckRequest::default().encode_to_vec(),
        };
        let body = match protocol {
            // Not compressed, and how long.
            Protocol::Grpc | Protocol::Health => {
                [&[0], &u32::try_from(message.len())?.to_be_bytes()[..], &message].concat()
            }
            Protocol::Connect => message,
        };
        Ok(Self {
            uri: Uri::from_parts(parts)?,
            headers,
            body: body.into(),
            protocol,
            timeout,
        })
    }

    /// Makes the call; returns what failed if it did.
    pub(super) async fn make(&self, connection: &Connection) -> Result<(), String> {
        tokio::time::timeout(self.timeout, self.answer(connection))
            .await
            .unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }

    async fn answer(&self, connection: &Connection) -> Result<(), String> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let response = connection
            .clone()
            .send_request(request)
            .await
            .map_err(|error| error.to_string())?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?;
        let trailers = body.trailers().cloned().unwrap_or_default();
        let body = body.to_bytes();
        if !parts.status.is_success() {
            let message = String::from_utf8_lossy(&body);
            return Err(format!("HTTP {}: {}", parts.status.as_u16(), message.trim()));
        }
        let message = match self.protocol {
            Protocol::Connect => body,
            Protocol::Grpc | Protocol::Health => {
                let status = trailers.get("grpc-status").or(parts.headers.get("grpc-status"));
                let status = status
                    .and_then(|status| status.to_str().ok())
                    .unwrap_or("missing");
                if status != "0" {
                    let message = trailers.get("grpc-message").or(parts.headers.get("grpc-message"));
                    let message = message
                        .and_then(|message| message.to_str().ok())
                        .unwrap_or_default();
                    return Err(format!("gRPC status {status} {}", message.replace("%20", " ")));
                }
                body.get(5..)
                    .map(|message| body.slice_ref(message))
                    .unwrap_or_default()
            }
        };
        match self.protocol {
            Protocol::Health => match HealthCheckResponse::decode(message) {
                Ok(answer) if answer.status() == ServingStatus::Serving => Ok(()),
                Ok(answer) => Err(format!("the server says {}", answer.status().as_str_name())),
                Err(_) => Err("the answer is none about health".to_owned()),
            },
            Protocol::Grpc | Protocol::Connect => match DecideResponse::decode(message) {
                Ok(answer) if answer.decision.is_some() => Ok(()),
                Ok(_) | Err(_) => Err("the answer is no decision".to_owned()),
            },
        }
    }
}

/// A limit in dry run, which denies nothing, with a window that is over at once.
fn message() -> DecideRequest {
    DecideRequest {
        sdk_version: concat!("arcjet-decide-probe/", env!("CARGO_PKG_VERSION")).to_owned(),
        details: Some(RequestDetails {
            ip: ADDRESS.to_owned(),
            method: "GET".to_owned(),
            host: "probe.invalid".to_owned(),
            path: "/".to_owned(),
            ..RequestDetails::default()
        }),
        rules: vec![Rule {
            rule: Some(rule::Rule::RateLimit(RateLimitRule {
                mode: Mode::DryRun.into(),
                algorithm: RateLimitAlgorithm::FixedWindow.into(),
                max: u32::MAX,
                window_in_seconds: 1,
                ..RateLimitRule::default()
            })),
        }],
        ..DecideRequest::default()
    }
}
