//! Traces of calls, sent to a collector of OpenTelemetry.
//!
//! Spans are made when a sampled call has been answered, from the times that were taken on its way; a call that is not
//! sampled costs a look at one header.

mod parent;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use arcjet_engine::observation::Observation;
use http::HeaderMap;
use opentelemetry::trace::{
    Event, Span as _, SpanBuilder, SpanKind, TraceContextExt as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use tonic::Code;

use self::parent::Parent;
use crate::code;
use crate::metrics::{Method, Protocol};

/// Where traces go, and how many: [`TraceConfig::new`], then the methods named like what they set, then
/// [`TraceConfig::start`].
#[derive(Debug, Clone)]
#[must_use]
pub struct TraceConfig {
    endpoint: String,
    ratio: f64,
}

impl TraceConfig {
    /// Default of [`TraceConfig::sampling_ratio`]: one call in a hundred.
    pub const DEFAULT_SAMPLING_RATIO: f64 = 0.01;

    /// Traces to a collector that speaks OTLP over gRPC, as in `http://127.0.0.1:4317`. The service's name is
    /// `arcjet-decide`, or what `OTEL_SERVICE_NAME` says.
    pub fn new(endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: endpoint.into(),
            ratio: Self::DEFAULT_SAMPLING_RATIO,
        }
    }

    /// Which part of the calls is traced, from 0 to 1, of those that don't say it themselves: where a call comes with a
    /// `traceparent`, that decides.
    pub fn sampling_ratio(self, ratio: f64) -> Self {
        Self {
            ratio: ratio.clamp(0.0, 1.0),
            ..self
        }
    }

    /// Starts sending, in the background. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// The endpoint is not a URL. That nobody answers there is not an error: it is logged, and traces are dropped.
    pub fn start(&self) -> Result<Tracer, TraceError> {
        let exporter = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(&*self.endpoint)
            .build()
            .map_err(|source| TraceError {
                endpoint: self.endpoint.clone(),
                source: source.into(),
            })?;
        let resource = Resource::builder();
        let resource = match std::env::var_os("OTEL_SERVICE_NAME") {
            Some(_) => resource,
            None => resource.with_service_name("arcjet-decide"),
        };
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            // What is not sampled never gets here.
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(resource.build())
            .build();
        Ok(Tracer(Arc::new(Inner {
            tracer: provider.tracer("arcjet-decide-server"),
            provider,
            ratio: self.ratio,
        })))
    }
}

/// Traces cannot be sent to an endpoint.
#[derive(Debug, thiserror::Error)]
#[error("cannot send traces to {endpoint:?}; expected a URL as in http://127.0.0.1:4317")]
#[non_exhaustive]
pub struct TraceError {
    endpoint: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// Sends traces. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Tracer(Arc<Inner>);

struct Inner {
    tracer: SdkTracer,
    provider: SdkTracerProvider,
    ratio: f64,
}

impl Tracer {
    /// Begins the trace of a call, if it is among those that are traced.
    pub(crate) fn begin(&self, headers: &HeaderMap) -> Option<Trace> {
        let parent = Parent::of(headers);
        let sampled = match &parent {
            Some(parent) => parent.sampled,
            None => fastrand::f64() < self.0.ratio,
        };
        sampled.then(|| Trace {
            tracer: self.clone(),
            parent,
            began: Instant::now(),
            time: SystemTime::now(),
        })
    }

    /// Sends what has not been sent yet, and waits for it; blocks for a few seconds at most.
    pub fn flush(&self) {
        if let Err(error) = self.0.provider.force_flush() {
            tracing::warn!(%error, "traces were not sent");
        }
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer")
            .field("ratio", &self.0.ratio)
            .finish_non_exhaustive()
    }
}

/// The trace of a call that is being answered.
#[derive(Debug)]
pub(crate) struct Trace {
    tracer: Tracer,
    parent: Option<Parent>,
    began: Instant,
    time: SystemTime,
}

impl Trace {
    /// Ends the trace of a call that was answered. Nothing in it comes from the request but the name of the method.
    pub(crate) fn end(self, method: Method, protocol: Protocol, code: Code, observation: &Observation) {
        let tracer = &self.tracer.0.tracer;
        let parent = match &self.parent {
            Some(parent) => Context::new().with_remote_span_context(parent.context()),
            None => Context::new(),
        };
        let events = observation.rules.iter().map(|rule| {
            let attributes = vec![
                KeyValue::new("arcjet.rule", rule.rule),
                KeyValue::new("arcjet.conclusion", rule.conclusion),
                KeyValue::new("arcjet.state", rule.state),
            ];
            Event::new("rule", SystemTime::now(), attributes, 0)
        });
        let mut span = SpanBuilder::from_name(method.full_name())
            .with_kind(SpanKind::Server)
            .with_start_time(self.time)
            .with_attributes([
                KeyValue::new(
                    "rpc.system",
                    match protocol {
                        Protocol::Grpc => "grpc",
                        Protocol::ConnectProto | Protocol::ConnectJson => "connect_rpc",
                    },
                ),
                KeyValue::new("rpc.method", method.full_name()),
                KeyValue::new("arcjet.protocol", protocol.name()),
                KeyValue::new("arcjet.code", code::name(code)),
            ])
            .with_events(events.collect())
            .start_with_context(tracer, &parent);
        let inside = Context::new().with_remote_span_context(span.span_context().clone());
        for stage in &observation.stages {
            let began = self.at(stage.began);
            SpanBuilder::from_name(stage.name)
                .with_kind(SpanKind::Internal)
                .with_start_time(began)
                .start_with_context(tracer, &inside)
                .end_with_timestamp(began + stage.took);
        }
        span.end_with_timestamp(self.at(Instant::now()));
    }

    /// The time of day at an instant of this call.
    fn at(&self, instant: Instant) -> SystemTime {
        self.time + instant.saturating_duration_since(self.began).min(LONGEST)
    }
}

/// Far more than a call may take; keeps additions of times from overflowing.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
