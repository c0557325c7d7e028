//! gRPC: the generated service over the decider.

use std::convert::Infallible;
use std::error::Error;

use arcjet_engine::wire::v1alpha1::{DecideRequest, DecideResponse, ReportRequest, ReportResponse};
use arcjet_engine::wire::v2::{
    CaptureRequest, CaptureResponse, GetGuardPolicyRequest, GetGuardPolicyResponse, GuardRequest,
    GuardResponse,
};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Body;
use http_body_util::BodyExt as _;
use http_body_util::combinators::MapErr;
use tonic::{Code, Status, async_trait};
use tower_service::Service;

use crate::body::{BodyError, LimitedBody};
use crate::code::Fault;
use crate::deadline;
use crate::endpoint::Inner;
use crate::generated::decide_service_server::DecideService;
use crate::generated::v2::decide_service_server::DecideService as GuardService;
use crate::site::Site;

#[async_trait]
impl DecideService for Site {
    async fn decide(
        &self,
        request: tonic::Request<DecideRequest>,
    ) -> Result<tonic::Response<DecideResponse>, Status> {
        Ok(tonic::Response::new(self.answer(request.into_inner()).await?))
    }

    async fn report(
        &self,
        request: tonic::Request<ReportRequest>,
    ) -> Result<tonic::Response<ReportResponse>, Status> {
        Ok(tonic::Response::new(self.note(request.get_ref())?))
    }
}

#[async_trait]
impl GuardService for Site {
    async fn guard(
        &self,
        request: tonic::Request<GuardRequest>,
    ) -> Result<tonic::Response<GuardResponse>, Status> {
        Ok(tonic::Response::new(
            self.answer_guard(request.into_inner()).await?,
        ))
    }

    async fn get_guard_policy(
        &self,
        request: tonic::Request<GetGuardPolicyRequest>,
    ) -> Result<tonic::Response<GetGuardPolicyResponse>, Status> {
        Ok(tonic::Response::new(self.guard_policy(request.get_ref())))
    }

    async fn capture(
        &self,
        request: tonic::Request<CaptureRequest>,
    ) -> Result<tonic::Response<CaptureResponse>, Status> {
        Ok(tonic::Response::new(self.note_events(request.get_ref())?))
    }
}

/// Hands a request to a service of tonic, within the limits of the server; a fault is written as gRPC writes it.
///
/// Not an `async fn`: that would keep the request in the future, although the service has taken it at once.
pub(crate) fn call<S, B>(
    inner: &Inner,
    service: Result<S, Fault>,
    request: Request<B>,
) -> impl Future<Output = Response<tonic::body::Body>> + use<S, B>
where
    S: Service<Request<GrpcBody<B>>, Response = Response<tonic::body::Body>, Error = Infallible>,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
{
    let call = service.and_then(|mut service| {
        let time = deadline::grpc(request.headers(), inner.request_timeout)?;
        // The framing around a message belongs to no limit.
        let limit = inner.max_body_bytes.saturating_add(FRAME_HEADER);
        let budget = inner.budget.clone();
        let request = request
            .map(|body| LimitedBody::new(body, limit, budget).map_err(status as fn(BodyError) -> Status));
        Ok((time, service.call(request)))
    });
    async move {
        let fault = match call {
            Ok((time, answer)) => match tokio::time::timeout(time, answer).await {
                Ok(Ok(answer)) => return answer,
                Err(_) => Fault::deadline_exceeded(),
            },
            Err(fault) => fault,
        };
        Status::from(fault).into_http()
    }
}

/// A request body as tonic gets it.
pub(crate) type GrpcBody<B> = MapErr<LimitedBody<B>, fn(BodyError) -> Status>;

/// Length of the prefix of a gRPC message: a flag and four bytes of length.
const FRAME_HEADER: usize = 5;

fn status(error: BodyError) -> Status {
    Fault::from(error).into()
}

/// Code of a unary answer. An error has no message, so its status stands in the headers; an answer ends well.
pub(crate) fn code(headers: &HeaderMap) -> Code {
    headers
        .get("grpc-status")
        .map_or(Code::Ok, |status| Code::from_bytes(status.as_bytes()))
}

/// Whether a content type is gRPC: `application/grpc`, alone or with a codec. gRPC-Web is another protocol.
pub(crate) fn is_grpc(content_type: &[u8]) -> bool {
    content_type
        .strip_prefix(b"application/grpc")
        .is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types() {
        for (value, grpc) in [
            ("application/grpc", true),
            ("application/grpc+proto", true),
            ("application/grpc;x=y", true),
            ("application/grpc-web+proto", false),
            ("application/proto", false),
            ("", false),
        ] {
            assert_eq!(is_grpc(value.as_bytes()), grpc, "{value:?}");
        }
    }
}
