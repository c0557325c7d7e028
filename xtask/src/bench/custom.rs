//! A rule of the application's own in its sandbox.

use super::{figures::target, statistics};
use crate::TaskResult;

/// The most that a call on a pooled instance and a fresh instance may take, in nanoseconds.
const POOLED: f64 = 3_000.0;
const FRESH: f64 = 100_000.0;

pub(crate) fn measure(quick: bool) -> TaskResult<String> {
    let measurements = statistics::run("custom", quick)?;
    let of = |name: &str| statistics::median(&measurements, name);
    let targets = [
        ("a call of the example's rule", of("pooled call")?, POOLED),
        (
            "the same with a fresh instance",
            of("fresh instance per request")?,
            FRESH,
        ),
    ]
    .map(|(name, measured, most)| target(name, measured / 1000.0, most / 1000.0, "us"));
    Ok(format!(
        "{}\n{}",
        statistics::table(&measurements),
        targets.concat()
    ))
}
