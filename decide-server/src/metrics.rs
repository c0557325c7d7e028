//! What the server counts about itself. Labels come from fixed sets, never from a request.

use std::sync::OnceLock;
use std::time::Instant;

use arcjet_engine::wire::v1alpha1::Conclusion;
use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};
use tonic::Code;

use crate::code::{self, CODES};

/// Method of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Decide,
    Report,
    Guard,
    GetGuardPolicy,
    Capture,
}

impl Method {
    const ALL: [Self; 5] = [
        Self::Decide,
        Self::Report,
        Self::Guard,
        Self::GetGuardPolicy,
        Self::Capture,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Decide => "Decide",
            Self::Report => "Report",
            Self::Guard => "Guard",
            Self::GetGuardPolicy => "GetGuardPolicy",
            Self::Capture => "Capture",
        }
    }
}

/// Protocol, and for Connect the codec, of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Grpc,
    ConnectProto,
    ConnectJson,
}

impl Protocol {
    const ALL: [Self; 3] = [Self::Grpc, Self::ConnectProto, Self::ConnectJson];

    fn name(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::ConnectProto => "connect_proto",
            Self::ConnectJson => "connect_json",
        }
    }
}

/// Handles of all metrics. They are looked up once, so that a request only adds numbers.
#[derive(Debug)]
pub(crate) struct Metrics {
    series: Vec<Series>,
    in_flight: Gauge,
}

/// The requests of one method over one protocol.
#[derive(Debug)]
struct Series {
    method: Method,
    protocol: Protocol,
    duration: Histogram,
    /// By code; registered when the code first occurs, because most never do.
    by_code: [OnceLock<Counter>; CODES],
}

/// Why a body was turned away.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BodyReject {
    /// Longer than a body may be, as received or after decompression.
    TooLarge,
    /// No room left for bodies that are being received.
    Busy,
    /// A compression that the server does not know, or broken data in one that it does.
    Encoding,
}

impl BodyReject {
    const ALL: [Self; 3] = [Self::TooLarge, Self::Busy, Self::Encoding];

    fn name(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Busy => "busy",
            Self::Encoding => "encoding",
        }
    }
}

/// Counters of bodies that were turned away.
#[derive(Debug)]
pub(crate) struct BodyRejects([Counter; 3]);

impl BodyRejects {
    pub(crate) fn new() -> Self {
        describe_counter!(BODY_REJECTS, "Request bodies that were turned away, by reason.");
        Self(BodyReject::ALL.map(|reason| counter!(BODY_REJECTS, "reason" => reason.name())))
    }

    pub(crate) fn count(&self, reason: BodyReject) {
        self.0[reason as usize].increment(1);
    }
}

/// Counters of what one site was answered. The label is the site's name, which comes from the configuration.
#[derive(Debug)]
pub(crate) struct SiteMetrics {
    allowed: Counter,
    denied: Counter,
    challenged: Counter,
    failed: Counter,
}

impl SiteMetrics {
    /// `name` is empty for the one site of a server without keys.
    pub(crate) fn new(name: &str) -> Self {
        describe_counter!(SITE_DECISIONS, "Decisions, by site and conclusion.");
        let name = if name.is_empty() { "default" } else { name };
        let counter = |conclusion: &'static str| counter!(SITE_DECISIONS, "site" => name.to_owned(), "conclusion" => conclusion);
        Self {
            allowed: counter("allow"),
            denied: counter("deny"),
            challenged: counter("challenge"),
            failed: counter("error"),
        }
    }

    pub(crate) fn count(&self, conclusion: Conclusion) {
        match conclusion {
            Conclusion::Allow => self.allowed.increment(1),
            Conclusion::Deny => self.denied.increment(1),
            Conclusion::Challenge => self.challenged.increment(1),
            Conclusion::Error | Conclusion::Unspecified => self.failed.increment(1),
        }
    }
}

const SITE_DECISIONS: &str = "arcjet_decide_site_decisions_total";
/// Counts connections.
#[derive(Debug)]
pub(crate) struct ConnectionMetrics {
    open: Gauge,
    accepted: Counter,
    not_accepted: Counter,
}

impl ConnectionMetrics {
    pub(crate) fn new() -> Self {
        describe_gauge!(CONNECTIONS, "Connections that are open.");
        describe_counter!(ACCEPTED, "Connections that were accepted.");
        describe_counter!(
            NOT_ACCEPTED,
            "Connections that the system could not hand over, most often for want of file descriptors."
        );
        Self {
            open: gauge!(CONNECTIONS),
            accepted: counter!(ACCEPTED),
            not_accepted: counter!(NOT_ACCEPTED),
        }
    }

