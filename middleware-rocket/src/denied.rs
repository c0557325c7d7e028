//! The default answer to a denied request.

use std::fmt;
use std::io::Cursor;

use arcjet_engine::{AnswerFormat, Decision, Refusal};
use rocket::http::Status;
use rocket::response::{self, Responder};
use rocket::{Request, Response};

use crate::describe::accepted_format;
use crate::headers;

/// A denied request, ready to be the response: the default answer of [`ArcjetFairing`](crate::ArcjetFairing), and the
/// error of [`ArcjetRequest::protect`](crate::ArcjetRequest::protect) for handlers to return.
///
/// It answers 429 with `Retry-After` if a rate limit denied, else 403, and 503 if what failed was not the client's
/// fault (see [`Refusal`](arcjet_engine::Refusal)). The body is in the [format](AnswerFormat) that the
/// request's `Accept` names: problem details (RFC 9457), JSON, or else plain text. No cache may keep it.
#[derive(Clone)]
pub struct Denied {
    decision: Decision,
    format: AnswerFormat,
}

impl Denied {
    /// The answer to `request`. A `decision` that allows is answered like one that denies without saying why, with 403.
    pub fn new(decision: Decision, request: &Request<'_>) -> Self {
        Self {
            decision,
            format: accepted_format(request),
        }
    }

    pub(crate) fn in_format(decision: Decision, format: AnswerFormat) -> Self {
        Self { decision, format }
    }

    /// The decision.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// The status of the answer: 429, 403 or 503.
    pub fn status(&self) -> Status {
        status(&self.decision)
    }
}

/// The status of the answer to a decision.
pub(crate) fn status(decision: &Decision) -> Status {
    Status::new(decision.refusal().unwrap_or(Refusal::FORBIDDEN).status())
}

/// The answer to a decision, which borrows nothing.
pub(crate) fn respond(decision: &Decision, format: AnswerFormat) -> Response<'static> {
    let refusal = decision.refusal().unwrap_or(Refusal::FORBIDDEN);
    let body = refusal.body(format);
    let mut response = Response::new();
    response.set_status(Status::new(refusal.status()));
    response.set_raw_header("Content-Type", format.content_type());
    response.set_raw_header("Cache-Control", "no-store");
    if let Some(seconds) = refusal.retry_after() {
        response.set_raw_header(headers::RETRY_AFTER, seconds.to_string());
    }
    headers::set_rate_limit(&mut response, decision);
    response.set_sized_body(body.len(), Cursor::new(body));
    response
}

impl<'r> Responder<'r, 'static> for Denied {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Ok(respond(&self.decision, self.format))
    }
}

impl fmt::Debug for Denied {
    /// Without addresses and what rules have found: Rocket logs the errors of guards.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denied")
            .field("decision", &format_args!("{}", self.decision.id()))
            .field("reason", &self.decision.reason().as_str())
            .finish_non_exhaustive()
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
