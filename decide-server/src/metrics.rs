//! What the server counts about itself. Labels come from fixed sets, never from a request.

use std::sync::OnceLock;
use std::time::Instant;

use arcjet_engine::wire::v1alpha1::Conclusion;
use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};
use tonic::Code;

use crate::code::{self, CODES, Fault};
use crate::load::{Load, Place};

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

    /// With the service that it is of, as OpenTelemetry names it.
    #[cfg(feature = "otlp")]
    pub(crate) fn full_name(self) -> &'static str {
        match self {
            Self::Decide => "proto.decide.v1alpha1.DecideService/Decide",
            Self::Report => "proto.decide.v1alpha1.DecideService/Report",
            Self::Guard => "proto.decide.v2.DecideService/Guard",
            Self::GetGuardPolicy => "proto.decide.v2.DecideService/GetGuardPolicy",
            Self::Capture => "proto.decide.v2.DecideService/Capture",
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

    pub(crate) fn name(self) -> &'static str {
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
    load: Load,
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

/// Counts the decisions of one site. There are as many series as sites are configured, times the conclusions.
#[derive(Debug)]
pub(crate) struct SiteMetrics([Counter; CONCLUSIONS.len()]);

impl SiteMetrics {
    pub(crate) fn new(site: &str) -> Self {
        describe_counter!(DECISIONS, "Decisions, by site and conclusion.");
        // The only site of a server without keys has no name.
        let site = if site.is_empty() { "default" } else { site };
        Self(CONCLUSIONS.map(
            |(_, conclusion)| counter!(DECISIONS, "site" => site.to_owned(), "conclusion" => conclusion),
        ))
    }

    pub(crate) fn decided(&self, conclusion: Conclusion) {
        if let Some(index) = CONCLUSIONS.iter().position(|(known, _)| *known == conclusion) {
            self.0[index].increment(1);
        }
    }
}

const CONCLUSIONS: [(Conclusion, &str); 4] = [
    (Conclusion::Allow, "allow"),
    (Conclusion::Deny, "deny"),
    (Conclusion::Challenge, "challenge"),
    (Conclusion::Error, "error"),
];

const DECISIONS: &str = "arcjet_decide_decisions_total";
const CONNECTIONS: &str = "arcjet_decide_connections";
const ACCEPTED: &str = "arcjet_decide_connections_total";
const NOT_ACCEPTED: &str = "arcjet_decide_accept_errors_total";
const REQUESTS: &str = "arcjet_decide_requests_total";
const DURATION: &str = "arcjet_decide_request_duration_seconds";
const IN_FLIGHT: &str = "arcjet_decide_requests_in_flight";
const BODY_REJECTS: &str = "arcjet_decide_body_rejects_total";

impl Metrics {
    pub(crate) fn new(load: Load) -> Self {
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
            load,
        }
    }

    /// Starts measuring a request.
    pub(crate) fn start(&self, method: Method, protocol: Protocol) -> Measured<'_> {
        self.in_flight.increment(1.0);
        let series = &self.series[method as usize * Protocol::ALL.len() + protocol as usize];
        Measured {
            metrics: self,
            series,
            place: self.load.enter(),
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
    place: Place,
    started: Instant,
    code: Code,
}

impl Measured<'_> {
    /// Whether the server has room for the request, to be asked when it gets its turn.
    pub(crate) fn admit(&self) -> Result<(), Fault> {
        self.place.check(self.started.elapsed())
    }

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
    use std::time::Duration;

    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn requests_are_counted_where_they_belong() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            let metrics = Metrics::new(Load::new(10, Duration::from_secs(1)));
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
