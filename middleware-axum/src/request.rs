//! The request as rules see it, for handlers that judge it themselves.

use std::convert::Infallible;
use std::ops::Deref;

use arcjet_engine::{Arcjet, RequestDetails};
use axum_core::extract::FromRequestParts;
use http::request::Parts;

use crate::decision::ArcjetDecision;
use crate::denied::{Denied, Protocol};
use crate::describe::{describe, peer};

/// The request as rules see it: an extractor for handlers that judge with what only they know, such as a user's id.
///
/// It works with and without an [`ArcjetLayer`](crate::ArcjetLayer). See the [crate
/// documentation](crate#rules-in-handlers) for an example. For services of gRPC, which see no more of a request's head
/// than its metadata, the layer leaves one in the extensions. It derefs to [`RequestDetails`], so
/// `arcjet.protect(&request).await` is the way to a decision that is not yet an answer.
#[derive(Clone, Debug)]
pub struct ArcjetRequest {
    details: RequestDetails,
    protocol: Protocol,
}

impl ArcjetRequest {
    /// Describes a request by its head, for services that don't use extractors.
    pub fn new(request: &Parts) -> Self {
        let details = describe(request, peer(&request.extensions), |_| true);
        Self {
            details,
            protocol: Protocol::of(&request.headers),
        }
    }

    pub(crate) fn described(details: RequestDetails, protocol: Protocol) -> Self {
        Self { details, protocol }
    }

    arcjet_engine::__request_setters!();

    /// Judges the request with `arcjet`.
    ///
    /// # Errors
    ///
    /// It is denied. Handlers return the error, which is the answer.
    pub async fn protect(&self, arcjet: &Arcjet) -> Result<ArcjetDecision, Denied> {
        let decision = arcjet.protect(&self.details).await;
        match decision.is_denied() {
            true => Err(Denied::in_protocol(decision, self.protocol)),
            false => Ok(ArcjetDecision(decision)),
        }
    }
}

impl Deref for ArcjetRequest {
    type Target = RequestDetails;

    fn deref(&self) -> &RequestDetails {
        &self.details
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ArcjetRequest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::new(parts))
    }
}
