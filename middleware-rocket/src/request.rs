//! The request as rules see it, for handlers that judge it themselves.

use std::convert::Infallible;
use std::ops::Deref;

use arcjet_engine::{AnswerFormat, Arcjet, Decision, RequestDetails};
use rocket::Request;
use rocket::request::{FromRequest, Outcome};

use crate::denied::Denied;
use crate::describe::{accepted_format, describe};
use crate::fairing::Attached;

/// The request as rules see it: a request guard for handlers that judge with what only they know, such as a user's id.
///
/// It works with and without an [`ArcjetFairing`](crate::ArcjetFairing). See the
/// [crate documentation](crate#rules-in-handlers) for an example. It derefs to [`RequestDetails`], so
/// `arcjet.protect(&request).await` is the way to a decision that is not yet an answer.
#[derive(Clone, Debug)]
pub struct ArcjetRequest {
    details: RequestDetails,
    format: AnswerFormat,
}

impl ArcjetRequest {
    /// Describes a request by its head, for guards and catchers that judge.
    pub fn new(request: &Request<'_>) -> Self {
        let peer = match request.rocket().state::<Attached>() {
            Some(attached) => attached.config.find_peer(request),
            None => request.remote().map(|address| address.ip()),
        };
        Self {
            details: describe(request, peer, |_| true),
            format: accepted_format(request),
        }
    }

    arcjet_engine::__request_setters!();

    /// Judges the request with `arcjet`. [`Decided`](crate::Decided) puts the decision's headers on the handler's response.
    ///
    /// # Errors
    ///
    /// It is denied. Handlers return the error, which is the answer.
    pub async fn protect(&self, arcjet: &Arcjet) -> Result<Decision, Denied> {
        let decision = arcjet.protect(&self.details).await;
        match decision.is_denied() {
            true => Err(Denied::in_format(decision, self.format)),
            false => Ok(decision),
        }
    }
}

impl Deref for ArcjetRequest {
    type Target = RequestDetails;

    fn deref(&self) -> &RequestDetails {
        &self.details
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for ArcjetRequest {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
        Outcome::Success(Self::new(request))
    }
}
