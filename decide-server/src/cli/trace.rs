//! Flags for traces.

use std::env;

use arcjet_decide_server::{TraceConfig, TraceError, Tracer};
use clap::Args;

/// Whether calls are traced, and where the traces go.
#[derive(Debug, Args)]
pub(super) struct TraceArgs {
    /// Collector of OpenTelemetry that calls are traced to, by OTLP over gRPC, as in http://127.0.0.1:4317. Unless given,
    /// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and OTEL_EXPORTER_OTLP_ENDPOINT are asked; without either, nothing is traced.
    #[arg(long, env = "ARCJET_DECIDE_OTLP_ENDPOINT", value_name = "URL")]
    otlp_endpoint: Option<String>,

    /// Part of the calls that is traced, from 0 to 1, of those that come without a `traceparent`.
    #[arg(long, env = "ARCJET_DECIDE_TRACE_RATIO", value_name = "RATIO", default_value_t = TraceConfig::DEFAULT_SAMPLING_RATIO, value_parser = ratio)]
    trace_ratio: f64,
}

impl TraceArgs {
    /// Starts sending traces, if they are wanted.
    pub(super) fn start(&self) -> Result<Option<Tracer>, TraceError> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let endpoint = self
            .otlp_endpoint
            .clone()
            .or_else(|| variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
            .or_else(|| variable("OTEL_EXPORTER_OTLP_ENDPOINT"));
        let config = endpoint.map(|endpoint| TraceConfig::new(endpoint).sampling_ratio(self.trace_ratio));
        config.map(|config| config.start()).transpose()
    }
}

fn ratio(text: &str) -> Result<f64, String> {
    let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| "expected a number from 0 to 1, for example 0.01".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios() {
        assert_eq!(ratio("0.5"), Ok(0.5));
        for text in ["", "-0.1", "1.1", "NaN", "half"] {
            assert!(ratio(text).is_err(), "{text:?}");
        }
    }
}
