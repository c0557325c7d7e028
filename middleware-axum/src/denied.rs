//! The default answer to a denied request.

use std::fmt;

use arcjet_engine::{AnswerFormat, Decision, Refusal};
use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use http::status::StatusCode;

use crate::headers;

/// A denied request, ready to be the response: the default answer of [`ArcjetLayer`](crate::ArcjetLayer), and the error
/// of [`ArcjetRequest::protect`](crate::ArcjetRequest::protect) for handlers to return.
///
/// It answers 429 with `Retry-After` if a rate limit denied, else 403, and 503 if what failed was not the client's
/// fault (see [`Refusal`](arcjet_engine::Refusal)). The body is in the [format](AnswerFormat) that the
/// request's `Accept` names: problem details (RFC 9457), JSON, or else plain text. No cache may keep it. The [`Decision`] is in the response's extensions.
#[derive(Clone, Debug)]
pub struct Denied {
    decision: Decision,
    format: AnswerFormat,
}

impl Denied {
    /// The answer to a request with these headers. A `decision` that allows is answered like one that denies without
    /// saying why, with 403.
    pub fn new(decision: Decision, request_headers: &HeaderMap) -> Self {
        Self {
            decision,
            format: accepted_format(request_headers),
        }
    }

    pub(crate) fn in_format(decision: Decision, format: AnswerFormat) -> Self {
        Self { decision, format }
    }

    /// The decision.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let refusal = self.decision.refusal().unwrap_or(Refusal::FORBIDDEN);
        let body = Bytes::from_static(refusal.body(self.format).as_bytes());
        let content_type = HeaderValue::from_static(self.format.content_type());
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::FORBIDDEN);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, content_type);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = refusal.retry_after() {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        headers::set_rate_limit(headers, &self.decision);
        response.extensions_mut().insert(self.decision);
        response
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
pub(crate) fn accepted_format(headers: &HeaderMap) -> AnswerFormat {
    AnswerFormat::accepted(headers.get_all(ACCEPT).iter().map(HeaderValue::as_bytes))
}
