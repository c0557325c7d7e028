//! The service: describe, judge, then answer or pass on.

use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use arcjet_engine::{BodyInspection, Decision, RequestDetails};
use axum_core::response::{IntoResponse, Response};
use http::Request;
use http::request::Parts;
use tower_service::Service;

use crate::body;
use crate::denied::Protocol;
use crate::describe::describe;
use crate::future::ResponseFuture;
use crate::grpc;
use crate::layer::Config;
use crate::request::ArcjetRequest;

/// What [`ArcjetLayer`](crate::ArcjetLayer) makes of a service.
///
/// It serves any request body and passes it on as it came, so streaming and upgrades work. If a rule reads bodies
/// ([`Arcjet::body_window`](arcjet_engine::Arcjet::body_window)), the beginning of a body is held back until the
/// request is judged; which bodies, [`Arcjet::inspect_body`](arcjet_engine::Arcjet::inspect_body) says. It must be of
/// axum's type, or of tonic's with the cargo feature `tonic`: into another type nothing can be put back, so that it is
/// not read (see the [crate documentation](crate#other-tower-services)). Errors of the inner service pass through; a
/// denial is a response, never an error.
#[derive(Clone, Debug)]
pub struct ArcjetService<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S> ArcjetService<S> {
    pub(crate) fn new(inner: S, config: Arc<Config>) -> Self {
        Self { inner, config }
    }
}

impl<S, B> Service<Request<B>> for ArcjetService<S>
where
    S: Service<Request<B>, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
    B: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let peer = self.config.find_peer(&mut parts);
        let arcjet = &self.config.arcjet;
        // A service of gRPC gets the description, to judge it by rules of its own.
        let is_grpc = grpc::content_type(&parts.headers).is_some();
        let details = describe(&parts, peer, |name| is_grpc || arcjet.reads_header(name));
        let reads_body = arcjet.body_window() > 0 && body::is_readable(&body);
        // Most requests are judged here and now, and then cost no boxed future.
        if !reads_body && let Some(decision) = arcjet.protect_now(&details) {
            if decision.is_denied() {
                return ResponseFuture::denied(self.config.answer(decision, &parts));
            }
            self.config.describe_to_inner(&mut parts, details, &decision);
            let response = self.inner.call(Request::from_parts(parts, body));
            return ResponseFuture::allowed(response, decision);
        }
        // The service that was polled ready must be the one that is called; the clone has yet to become ready.
        let clone = self.inner.clone();
        let inner = mem::replace(&mut self.inner, clone);
        let config = Arc::clone(&self.config);
        ResponseFuture::waiting(judge_waiting(inner, config, parts, body, details))
    }
}

/// Reads the beginning of the body, if a rule wants it, and waits for who else is asked.
async fn judge_waiting<S, B>(
    mut inner: S,
    config: Arc<Config>,
    mut parts: Parts,
    mut body: B,
    mut details: RequestDetails,
) -> Result<Response, S::Error>
where
    S: Service<Request<B>, Response: IntoResponse>,
    B: 'static,
{
    if body::is_readable(&body) {
        match config.arcjet.inspect_body(&details).await {
            BodyInspection::Read(window) => {
                let (start, arrival) = body::peek(&mut body, &window).await;
                details = window.describe(details, start, arrival);
            }
            BodyInspection::Denied(decision) => return Ok(config.answer(*decision, &parts)),
            _ => {}
        }
    }
    let decision = config.arcjet.protect(&details).await;
    if decision.is_denied() {
        return Ok(config.answer(decision, &parts));
    }
    config.describe_to_inner(&mut parts, details, &decision);
    let response = inner.call(Request::from_parts(parts, body));
    ResponseFuture::allowed(response, decision).await
}

impl Config {
    /// Leaves in the request what extractors look for.
    fn describe_to_inner(&self, request: &mut Parts, details: RequestDetails, decision: &Decision) {
        if let Some(content_type) = grpc::content_type(&request.headers) {
            let described = ArcjetRequest::described(details, Protocol::Grpc(content_type));
            request.extensions.insert(described);
        }
        request.extensions.insert(decision.clone());
        request.extensions.insert(self.arcjet.clone());
    }
}
