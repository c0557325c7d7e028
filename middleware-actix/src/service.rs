//! The service: describe, judge, then answer or pass on.

use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage as _};
use arcjet_engine::BodyInspection;
use futures_core::future::LocalBoxFuture;

use crate::body;
use crate::describe::describe;
use crate::headers;
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
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.inner.poll_ready(cx)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let shared = Rc::clone(&self.shared);
        // Described before there is a future, so that the future has no room for the request twice. Nobody may hold a
        // clone of the request while the inner service runs: actix-web routes only a request that it owns alone.
        let peer = shared.config.find_peer(request.request());
        let mut details = describe(request.request(), peer);
        Box::pin(async move {
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
            {
                let mut extensions = request.extensions_mut();
                extensions.insert(decision.clone());
                extensions.insert(config.arcjet.clone());
            }
            match inner.call(request).await {
                Ok(mut response) => {
                    headers::add_rate_limit(response.headers_mut(), &decision);
                    Ok(response.map_into_left_body())
                }
                Err(mut error) => {
                    error.add_response_mapper(move |mut response| {
                        headers::add_rate_limit(response.headers_mut(), &decision);
                        response
                    });
                    Err(error)
                }
            }
        })
    }
}
