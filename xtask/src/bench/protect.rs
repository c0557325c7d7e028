//! `protect()` in the process, and the first decision of a process.

use super::{
    figures::{Rounds, Table, duration, target},
    program, statistics,
};
use crate::TaskResult;
use std::process::Command;

/// The most that the allow path with bots and a limit may take, in microseconds.
const ALLOW: f64 = 6.0;
/// The same for a denial that is cached.
const CACHED: f64 = 1.0;
/// The most from `build()` to the first decision, in milliseconds.
const FIRST: f64 = 20.0;

pub(crate) fn measure(quick: bool) -> TaskResult<String> {
    let measurements = statistics::run("protect", quick)?;
    let microseconds =
        |name| Ok::<_, Box<dyn std::error::Error>>(statistics::median(&measurements, name)? / 1e3);
    let starts = first_decisions(if quick { 5 } else { 30 })?;
    let totals = Rounds::new(starts.iter().map(|(build, decide)| build + decide).collect());
    let mut first = Table::new(&["a process that has just started", "median", "least to most"]);
    for (name, values) in [
        (
            "`build()`",
            Rounds::new(starts.iter().map(|start| start.0).collect()),
        ),
        (
            "the first decision",
            Rounds::new(starts.iter().map(|start| start.1).collect()),
        ),
        ("both", totals),
    ] {
        first.row(&[
            name.to_owned(),
            duration(values.median()),
            values.spread(duration),
        ]);
    }
    let after_build = Rounds::new(starts.iter().map(|start| start.0 + start.1).collect()).median() / 1e6;
    let mut targets = String::new();
    for (what, name, most) in [
        (
            "`protect()`, bots and limit, allow",
            "bots and limit, allow",
            ALLOW,
        ),
        (
            "a cached denial by a limit",
            "bots and limit, limit denied, cached",
            CACHED,
        ),
        (
            "a cached denial by the bot rule",
            "bots and limit, bot denied, cached",
            CACHED,
        ),
    ] {
        targets += &target(what, microseconds(name)?, most, "us");
    }
    targets += &target(
        "`build()` and the first decision together",
        after_build,
        FIRST,
        "ms",
    );
    Ok(format!(
        "{}\n{}\n{targets}",
        statistics::table(&measurements),
        first.finish()
    ))
}

/// How long `build()` and the first decision take in each of so many new processes, in nanoseconds.
fn first_decisions(processes: u32) -> TaskResult<Vec<(f64, f64)>> {
    let start = |_| {
        let output = Command::new(program("first_decision")).output()?;
        if !output.status.success() {
            return Err(format!(
                "first_decision fails: {}",
                String::from_utf8_lossy(&output.stderr)
            )
            .into());
        }
        let text = String::from_utf8(output.stdout)?;
        let (build, decide) = text
            .trim()
            .split_once(' ')
            .ok_or("first_decision prints something else")?;
        Ok((build.parse::<f64>()? * 1e3, decide.parse::<f64>()? * 1e3))
    };
    (0..processes).map(start).collect()
}
