//! The default answer to a denied request.

use std::fmt;

use arcjet_engine::{Decision, Refusal};
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
/// fault (see [`Refusal`](arcjet_engine::Refusal)). The body is `{"code": "…", "message": "…"}` if the request's
/// `Accept` names JSON, else plain text. No cache may keep it. The [`Decision`] is in the response's extensions.
#[derive(Clone, Debug)]
pub struct Denied {
    decision: Decision,
    json: bool,
}

impl Denied {
    /// The answer to a request with these headers. A `decision` that allows is answered like one that denies without
    /// saying why, with 403.
    pub fn new(decision: Decision, request_headers: &HeaderMap) -> Self {
        Self {
            decision,
            json: accepts_json(request_headers),
        }
    }

    pub(crate) fn in_format(decision: Decision, json: bool) -> Self {
        Self { decision, json }
    }

    /// The decision.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let refusal = self.decision.refusal().unwrap_or(Refusal::FORBIDDEN);
        let (body, content_type) = match self.json {
            true => (refusal.json(), HeaderValue::from_static("application/json")),
            false => (
                refusal.text(),
                HeaderValue::from_static("text/plain; charset=utf-8"),
            ),
        };
        let mut response = Response::new(Body::from(Bytes::from_static(body.as_bytes())));
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

/// Whether `Accept` names JSON. Wildcards don't count: browsers and command lines send them, and want text.
pub(crate) fn accepts_json(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| {
            let media_type = range.split(';').next().unwrap_or_default().trim();
            let suffix = media_type
                .len()
                .checked_sub("+json".len())
                .and_then(|at| media_type.get(at..));
            media_type.eq_ignore_ascii_case("application/json")
                || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_for_those_who_name_it() {
        for (accept, expected) in [
            (&["application/json"][..], true),
            (&["text/html, Application/JSON;q=0.9"], true),
            (&["text/html", "application/problem+json"], true),
            (&["*/*"], false),
            (
                &["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
                false,
            ),
            (&["application/jsonp"], false),
            (&["json", "é+json"], false),
            (&[""], false),
            (&[], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in accept {
                headers.append(ACCEPT, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            assert_eq!(accepts_json(&headers), expected, "{accept:?}");
        }
    }
}
