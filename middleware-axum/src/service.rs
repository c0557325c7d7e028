//! The service: describe, judge, then answer or pass on.

use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use arcjet_engine::{BodyInspection, Decision, RequestDetails};
use axum_core::response::{IntoResponse, Response};
use http::{Extensions, Request};
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

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if self.config.has_own_peer() {
            request = self.config.note_peer(request);
        }
        let arcjet = &self.config.arcjet;
        let peer = self.config.peer(request.extensions());
        // A service of gRPC gets the description, to judge it by rules of its own.
        let grpc = grpc::content_type(request.headers());
        let reads = |name: &str| grpc.is_some() || arcjet.reads_header(name);
        let details = describe(&request, peer, reads);
        let reads_body = arcjet.body_window() > 0 && body::is_readable(request.body());
        // Most requests are judged here and now, and then cost no boxed future.
        if !reads_body && let Some(decision) = arcjet.protect_now(&details) {
            if decision.is_denied() {
                let (parts, _) = request.into_parts();
                return ResponseFuture::denied(self.config.answer(decision, &parts));
            }
            self.config
                .describe_to_inner(request.extensions_mut(), grpc, details, &decision);
            return ResponseFuture::allowed(self.inner.call(request), decision);
        }
        // The service that was polled ready must be the one that is called; the clone has yet to become ready.
        let clone = self.inner.clone();
        let inner = mem::replace(&mut self.inner, clone);
        let config = Arc::clone(&self.config);
        ResponseFuture::waiting(judge_waiting(inner, config, request, grpc, details))
    }
}

/// Reads the beginning of the body, if a rule wants it, and waits for who else is asked.
async fn judge_waiting<S, B>(
    mut inner: S,
    config: Arc<Config>,
    mut request: Request<B>,
    grpc: Option<&'static str>,
    mut details: RequestDetails,
) -> Result<Response, S::Error>
where
    S: Service<Request<B>, Response: IntoResponse>,
    B: 'static,
{
    if body::is_readable(request.body()) {
        match config.arcjet.inspect_body(&details).await {
            BodyInspection::Read(window) => {
                let (start, arrival) = body::peek(request.body_mut(), &window).await;
                details = window.describe(details, start, arrival);
            }
            BodyInspection::Denied(decision) => {
                return Ok(config.answer(*decision, &request.into_parts().0));
            }
            _ => {}
        }
    }
    let decision = config.arcjet.protect(&details).await;
    if decision.is_denied() {
        return Ok(config.answer(decision, &request.into_parts().0));
    }
    config.describe_to_inner(request.extensions_mut(), grpc, details, &decision);
    ResponseFuture::allowed(inner.call(request), decision).await
}

impl Config {
    /// Leaves in the request what extractors look for.
    #[inline]
    fn describe_to_inner(
        &self,
        request: &mut Extensions,
        grpc: Option<&'static str>,
        details: RequestDetails,
        decision: &Decision,
    ) {
        if let Some(content_type) = grpc {
            request.insert(ArcjetRequest::described(details, Protocol::Grpc(content_type)));
        }
        request.insert(decision.clone());
        request.insert(self.arcjet.clone());
    }
}
