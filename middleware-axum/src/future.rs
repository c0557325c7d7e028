//! The future of a response.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use arcjet_engine::Decision;
use axum_core::response::{IntoResponse, Response};
use pin_project_lite::pin_project;

use crate::headers;

pin_project! {
    /// The future that [`ArcjetService`](crate::ArcjetService) returns; `F` is that of the inner service.
    pub struct ResponseFuture<F, E> {
        #[pin]
        state: State<F, E>,
    }
}

pin_project! {
    #[project = Projected]
    enum State<F, E> {
        // `None` once it was taken.
        Denied { response: Option<Response> },
        Allowed { #[pin] response: F, decision: Decision },
        Waiting { response: Pin<Box<dyn Future<Output = Result<Response, E>> + Send>> },
    }
}

impl<F, E> ResponseFuture<F, E> {
    /// The answer to a denied request.
    pub(crate) fn denied(response: Response) -> Self {
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
    pub(crate) fn waiting(response: impl Future<Output = Result<Response, E>> + Send + 'static) -> Self {
        let response = Box::pin(response);
        Self {
            state: State::Waiting { response },
        }
    }
}

impl<F, R, E> Future for ResponseFuture<F, E>
where
    F: Future<Output = Result<R, E>>,
    R: IntoResponse,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            Projected::Denied { response } => match response.take() {
                Some(response) => Poll::Ready(Ok(response)),
                None => Poll::Pending,
            },
            Projected::Allowed { response, decision } => {
                let mut response = ready!(response.poll(cx))?.into_response();
                headers::add_rate_limit(response.headers_mut(), decision);
                Poll::Ready(Ok(response))
            }
            Projected::Waiting { response } => response.as_mut().poll(cx),
        }
    }
}

impl<F, E> fmt::Debug for ResponseFuture<F, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
