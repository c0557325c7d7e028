//! The default answer to a denied request.

use std::fmt;

use arcjet_engine::{AnswerFormat, Decision, Refusal};
use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use http::status::StatusCode;

use crate::{grpc, headers};

/// A denied request, ready to be the response: the default answer of [`ArcjetLayer`](crate::ArcjetLayer), and the error
/// of [`ArcjetRequest::protect`](crate::ArcjetRequest::protect) for handlers to return.
///
/// It answers 429 with `Retry-After` if a rate limit denied, else 403, and 503 if what failed was not the client's
/// fault (see [`Refusal`](arcjet_engine::Refusal)). The body is in the [format](AnswerFormat) that the request's
/// `Accept` names: problem details (RFC 9457), JSON, or else plain text. No cache may keep it. The [`Decision`] is in
/// the response's extensions.
///
/// Calls of gRPC and gRPC-Web get HTTP 200 and the status in `grpc-status`: `RESOURCE_EXHAUSTED` with a
/// `google.rpc.RetryInfo`, `PERMISSION_DENIED` or `UNAVAILABLE`. With the cargo feature `tonic` it is also a
/// `tonic::Status`, for services to return.
#[derive(Clone, Debug)]
pub struct Denied {
    decision: Decision,
    protocol: Protocol,
}

/// What the client understands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protocol {
    Http(AnswerFormat),
    /// gRPC, with the content type of its answers.
    Grpc(&'static str),
}

impl Protocol {
    pub(crate) fn of(request_headers: &HeaderMap) -> Self {
        match grpc::content_type(request_headers) {
            Some(content_type) => Self::Grpc(content_type),
            None => Self::Http(accepted_format(request_headers)),
        }
    }
}

impl Denied {
    /// The answer to a request with these headers. A `decision` that allows is answered like one that denies without
    /// saying why, with 403.
    pub fn new(decision: Decision, request_headers: &HeaderMap) -> Self {
        Self {
            decision,
            protocol: Protocol::of(request_headers),
        }
    }

    pub(crate) fn in_protocol(decision: Decision, protocol: Protocol) -> Self {
        Self { decision, protocol }
    }

    /// The decision.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let refusal = self.decision.refusal().unwrap_or(Refusal::FORBIDDEN);
        let mut response = match self.protocol {
            Protocol::Http(format) => http_answer(&refusal, format),
            Protocol::Grpc(content_type) => grpc::answer(&refusal, content_type),
        };
        headers::set_rate_limit(response.headers_mut(), &self.decision);
        response.extensions_mut().insert(self.decision);
        response
    }
}

fn http_answer(refusal: &Refusal, format: AnswerFormat) -> Response {
    let body = Bytes::from_static(refusal.body(format).as_bytes());
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::FORBIDDEN);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = refusal.retry_after() {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    response
}

#[cfg(feature = "tonic")]
impl From<Denied> for tonic::Status {
    fn from(denied: Denied) -> Self {
        let refusal = denied.decision.refusal().unwrap_or(Refusal::FORBIDDEN);
        let mut headers = HeaderMap::new();
        headers::set_rate_limit(&mut headers, &denied.decision);
        Self::with_details_and_metadata(
            tonic::Code::from_i32(refusal.grpc_code()),
            refusal.message(),
            grpc::status_details(&refusal).unwrap_or_default().into(),
            tonic::metadata::MetadataMap::from_headers(headers),
        )
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "denied by {} (decision {})",
            self.decision.reason().as_str(),
            self.decision.id()
        )
    }
}

impl std::error::Error for Denied {}

/// The format that `Accept` asks for.
fn accepted_format(headers: &HeaderMap) -> AnswerFormat {
    AnswerFormat::accepted(headers.get_all(ACCEPT).iter().map(HeaderValue::as_bytes))
}
