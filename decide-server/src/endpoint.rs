//! The way from an HTTP request to its answer, for every protocol of the port.

mod response;
mod route;

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use arcjet_engine::observation::{Observation, observe};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use http_body::Body;
use metrics_exporter_prometheus::PrometheusHandle;
use tonic::{Code, Status};
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

pub use self::response::ResponseBody;
use self::response::{read_only, text};
use self::route::Route;
use crate::body::Budget;
use crate::code::Fault;
use crate::config::Config;
use crate::load::Load;
use crate::metrics::{Measured, Method, Metrics, Protocol};
use crate::reflection::Reflection;
use crate::sites::Sites;
use crate::trace::{Trace, Tracer};
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
    reflection: Option<Reflection>,
    tracer: Option<Tracer>,
    draining: AtomicBool,
    pub(crate) budget: Budget,
    pub(crate) max_body_bytes: usize,
    pub(crate) request_timeout: Duration,
}

impl Endpoint {
    /// An endpoint with the sites and limits of `config`. It counts its requests with the global recorder of the
    /// `metrics` crate as it is now.
    pub fn new(config: &Config) -> Self {
        let health_reporter = HealthReporter::new();
        Self {
            inner: Arc::new(Inner {
                sites: config.sites.clone(),
                metrics: Metrics::new(Load::new(config.max_in_flight, config.max_queue_time)),
                prometheus: config.metrics.clone(),
                health: HealthServer::new(HealthService::from_health_reporter(health_reporter.clone())),
                health_reporter,
                tracer: config.tracer.clone(),
                reflection: config.reflection.then(Reflection::new).flatten(),
                draining: AtomicBool::new(false),
                budget: Budget::new(config.max_buffered_bytes),
                max_body_bytes: config.max_body_bytes,
                request_timeout: config.request_timeout,
            }),
        }
    }

    /// Announces to gRPC health checks that the services are there.
    pub(crate) async fn announce(&self) {
        for service in server::SERVICE_NAMES {
            self.inner
                .health_reporter
                .set_service_status(service, ServingStatus::Serving)
                .await;
        }
    }

    /// Says goodbye: health checks fail from here on, and those that watch the health are told and let go, because their
    /// streams would otherwise keep a draining server waiting. Other requests are still answered.
    pub(crate) async fn drain(&self) {
        self.inner.draining.store(true, Ordering::Relaxed);
        let mut reporter = self.inner.health_reporter.clone();
        for service in [""].into_iter().chain(server::SERVICE_NAMES) {
            reporter
                .set_service_status(service, ServingStatus::NotServing)
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
            Route::GrpcReflection if is_grpc && inner.reflection.is_some() => {
                return Answer::Later(inner.grpc_reflection(request));
            }
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
            Route::GrpcHealth | Route::GrpcReflection | Route::Nothing => {
                text(StatusCode::NOT_FOUND, "not found\n")
            }
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
    /// The trace of a call, if it is traced.
    fn trace(&self, headers: &http::HeaderMap) -> Option<Trace> {
        self.tracer.as_ref().and_then(|tracer| tracer.begin(headers))
    }

    fn call_grpc<B>(&self, method: Method, request: Request<B>) -> Later<'_>
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
    {
        let measured = self.metrics.start(method, Protocol::Grpc);
        let trace = self.trace(request.headers());
        let tenant = self.sites.authenticate(request.headers());
        let longest = self.max_body_bytes;
        match method {
            Method::Decide | Method::Report => {
                let service = tenant.map(|tenant| tenant.grpc.clone().max_decoding_message_size(longest));
                Box::pin(finish_grpc(
                    method,
                    measured,
                    trace,
                    grpc::call(self, service, request),
                ))
            }
            Method::Guard | Method::GetGuardPolicy | Method::Capture => {
                let service =
                    tenant.map(|tenant| tenant.guard_grpc.clone().max_decoding_message_size(longest));
                Box::pin(finish_grpc(
                    method,
                    measured,
                    trace,
                    grpc::call(self, service, request),
                ))
            }
        }
    }

    /// Not an `async fn`: a request is measured from when it came, not from when it gets its turn.
    fn call_connect<B>(
        &self,
        method: Method,
        request: Request<B>,
    ) -> impl Future<Output = Response<ResponseBody>> + use<'_, B>
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
    {
        let trace = self.trace(request.headers());
        let call = connect::codec(request.method(), request.headers())
            .map(|codec| (codec, self.metrics.start(method, codec.protocol())));
        async move {
            let (codec, measured) = match call {
                Ok(call) => call,
                // Not a call, so there is no protocol to count it under.
                Err(fault) => return connect::error_response(&fault),
            };
            let tenant = measured
                .admit()
                .and_then(|()| self.sites.authenticate(request.headers()));
            let call = connect::unary(self, tenant, method, codec, request);
            let (result, observation) = observed(trace.as_ref(), call).await;
            let code = result.as_ref().map_or_else(|fault| fault.code, |_| Code::Ok);
            tracing::debug!(?method, protocol = ?codec.protocol(), code = code as i32, "answered");
            measured.finish(code);
            if let Some(trace) = trace {
                trace.end(method, codec.protocol(), code, &observation);
            }
            connect::response(codec, result)
        }
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

    /// Reflection needs a key as the service does, which it describes.
    fn grpc_reflection<B>(&self, request: Request<B>) -> Later<'_>
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
    {
        let service = self.sites.authenticate(request.headers()).and_then(|_| {
            let switched_off = || Fault::new(Code::Unimplemented, "unknown service or method");
            self.reflection.clone().ok_or_else(switched_off)
        });
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
    trace: Option<Trace>,
    call: impl Future<Output = Response<tonic::body::Body>> + Send,
) -> impl Future<Output = Response<ResponseBody>> + Send {
    async move {
        let (response, observation) = match measured.admit() {
            Ok(()) => observed(trace.as_ref(), call).await,
            Err(fault) => (Status::from(fault).into_http(), Observation::default()),
        };
        let code = grpc::code(response.headers());
        tracing::debug!(?method, protocol = "grpc", code = code as i32, "answered");
        measured.finish(code);
        if let Some(trace) = trace {
            trace.end(method, Protocol::Grpc, code, &observation);
        }
        response.map(ResponseBody::grpc)
    }
}

/// Runs a call; what it does besides its answer is observed if it is traced.
async fn observed<F: Future>(trace: Option<&Trace>, call: F) -> (F::Output, Observation) {
    match trace {
        None => (call.await, Observation::default()),
        // Boxed: most calls are not, and their future stays small.
        Some(_) => Box::pin(observe(call)).await,
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

#[cfg(test)]
mod tests {
    use super::*;

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
