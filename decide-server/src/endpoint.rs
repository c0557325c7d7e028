//! The way from an HTTP request to its answer, for every protocol of the port.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method as HttpMethod, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use metrics_exporter_prometheus::PrometheusHandle;
use tonic::{Code, Status};
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use crate::body::Budget;
use crate::code::Fault;
use crate::config::Config;
use crate::generated::decide_service_server::DecideServiceServer;
use crate::metrics::{Measured, Method, Metrics, Protocol};
use crate::site::Site;
use crate::sites::Sites;
use crate::{connect, grpc, server};

/// Answers HTTP requests, without a listener: [`serve`](crate::serve) runs it, and any HTTP server can.
///
/// Cheap to clone; clones share everything.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    sites: Sites,
    pub(crate) metrics: Metrics,
    prometheus: Option<PrometheusHandle>,
    health: HealthServer<HealthService>,
    health_reporter: HealthReporter,
    draining: AtomicBool,
    pub(crate) budget: Budget,
    pub(crate) max_body_bytes: usize,
    pub(crate) request_timeout: Duration,
}

const SERVICE_PATH: &str = "/proto.decide.v1alpha1.DecideService/";
const GUARD_SERVICE_PATH: &str = "/proto.decide.v2.DecideService/";
const HEALTH_PATH: &str = "/grpc.health.v1.Health/";

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Call(Method),
    UnknownMethod,
    GrpcHealth,
    Health,
    Metrics,
    Nothing,
}

impl Route {
    fn of(path: &str) -> Self {
        if let Some(method) = path.strip_prefix(SERVICE_PATH) {
            return match method {
                "Decide" => Self::Call(Method::Decide),
                "Report" => Self::Call(Method::Report),
                _ => Self::UnknownMethod,
            };
        }
        if let Some(method) = path.strip_prefix(GUARD_SERVICE_PATH) {
            return match method {
                "Guard" => Self::Call(Method::Guard),
                "GetGuardPolicy" => Self::Call(Method::GetGuardPolicy),
                "Capture" => Self::Call(Method::Capture),
                _ => Self::UnknownMethod,
            };
        }
        match path {
            "/healthz" => Self::Health,
            "/metrics" => Self::Metrics,
            _ if path.starts_with(HEALTH_PATH) => Self::GrpcHealth,
            _ => Self::Nothing,
        }
    }
}

impl Endpoint {
    /// An endpoint with the sites and limits of `config`. It counts its requests with the global recorder of the
    /// `metrics` crate as it is now.
    pub fn new(config: &Config) -> Self {
        let health_reporter = HealthReporter::new();
        Self {
            inner: Arc::new(Inner {
                sites: config.sites.clone(),
                metrics: Metrics::new(),
                prometheus: config.metrics.clone(),
                health: HealthServer::new(HealthService::from_health_reporter(health_reporter.clone())),
                health_reporter,
                draining: AtomicBool::new(false),
                budget: Budget::new(config.max_buffered_bytes),
                max_body_bytes: config.max_body_bytes,
                request_timeout: config.request_timeout,
            }),
        }
    }

    /// Announces to gRPC health checks that the service is there.
    pub(crate) async fn announce(&self) {
        self.inner
            .health_reporter
            .set_serving::<DecideServiceServer<Site>>()
            .await;
    }

    /// Says goodbye: health checks fail from here on, and those that watch the health are told and let go, because their
    /// streams would otherwise keep a draining server waiting. Other requests are still answered.
    pub(crate) async fn drain(&self) {
        self.inner.draining.store(true, Ordering::Relaxed);
        let mut reporter = self.inner.health_reporter.clone();
        for service in ["", server::SERVICE_NAME] {
            reporter
                .set_service_status(service, tonic_health::ServingStatus::NotServing)
                .await;
            reporter.clear_service_status(service).await;
        }
    }

