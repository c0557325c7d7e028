//! Runs a benchmark of criterion and reads what it found.

use super::{
    cargo,
    figures::{Table, duration},
};
use crate::{TaskResult, repository};
use serde::Deserialize;
use std::{fs, path::Path};

/// One benchmark.
pub(crate) struct Measurement {
    pub(crate) name: String,
    /// In nanoseconds.
    pub(crate) median: f64,
    /// The 95 % confidence interval of the median.
    interval: (f64, f64),
}

#[derive(Deserialize)]
struct Benchmark {
    function_id: String,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
    confidence_interval: Interval,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}

/// Runs all benchmarks of a target of `arcjet-benches`, whose only group has the target's name. In the order in which
/// they ran.
pub(crate) fn run(target: &str, quick: bool) -> TaskResult<Vec<Measurement>> {
    let home = repository::target_dir().join("criterion-tables");
    let group = home.join(target);
    // Whatever an earlier version of the benchmark left there is not a result of this one.
    if group.exists() {
        fs::remove_dir_all(&group)?;
    }
    let times = match quick {
        true => ["--warm-up-time=0.3", "--measurement-time=0.7", "--sample-size=20"],
        false => ["--warm-up-time=2", "--measurement-time=5", "--sample-size=100"],
    };
    let mut cargo = cargo();
    cargo
        .env("CRITERION_HOME", &home)
        .args([
            "bench",
            "--quiet",
            "--package",
            "arcjet-benches",
            "--bench",
            target,
            "--",
        ])
        .args(times);
    if !cargo.status()?.success() {
        return Err(format!("the benchmark {target} fails, see above").into());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(&group)? {
        let latest = entry?.path().join("new");
        if latest.is_dir() {
            let written = fs::metadata(latest.join("estimates.json"))?.modified()?;
            found.push((written, read(&latest)?));
        }
    }
    found.sort_by_key(|(written, _)| *written);
    Ok(found.into_iter().map(|(_, measurement)| measurement).collect())
}

fn read(directory: &Path) -> TaskResult<Measurement> {
    let Benchmark { function_id } = serde_json::from_slice(&fs::read(directory.join("benchmark.json"))?)?;
    let Estimates { median } = serde_json::from_slice(&fs::read(directory.join("estimates.json"))?)?;
    Ok(Measurement {
        name: function_id,
        median: median.point_estimate,
        interval: (
            median.confidence_interval.lower_bound,
            median.confidence_interval.upper_bound,
        ),
    })
}

/// The median of the benchmark of this name, in nanoseconds.
pub(crate) fn median(measurements: &[Measurement], name: &str) -> TaskResult<f64> {
    let found = measurements.iter().find(|measurement| measurement.name == name);
    Ok(found
        .ok_or_else(|| format!("there is no benchmark `{name}`"))?
        .median)
}

/// All measurements as a table.
pub(crate) fn table(measurements: &[Measurement]) -> String {
    let mut table = Table::new(&["", "median", "95 % interval"]);
    for Measurement {
        name,
        median,
        interval,
    } in measurements
    {
        let interval = format!("{} to {}", duration(interval.0), duration(interval.1));
        table.row(&[name.clone(), duration(*median), interval]);
    }
    table.finish()
}