    /// Counts a connection, as open until the value is dropped.
    pub(crate) fn open(&self) -> impl Drop + use<> {
        struct Open(Gauge);
        impl Drop for Open {
            fn drop(&mut self) {
                self.0.decrement(1.0);
            }
        }
        self.accepted.increment(1);
        self.open.increment(1.0);
        Open(self.open.clone())
    }

    pub(crate) fn not_accepted(&self) {
        self.not_accepted.increment(1);
    }
}

const CONNECTIONS: &str = "arcjet_decide_connections";
const ACCEPTED: &str = "arcjet_decide_connections_total";
const NOT_ACCEPTED: &str = "arcjet_decide_accept_errors_total";
const REQUESTS: &str = "arcjet_decide_requests_total";
const DURATION: &str = "arcjet_decide_request_duration_seconds";
const IN_FLIGHT: &str = "arcjet_decide_requests_in_flight";
const BODY_REJECTS: &str = "arcjet_decide_body_rejects_total";

impl Metrics {
    pub(crate) fn new() -> Self {
        describe_counter!(
            REQUESTS,
            "Requests that were answered, by method, protocol and status code."
        );
        describe_histogram!(
            DURATION,
            Unit::Seconds,
            "Time from a request's header to its answer."
        );
        describe_gauge!(IN_FLIGHT, "Requests that are being received or answered.");
        let series = Method::ALL
            .iter()
            .flat_map(|&method| Protocol::ALL.map(|protocol| Series::new(method, protocol)));
        Self {
            series: series.collect(),
            in_flight: gauge!(IN_FLIGHT),
        }
    }

    /// Starts measuring a request.
    pub(crate) fn start(&self, method: Method, protocol: Protocol) -> Measured<'_> {
        self.in_flight.increment(1.0);
        let series = &self.series[method as usize * Protocol::ALL.len() + protocol as usize];
        Measured {
            metrics: self,
            series,
            started: Instant::now(),
            code: Code::Cancelled,
        }
    }
}

impl Series {
    fn new(method: Method, protocol: Protocol) -> Self {
        let duration = histogram!(DURATION, "method" => method.name(), "protocol" => protocol.name());
        Self {
            method,
            protocol,
            duration,
            by_code: std::array::from_fn(|_| OnceLock::new()),
        }
    }

    fn count(&self, code: Code) {
        let counter = self.by_code[code as usize].get_or_init(|| {
            let (method, protocol) = (self.method.name(), self.protocol.name());
            counter!(REQUESTS, "method" => method, "protocol" => protocol, "code" => code::name(code))
        });
        counter.increment(1);
    }
}

/// A request that is being measured. One that is dropped without a code was abandoned by its client: `canceled`.
#[derive(Debug)]
pub(crate) struct Measured<'a> {
    metrics: &'a Metrics,
    series: &'a Series,
    started: Instant,
    code: Code,
}

impl Measured<'_> {
    pub(crate) fn finish(mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Measured<'_> {
    fn drop(&mut self) {
        self.metrics.in_flight.decrement(1.0);
        self.series.duration.record(self.started.elapsed());
        self.series.count(self.code);
    }
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn requests_are_counted_where_they_belong() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            let metrics = Metrics::new();
            for method in Method::ALL {
                for protocol in Protocol::ALL {
                    metrics.start(method, protocol).finish(Code::Ok);
                }
            }
            metrics
                .start(Method::Report, Protocol::ConnectJson)
                .finish(Code::Unauthenticated);
            drop(metrics.start(Method::Decide, Protocol::Grpc));
            BodyRejects::new().count(BodyReject::Busy);
        });
        let text = handle.render();
        for line in [
            r#"arcjet_decide_requests_total{method="Decide",protocol="connect_proto",code="ok"} 1"#,
            r#"arcjet_decide_requests_total{method="Report",protocol="connect_json",code="unauthenticated"} 1"#,
            r#"arcjet_decide_requests_total{method="Decide",protocol="grpc",code="canceled"} 1"#,
            r#"arcjet_decide_body_rejects_total{reason="busy"} 1"#,
            "arcjet_decide_requests_in_flight 0",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is missing in:\n{text}"
            );
        }
    }
}