    /// Answers a request. Every fault is an answer in the protocol of the request.
    pub fn handle<B>(&self, request: Request<B>) -> impl Future<Output = Response<ResponseBody>> + Send
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
    {
        let inner = &*self.inner;
        let content_type = request.headers().get(CONTENT_TYPE);
        let is_grpc = content_type.is_some_and(|value| grpc::is_grpc(value.as_bytes()));
        let now = match Route::of(request.uri().path()) {
            Route::Call(method) if is_grpc => return Answer::Later(inner.call_grpc(method, request)),
            Route::Call(method) => return Answer::Later(Box::pin(inner.call_connect(method, request))),
            Route::GrpcHealth if is_grpc => return Answer::Later(inner.grpc_health(request)),
            Route::Health => read_only(&request, || inner.health()),
            Route::Metrics => read_only(&request, || inner.render_metrics()),
            _ if is_grpc => Status::unimplemented("unknown service or method")
                .into_http()
                .map(ResponseBody::grpc),
            Route::UnknownMethod => {
                let fault = Fault::new(
                    Code::Unimplemented,
                    "unknown method: v1alpha1 has Decide and Report, v2 has Guard, GetGuardPolicy and Capture",
                );
                connect::error_response(&fault.with_status(StatusCode::NOT_FOUND))
            }
            Route::GrpcHealth | Route::Nothing => text(StatusCode::NOT_FOUND, "not found\n"),
        };
        Answer::Now(Some(now))
    }
}

type Later<'a> = Pin<Box<dyn Future<Output = Response<ResponseBody>> + Send + 'a>>;

/// The answer to a request, as a future of few bytes: an HTTP/2 server moves it several times on its way into a task.
enum Answer<'a> {
    /// Taken when it is polled.
    Now(Option<Response<ResponseBody>>),
    Later(Later<'a>),
}

impl Future for Answer<'_> {
    type Output = Response<ResponseBody>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response<ResponseBody>> {
        match &mut *self {
            Answer::Now(response) => response.take().map_or(Poll::Pending, Poll::Ready),
            Answer::Later(future) => future.as_mut().poll(cx),
        }
    }
}

impl Inner {
    fn call_grpc<B>(&self, method: Method, request: Request<B>) -> Later<'_>
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
    {
        let measured = self.metrics.start(method, Protocol::Grpc);
        let tenant = self.sites.authenticate(request.headers());
        let longest = self.max_body_bytes;
        match method {
            Method::Decide | Method::Report => {
                let service = tenant.map(|tenant| tenant.grpc.clone().max_decoding_message_size(longest));
                Box::pin(finish_grpc(method, measured, grpc::call(self, service, request)))
            }
            Method::Guard | Method::GetGuardPolicy | Method::Capture => {
                let service = tenant.map(|tenant| tenant.guard_grpc.clone().max_decoding_message_size(longest));
                Box::pin(finish_grpc(method, measured, grpc::call(self, service, request)))
            }
        }
    }

    async fn call_connect<B>(&self, method: Method, request: Request<B>) -> Response<ResponseBody>
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
    {
        let codec = match connect::codec(request.method(), request.headers()) {
            Ok(codec) => codec,
            // Not a call, so there is no protocol to count it under.
            Err(fault) => return connect::error_response(&fault),
        };
        let measured = self.metrics.start(method, codec.protocol());
        let tenant = self.sites.authenticate(request.headers());
        let result = connect::unary(self, tenant, method, codec, request).await;
        let code = result.as_ref().map_or_else(|fault| fault.code, |_| Code::Ok);
        tracing::debug!(?method, protocol = ?codec.protocol(), code = code as i32, "answered");
        measured.finish(code);
        connect::response(codec, result)
    }

    /// Health needs no key: it says nothing about sites, and probes have none.
    fn grpc_health<B>(&self, request: Request<B>) -> Later<'_>
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
    {
        let service = if self.draining.load(Ordering::Relaxed) {
            Err(Fault::new(Code::Unavailable, "the server is shutting down"))
        } else {
            Ok(self.health.clone())
        };
        let call = grpc::call(self, service, request);
        Box::pin(async move { call.await.map(ResponseBody::grpc) })
    }

    fn health(&self) -> Response<ResponseBody> {
        if self.draining.load(Ordering::Relaxed) {
            text(StatusCode::SERVICE_UNAVAILABLE, "draining\n")
        } else {
            text(StatusCode::OK, "ok\n")
        }
    }

