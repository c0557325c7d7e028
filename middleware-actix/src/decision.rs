//! The decision as an extractor and as a part of responses.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::body::MessageBody;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, Responder, ResponseError};
use arcjet_engine::Decision;

use crate::headers;

/// What was decided about the request: an extractor for handlers inside an [`ArcjetMiddleware`](crate::ArcjetMiddleware).
///
/// Take `Option<ArcjetDecision>` where the middleware may be missing. Inside several middlewares it is the innermost
/// one's.
///
/// ```
/// use arcjet_actix::ArcjetDecision;
///
/// async fn page(decision: ArcjetDecision) -> String {
///     match decision.client_ip() {
///         Some(ip) => format!("hello, {}", ip.as_str()),
///         None => "hello".to_owned(),
///     }
/// }
/// # let _ = actix_web::App::new().route("/", actix_web::web::get().to(page));
/// ```
#[derive(Clone, Debug)]
pub struct ArcjetDecision(pub Decision);

impl ArcjetDecision {
    /// A response with the headers `RateLimit` and `RateLimit-Policy` of this decision, for decisions that a handler
    /// made itself ([`ArcjetRequest::protect`](crate::ArcjetRequest::protect)). The middleware adds those of its own
    /// decision without being told, unless the response has these headers.
    ///
    /// ```
    /// use actix_web::{Responder, web};
    /// use arcjet_actix::{Arcjet, ArcjetRequest, Denied};
    ///
    /// async fn ask(per_user: web::Data<Arcjet>, request: ArcjetRequest) -> Result<impl Responder, Denied> {
    ///     let decision = request.with_characteristic("userId", "42").protect(&per_user).await?;
    ///     Ok(decision.respond_with("the answer"))
    /// }
    /// # let _ = actix_web::App::new().route("/", web::get().to(ask));
    /// ```
    pub fn respond_with<R: Responder>(self, response: R) -> DecisionResponder<R> {
        DecisionResponder {
            decision: self.0,
            response,
        }
    }
}

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

impl FromRequest for ArcjetDecision {
    type Error = MissingMiddleware;
    type Future = Ready<Result<Self, MissingMiddleware>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let decision = request.extensions().get::<Decision>().cloned();
        ready(decision.map(Self).ok_or(MissingMiddleware(())))
    }
}

/// What [`ArcjetDecision::respond_with`] returns: a response that tells the client where it stands with its rate limits.
#[derive(Clone, Debug)]
#[must_use = "a responder answers nothing until a handler returns it"]
pub struct DecisionResponder<R> {
    decision: Decision,
    response: R,
}

impl<R: Responder> Responder for DecisionResponder<R> {
    type Body = R::Body;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<Self::Body>
    where
        Self::Body: MessageBody,
    {
        let mut response = self.response.respond_to(request);
        headers::set_rate_limit(response.headers_mut(), &self.decision);
        response
    }
}

/// A handler wants an [`ArcjetDecision`], and no [`ArcjetMiddleware`](crate::ArcjetMiddleware) made one. Answers 500.
#[derive(Clone, Copy, Debug)]
pub struct MissingMiddleware(());

impl std::fmt::Display for MissingMiddleware {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "no decision about this request: wrap the app, the scope or the resource of this handler in an \
             `ArcjetMiddleware`",
        )
    }
}

impl std::error::Error for MissingMiddleware {}

/// With the defaults, which are 500 and the text.
impl ResponseError for MissingMiddleware {}
