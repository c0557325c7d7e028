//! The service: describe, judge, then answer or pass on.

use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage as _};
use arcjet_engine::{BodyInspection, Decision, RequestDetails};

use crate::body;
use crate::describe::describe;
use crate::future::ResponseFuture;
use crate::middleware::Config;

/// What [`ArcjetMiddleware`](crate::ArcjetMiddleware) makes of a service.
///
/// It passes bodies on as they came, so streaming and upgrades work. If a rule reads bodies
/// ([`Arcjet::body_window`](arcjet_engine::Arcjet::body_window)), the beginning of a body is held back until the request
/// is judged; which bodies, [`Arcjet::inspect_body`](arcjet_engine::Arcjet::inspect_body) says, and never what follows a
/// switch to web sockets. Errors of the inner service pass through; a denial is a
/// response, never an error, so that middlewares outside can complete it.
#[derive(Debug)]
pub struct ArcjetService<S> {
    shared: Rc<Shared<S>>,
}

/// What a worker's requests share. They count themselves here and not in `config`, whose counter all workers would
/// contend for.
#[derive(Debug)]
struct Shared<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S> ArcjetService<S> {
    pub(crate) fn new(inner: S, config: Arc<Config>) -> Self {
        Self {
            shared: Rc::new(Shared { inner, config }),
        }
    }
}

impl<S, B> Service<ServiceRequest> for ArcjetService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future, B>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.inner.poll_ready(cx)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let Shared { inner, config } = &*self.shared;
        let peer = config.find_peer(request.request());
        let details = describe(request.request(), peer, |name| config.arcjet.reads_header(name));
        let reads_body = config.arcjet.body_window() > 0 && body::is_readable(&request);
        // Most requests are judged here and now, and then cost no boxed future.
        if !reads_body && let Some(decision) = config.arcjet.protect_now(&details) {
            if decision.is_denied() {
                let answer = config.answer(decision, request.request());
                return ResponseFuture::denied(request.into_response(answer));
            }
            config.describe_to_inner(&request, &decision);
            return ResponseFuture::allowed(inner.call(request), decision);
        }
        ResponseFuture::waiting(judge_waiting(Rc::clone(&self.shared), request, details))
    }
}

/// Reads the beginning of the body, if a rule wants it, and waits for who else is asked.
///
/// Nobody may hold a clone of the request while the inner service runs: actix-web routes only a request that it owns
/// alone.
async fn judge_waiting<S, B>(
    shared: Rc<Shared<S>>,
    mut request: ServiceRequest,
    mut details: RequestDetails,
) -> Result<ServiceResponse<EitherBody<B>>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    let Shared { inner, config } = &*shared;
    if body::is_readable(&request) {
        match config.arcjet.inspect_body(&details).await {
            BodyInspection::Read(window) => {
                let (start, arrival) = body::peek(&mut request, &window).await;
                details = window.describe(details, start, arrival);
            }
            BodyInspection::Denied(decision) => {
                let answer = config.answer(*decision, request.request());
                return Ok(request.into_response(answer).map_into_right_body());
            }
            _ => {}
        }
    }
    let decision = config.arcjet.protect(&details).await;
    drop(details);
    if decision.is_denied() {
        let answer = config.answer(decision, request.request());
        return Ok(request.into_response(answer).map_into_right_body());
    }
    config.describe_to_inner(&request, &decision);
    ResponseFuture::allowed(inner.call(request), decision).await
}

impl Config {
    /// Leaves in the request what extractors look for.
    fn describe_to_inner(&self, request: &ServiceRequest, decision: &Decision) {
        let mut extensions = request.extensions_mut();
        extensions.insert(decision.clone());
        extensions.insert(self.arcjet.clone());
    }
}
