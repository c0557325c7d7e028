//! The future of a response.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::{BoxBody, EitherBody};
use actix_web::dev::ServiceResponse;
use arcjet_engine::Decision;
use futures_core::future::LocalBoxFuture;
use pin_project_lite::pin_project;

use crate::headers;

type Answer<B> = Result<ServiceResponse<EitherBody<B>>, Error>;

pin_project! {
    /// The future that [`ArcjetService`](crate::ArcjetService) returns; `F` is that of the inner service, and `B` the type of
    /// its bodies.
    pub struct ResponseFuture<F, B> {
        #[pin]
        state: State<F, B>,
    }
}

pin_project! {
    #[project = Projected]
    enum State<F, B> {
        // `None` once it was taken.
        Denied { response: Option<ServiceResponse<BoxBody>> },
        Allowed { #[pin] response: F, decision: Decision },
        Waiting { response: LocalBoxFuture<'static, Answer<B>> },
    }
}

impl<F, B> ResponseFuture<F, B> {
    /// The answer to a denied request.
    pub(crate) fn denied(response: ServiceResponse<BoxBody>) -> Self {
        let response = Some(response);
        Self {
            state: State::Denied { response },
        }
    }

    /// The response of the inner service, which says how the client stands.
    pub(crate) fn allowed(response: F, decision: Decision) -> Self {
        Self {
            state: State::Allowed { response, decision },
        }
    }

    /// A judgement that has to wait, and what follows from it.
    pub(crate) fn waiting(response: impl Future<Output = Answer<B>> + 'static) -> Self {
        let response = Box::pin(response);
        Self {
            state: State::Waiting { response },
        }
    }
}

impl<F, B> Future for ResponseFuture<F, B>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = Answer<B>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            Projected::Denied { response } => match response.take() {
                Some(response) => Poll::Ready(Ok(response.map_into_right_body())),
                None => Poll::Pending,
            },
            Projected::Allowed { response, decision } => Poll::Ready(match ready!(response.poll(cx)) {
                Ok(mut response) => {
                    headers::add_rate_limit(response.headers_mut(), decision);
                    Ok(response.map_into_left_body())
                }
                Err(mut error) => {
                    let decision = decision.clone();
                    error.add_response_mapper(move |mut response| {
                        headers::add_rate_limit(response.headers_mut(), &decision);
                        response
                    });
                    Err(error)
                }
            }),
            Projected::Waiting { response } => response.as_mut().poll(cx),
        }
    }
}

impl<F, B> fmt::Debug for ResponseFuture<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
