//! gRPC reflection: what `grpcurl` and its like ask before they ask anything else.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tonic_reflection::server::Builder;
use tower_service::Service;

/// What is described, written by `cargo xtask proto`: one set of descriptors for each version of the protocol.
const DESCRIPTORS: &[&[u8]] = &[
    include_bytes!("generated/decide.v1alpha1.descriptors.bin"),
    include_bytes!("generated/decide.v2.descriptors.bin"),
];

const V1: &str = "/grpc.reflection.v1.";

/// Both versions of the reflection service. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reflection {
    v1: Handler,
    v1alpha: Handler,
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;
/// The services of tonic are of types without a name.
type Handler = Arc<dyn Fn(Request<Body>) -> Answer + Send + Sync>;

impl Reflection {
    /// `None` if the descriptors can't be read, which the test below rules out.
    pub(crate) fn new() -> Option<Self> {
        Some(Self {
            v1: handler(builder().build_v1().ok()?),
            v1alpha: handler(builder().build_v1alpha().ok()?),
        })
    }
}

fn builder() -> Builder<'static> {
    let health =
        Builder::configure().register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
    DESCRIPTORS.iter().fold(health, |builder, set| {
        builder.register_encoded_file_descriptor_set(set)
    })
}

fn handler<S>(service: S) -> Handler
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
        + Clone
        + Send
        + Sync
        + 'static,
{
    Arc::new(move |request| Box::pin(service.clone().call(request)))
}

impl<B> Service<Request<B>> for Reflection
where
    B: http_body::Body<Data = Bytes, Error = Status> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answer {
        let handler = if request.uri().path().starts_with(V1) {
            &self.v1
        } else {
            &self.v1alpha
        };
        handler(request.map(Body::new))
    }
}

impl fmt::Debug for Reflection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reflection").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_descriptors_can_be_read() {
        assert!(Reflection::new().is_some());
    }
}
