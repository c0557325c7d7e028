//! The default answer to a denied request.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use arcjet_engine::{AnswerFormat, Decision, Refusal};

use crate::headers;

/// A denied request, ready to be the response: the default answer of [`ArcjetMiddleware`](crate::ArcjetMiddleware), and
/// the error of [`ArcjetRequest::protect`](crate::ArcjetRequest::protect) for handlers to return.
///
/// It answers 429 with `Retry-After` if a rate limit denied, else 403, and 503 if what failed was not the client's
/// fault (see [`Refusal`](arcjet_engine::Refusal)). The body is in the [format](AnswerFormat) that the
/// request's `Accept` names: problem details (RFC 9457), JSON, or else plain text. No cache may keep it. The
/// [`Decision`] is in the response's extensions.
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

    fn refusal(&self) -> Refusal {
        self.decision.refusal().unwrap_or(Refusal::FORBIDDEN)
    }
}

impl ResponseError for Denied {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.refusal().status()).unwrap_or(StatusCode::FORBIDDEN)
    }

    fn error_response(&self) -> HttpResponse {
        let refusal = self.refusal();
        let content_type = HeaderValue::from_static(self.format.content_type());
        let mut response = HttpResponse::build(self.status_code()).body(refusal.body(self.format));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, content_type);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = refusal.retry_after() {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        headers::set_rate_limit(headers, &self.decision);
        response.extensions_mut().insert(self.decision.clone());
        response
    }
}

impl From<Denied> for HttpResponse {
    fn from(denied: Denied) -> Self {
        denied.error_response()
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
    AnswerFormat::accepted(headers.get_all(ACCEPT).map(HeaderValue::as_bytes))
}
