//! The decision as a request guard, and on responses.

use std::fmt;
use std::ops::Deref;

use arcjet_engine::Decision;
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::response::{self, Responder};
use rocket::{Ignite, Request, Rocket, Sentinel};

use crate::fairing::Attached;
use crate::headers;
use crate::verdict::Verdict;

/// What was decided about the request: a request guard for handlers of an application with an
/// [`ArcjetFairing`](crate::ArcjetFairing).
///
/// Without the fairing the application doesn't launch.
///
/// ```
/// # use rocket::get;
/// use arcjet_rocket::ArcjetDecision;
///
/// #[get("/")]
/// fn page(decision: ArcjetDecision<'_>) -> String {
///     match decision.client_ip() {
///         Some(ip) => format!("hello, {}", ip.as_str()),
///         None => "hello".to_owned(),
///     }
/// }
/// # let _ = rocket::build().mount("/", rocket::routes![page]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ArcjetDecision<'r>(pub &'r Decision);

impl<'r> ArcjetDecision<'r> {
    /// What the fairing decided about `request`, for catchers, responders and other fairings, which run for denied
    /// requests as well. `None` before the fairing has run, and without it.
    pub fn of(request: &'r Request<'_>) -> Option<Self> {
        Verdict::of(request).decision().map(Self)
    }
}

impl Deref for ArcjetDecision<'_> {
    type Target = Decision;

    fn deref(&self) -> &Decision {
        self.0
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for ArcjetDecision<'r> {
    type Error = MissingFairing;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, MissingFairing> {
        match Self::of(request) {
            Some(decision) => Outcome::Success(decision),
            None => Outcome::Error((Status::InternalServerError, MissingFairing(()))),
        }
    }
}

impl Sentinel for ArcjetDecision<'_> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        is_missing(rocket)
    }
}

/// Whether the application lacks the fairing, which is then told.
pub(crate) fn is_missing(rocket: &Rocket<Ignite>) -> bool {
    let missing = rocket.state::<Attached>().is_none();
    if missing {
        tracing::error!("{}", MissingFairing(()));
    }
    missing
}

/// A guard wants a decision, and no [`ArcjetFairing`](crate::ArcjetFairing) made one. Answers 500.
#[derive(Clone, Copy, Debug)]
pub struct MissingFairing(());

impl fmt::Display for MissingFairing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no decision about this request: attach an `ArcjetFairing` to the application")
    }
}

impl std::error::Error for MissingFairing {}

/// A response with the headers `RateLimit` and `RateLimit-Policy` of a decision that a handler made itself with
/// [`ArcjetRequest::protect`](crate::ArcjetRequest::protect). The fairing adds those of its own decision without being told,
/// to responses that have none.
#[derive(Clone, Debug)]
pub struct Decided<R>(pub Decision, pub R);

impl<'r, 'o: 'r, R: Responder<'r, 'o>> Responder<'r, 'o> for Decided<R> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'o> {
        let Self(decision, inner) = self;
        let mut response = inner.respond_to(request)?;
        headers::set_rate_limit(&mut response, &decision);
        Ok(response)
    }
}
