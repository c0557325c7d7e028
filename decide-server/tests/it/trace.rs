//! Traces, as a collector receives them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use arcjet_decide_server::{TraceConfig, Tracer};
use http::Version;
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::TcpListener;
use tonic::{Request, Response, Status};
use tower_service::Service as _;

use crate::client::{DECIDE, decide, deny_bots, fixed_window, json, post, send};
use crate::server::{Server, config};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Keeps what it is sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.lock().unwrap().push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    async fn start() -> (Self, SocketAddr) {
        let collector = Self::default();
        let service = TraceServiceServer::new(collector.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = service.clone();
                let answer = hyper::service::service_fn(move |request| {
                    let mut service = service.clone();
                    async move { Ok::<_, Infallible>(service.call(request).await.unwrap()) }
                });
                tokio::spawn(
                    hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), answer),
                );
            }
        });
        (collector, address)
    }

    /// The spans that a tracer has sent so far.
    async fn spans(&self, tracer: &Tracer) -> Vec<Span> {
        let tracer = tracer.clone();
        tokio::task::spawn_blocking(move || tracer.flush()).await.unwrap();
        let requests = self.0.lock().unwrap();
        let resources = requests.iter().flat_map(|request| &request.resource_spans);
        resources
            .flat_map(|resource| &resource.scope_spans)
            .flat_map(|scope| scope.spans.clone())
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_part_of_its_callers_trace() {
    let (collector, address) = Collector::start().await;
    let tracer = TraceConfig::new(format!("http://{address}"))
        .sampling_ratio(0.0)
        .start()
        .unwrap();
    let server = Server::with(config().tracer(tracer.clone())).await;

    let mut message = decide("203.0.113.77", vec![fixed_window(1), deny_bots(&["CURL"])]);
    message.details.as_mut().unwrap().email = "secret-mail@example.com".to_owned();
    let mut request = post(
        Version::HTTP_2,
        DECIDE,
        "application/proto",
        message.encode_to_vec(),
    );
    let headers = request.headers_mut();
    headers.insert("traceparent", PARENT.parse().unwrap());
    headers.insert("authorization", "Bearer ajkey_secret".parse().unwrap());
    assert_eq!(send(server.address, request).await.status, 200);
    // Not sampled: by the ratio, and by the caller.
    send(server.address, json(DECIDE, "{}")).await;
    let mut unsampled = json(DECIDE, "{}");
    let parent = PARENT.replace("-01", "-00").parse().unwrap();
    unsampled.headers_mut().insert("traceparent", parent);
    send(server.address, unsampled).await;

    let spans = collector.spans(&tracer).await;
    let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(
        names.iter().filter(|name| name.contains('/')).count(),
        1,
        "{names:?}"
    );
    let call = spans
        .iter()
        .find(|span| span.name.ends_with("DecideService/Decide"))
        .unwrap();
    let trace = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128;
    assert!(spans.iter().all(|span| span.trace_id == trace.to_be_bytes()));
    assert_eq!(call.parent_span_id, 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes());
    let text = format!("{call:?}");
    for part in ["connect_proto", "\"ok\"", "detect_bot", "fixed_window"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    for stage in ["identify", "judge", "decide"] {
        let span = spans.iter().find(|span| span.name == stage).unwrap();
        assert_eq!(span.parent_span_id, call.span_id, "{stage}");
        assert!(span.start_time_unix_nano >= call.start_time_unix_nano, "{stage}");
        assert!(span.end_time_unix_nano <= call.end_time_unix_nano, "{stage}");
    }
    let everything = format!("{spans:?}");
    for secret in ["secret", "203.0.113.77", "Firefox"] {
        assert!(!everything.contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_calls_are_traced_if_that_is_the_ratio() {
    let (collector, address) = Collector::start().await;
    let tracer = TraceConfig::new(format!("http://{address}"))
        .sampling_ratio(1.0)
        .start()
        .unwrap();
    let server = Server::with(config().tracer(tracer.clone())).await;
    for _ in 0..3 {
        send(server.address, json(DECIDE, "{}")).await;
    }
    send(server.address, json(DECIDE, "{")).await;
    let spans = collector.spans(&tracer).await;
    let calls: Vec<_> = spans.iter().filter(|span| span.name.contains('/')).collect();
    assert_eq!(calls.len(), 4);
    assert!(format!("{:?}", calls[3]).contains("invalid_argument"));
}
