//! The service: describe, judge, then answer or pass on.

use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use arcjet_engine::BodyInspection;
use axum_core::response::{IntoResponse, Response};
use http::Request;
use tower_service::Service;

use crate::body;
use crate::denied::Protocol;
use crate::describe::describe;
use crate::future::ResponseFuture;
use crate::grpc;
use crate::headers;
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
    type Future = ResponseFuture<S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was polled ready must be the one that is called; the clone has yet to become ready.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let config = Arc::clone(&self.config);
        // Described before there is a future, so that the future has no room for the request twice.
        let (mut parts, mut body) = request.into_parts();
        let peer = config.find_peer(&mut parts);
        let mut details = describe(&parts, peer);
        ResponseFuture::new(async move {
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
            match grpc::content_type(&parts.headers) {
                Some(content_type) => {
                    let request = ArcjetRequest::described(details, Protocol::Grpc(content_type));
                    parts.extensions.insert(request);
                }
                None => drop(details),
            }
            parts.extensions.insert(decision.clone());
            parts.extensions.insert(config.arcjet.clone());
            let mut response = inner
                .call(Request::from_parts(parts, body))
                .await?
                .into_response();
            headers::add_rate_limit(response.headers_mut(), &decision);
            Ok(response)
        })
    }
}
