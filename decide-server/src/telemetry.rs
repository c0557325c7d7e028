//! Logs and metrics of the process.

use std::error::Error;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::cli::LogFormat;

/// Upper bounds of the histograms' buckets, in seconds: from a decision in memory to the longest a client waits.
const BUCKETS: [f64; 14] = [
    10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 50e-3, 250e-3, 1.0, 10.0,
];

/// Writes the log to standard error from here on.
pub(crate) fn log(filter: &str, format: LogFormat) -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("--log {filter:?}: {error}"))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let installed = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    // Coerced: `?` does not drop `Send + Sync`.
    installed.map_err(|error| -> Box<dyn Error> { error })
}

/// Installs the recorder that `/metrics` shows.
pub(crate) fn metrics() -> Result<PrometheusHandle, Box<dyn Error>> {
    let builder = PrometheusBuilder::new();
    Ok(builder
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .install_recorder()?)
}
