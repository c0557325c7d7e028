//! The decision as an extractor and as a part of responses.

use std::convert::Infallible;
use std::ops::Deref;

use arcjet_engine::Decision;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use http::request::Parts;
use http::status::StatusCode;

use crate::headers;

/// What was decided about the request: an extractor for handlers behind an [`ArcjetLayer`](crate::ArcjetLayer).
///
/// Take `Option<ArcjetDecision>` where the layer may be missing. Behind several layers it is the innermost one's.
///
/// As a part of a response it adds the headers `RateLimit` and `RateLimit-Policy`, for decisions that a handler made
/// itself ([`ArcjetRequest::protect`](crate::ArcjetRequest::protect)); the layer adds its own without being told.
///
/// ```
/// use arcjet_axum::ArcjetDecision;
///
/// async fn page(decision: ArcjetDecision) -> String {
///     match decision.client_ip() {
///         Some(ip) => format!("hello, {}", ip.as_str()),
///         None => "hello".to_owned(),
///     }
/// }
/// # let _: axum::Router = axum::Router::new().route("/", axum::routing::get(page));
/// ```
#[derive(Clone, Debug)]
pub struct ArcjetDecision(pub Decision);

impl Deref for ArcjetDecision {
    type Target = Decision;

    fn deref(&self) -> &Decision {
        &self.0
    }
}

impl From<Decision> for ArcjetDecision {
    fn from(decision: Decision) -> Self {
        Self(decision)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ArcjetDecision {
    type Rejection = MissingLayer;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, MissingLayer> {
        parts
            .extensions
            .get::<Decision>()
            .cloned()
            .map(Self)
            .ok_or(MissingLayer(()))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for ArcjetDecision {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Decision>().cloned().map(Self))
    }
}

impl IntoResponseParts for ArcjetDecision {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        headers::set_rate_limit(response.headers_mut(), &self.0);
        Ok(response)
    }
}

/// A handler wants an [`ArcjetDecision`], and no [`ArcjetLayer`](crate::ArcjetLayer) made one. Answers 500.
#[derive(Clone, Copy, Debug)]
pub struct MissingLayer(());

impl std::fmt::Display for MissingLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "no decision about this request: add an `ArcjetLayer` to the router or the route of this handler",
        )
    }
}

impl std::error::Error for MissingLayer {}

impl IntoResponse for MissingLayer {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}