    fn render_metrics(&self) -> Response<ResponseBody> {
        match &self.prometheus {
            Some(handle) => text(StatusCode::OK, handle.render()),
            None => text(StatusCode::NOT_FOUND, "not found\n"),
        }
    }
}

/// Measures a call of gRPC to its end.
///
/// Not an `async fn`: that would keep the call twice, as an argument and where it runs.
fn finish_grpc(
    method: Method,
    measured: Measured<'_>,
    call: impl Future<Output = Response<tonic::body::Body>>,
) -> impl Future<Output = Response<ResponseBody>> {
    async move {
        let response = call.await;
        let code = grpc::code(response.headers());
        tracing::debug!(?method, protocol = "grpc", code = code as i32, "answered");
        measured.finish(code);
        response.map(ResponseBody::grpc)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("sites", &self.sites)
            .field("draining", &self.draining)
            .finish_non_exhaustive()
    }
}

fn read_only<B>(
    request: &Request<B>,
    answer: impl FnOnce() -> Response<ResponseBody>,
) -> Response<ResponseBody> {
    if matches!(*request.method(), HttpMethod::GET | HttpMethod::HEAD) {
        return answer();
    }
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "use GET\n");
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::from(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

/// Body of an answer.
#[derive(Debug)]
pub struct ResponseBody(Content);

#[derive(Debug)]
enum Content {
    /// One frame, taken when it is sent.
    Whole(Option<Bytes>),
    /// A message with its trailers.
    Grpc(tonic::body::Body),
}

impl ResponseBody {
    fn grpc(body: tonic::body::Body) -> Self {
        Self(Content::Grpc(body))
    }
}

impl From<Bytes> for ResponseBody {
    fn from(bytes: Bytes) -> Self {
        Self(Content::Whole(Some(bytes).filter(|bytes| !bytes.is_empty())))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match &mut self.0 {
            Content::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Content::Grpc(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Content::Whole(bytes) => bytes.is_none(),
            Content::Grpc(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Content::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Content::Grpc(body) => body.size_hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes() {
        for (path, route) in [
            (
                "/proto.decide.v1alpha1.DecideService/Decide",
                Route::Call(Method::Decide),
            ),
            (
                "/proto.decide.v1alpha1.DecideService/Report",
                Route::Call(Method::Report),
            ),
            (
                "/proto.decide.v1alpha1.DecideService/decide",
                Route::UnknownMethod,
            ),
            ("/proto.decide.v2.DecideService/Guard", Route::Call(Method::Guard)),
            (
                "/proto.decide.v2.DecideService/GetGuardPolicy",
                Route::Call(Method::GetGuardPolicy),
            ),
            (
                "/proto.decide.v2.DecideService/Capture",
                Route::Call(Method::Capture),
            ),
            ("/proto.decide.v2.DecideService/Decide", Route::UnknownMethod),
            ("/proto.decide.v1alpha1.DecideService/Guard", Route::UnknownMethod),
            ("/proto.decide.v1alpha1.DecideService/", Route::UnknownMethod),
            ("/proto.decide.v1alpha1.DecideService", Route::Nothing),
            (
                "/proto.decide.v1alpha1.DecideService/Decide/",
                Route::UnknownMethod,
            ),
            ("/grpc.health.v1.Health/Check", Route::GrpcHealth),
            ("/healthz", Route::Health),
            ("/metrics", Route::Metrics),
            ("/", Route::Nothing),
            ("*", Route::Nothing),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }

    /// Every request over HTTP/2 is a task of its own, and its future is moved several times on the way there.
    #[test]
    fn the_future_of_a_request_is_small() {
        let decider = arcjet_engine::decider::protocol::ProtocolDecider::builder()
            .build_over(crate::Store::default())
            .unwrap();
        let endpoint = Endpoint::new(&Config::new(decider));
        let request = Request::new(http_body_util::Full::<Bytes>::default());
        let size = size_of_val(&endpoint.handle(request));
        assert!(size <= 256, "{size} bytes");
    }
}
