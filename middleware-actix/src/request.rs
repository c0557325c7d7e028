//! The request as rules see it, for handlers that judge it themselves.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use arcjet_engine::{AnswerFormat, Arcjet, RequestDetails};

use crate::decision::ArcjetDecision;
use crate::denied::{Denied, accepted_format};
use crate::describe::{describe, peer};

/// The request as rules see it: an extractor for handlers that judge with what only they know, such as a user's id.
///
/// It works with and without an [`ArcjetMiddleware`](crate::ArcjetMiddleware). See the
/// [crate documentation](crate#rules-in-handlers) for an example. It derefs to [`RequestDetails`], so
/// `arcjet.protect(&request).await` is the way to a decision that is not yet an answer.
#[derive(Clone, Debug)]
pub struct ArcjetRequest {
    details: RequestDetails,
    format: AnswerFormat,
}

impl ArcjetRequest {
    /// Describes a request by its head, for guards and middlewares, which have no extractors.
    pub fn new(request: &HttpRequest) -> Self {
        Self {
            details: describe(request, peer(request), |_| true),
            format: accepted_format(request.headers()),
        }
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
            true => Err(Denied::in_format(decision, self.format)),
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

impl FromRequest for ArcjetRequest {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(Ok(Self::new(request)))
    }
}
