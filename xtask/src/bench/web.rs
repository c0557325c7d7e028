//! Each framework without and with protection, over sockets: `wrk` loads one server after the other, in rounds.

mod frameworks;

use frameworks::{FRAMEWORKS, Framework};

use super::{
    figures::{Rounds, Table, number, target},
    process::{self, Server},
    program, statistics,
};
use crate::{TaskResult, repository};
use std::{io::ErrorKind, process::Command};

/// Says how to get `wrk` where it is missing.
pub(crate) fn require() -> TaskResult {
    match Command::new("wrk").arg("--version").output() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err("the load generator wrk is missing: on Debian and Ubuntu \
             `apt-get install wrk`; without it, `--only protect,sandbox,decide` works"
                .into())
        }
        Err(error) => Err(format!("cannot run wrk: {error}").into()),
    }
}

/// What one run of the load generator found.
struct Run {
    requests_per_second: f64,
    /// Of the server, user and system, in microseconds for each request.
    cpu: f64,
    /// In microseconds.
    median_latency: f64,
}

pub(crate) fn measure(quick: bool) -> TaskResult<String> {
    let (rounds, seconds) = if quick { (2, 1) } else { (15, 2) };
    let mut text = format!(
        "Medians of {rounds} rounds of {seconds} s. What a server takes more than another is the median of the rounds' \
         differences, because a machine that others share is faster in one round than in the next.\n"
    );
    for framework in &FRAMEWORKS {
        eprintln!("measuring {}", framework.name);
        text += &compare(framework, rounds, seconds)?;
    }
    let in_process = statistics::run("layer", quick)?;
    Ok(format!(
        "{text}\nThe layer in axum's router in the process, without sockets and HTTP:\n\n{}",
        statistics::table(&in_process)
    ))
}

/// All variants of a framework, in the same rounds.
fn compare(framework: &Framework, rounds: u32, seconds: u32) -> TaskResult<String> {
    let ticks = process::ticks_per_second()?;
    let mut servers = Vec::new();
    for variant in framework.variants {
        let server = Server::start(Command::new(program(framework.program)).arg(variant.protection))?;
        // Connections, allocators and caches settle, and limits are spent.
        load(&server, variant.load, 1, ticks, None)?;
        servers.push((variant, server, Vec::new()));
    }
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for (variant, server, runs) in &mut servers {
            let run = load(server, variant.load, seconds, ticks, Some(variant.refused));
            runs.push(run.map_err(|error| format!("{}: {error}", variant.name))?);
        }
    }

    let cpu = |name: &str| {
        let runs = servers.iter().find(|(variant, ..)| variant.name == name);
        runs.map_or_else(Vec::new, |(.., runs)| runs.iter().map(|run| run.cpu).collect())
    };
    // Of two servers in the same round.
    let compared = |name: &str, with: &str, compare: fn(f64, f64) -> f64| {
        let pairs = cpu(name).into_iter().zip(cpu(with));
        Rounds::new(pairs.map(|(one, other)| compare(one, other)).collect()).median()
    };
    let more_than_bare = |name: &str| compared(name, framework.bare, |one, bare| one - bare);
    let mut table = Table::new(&[
        "server, wrk with 64 connections",
        "CPU us per request",
        "least to most",
        "more than without",
        "requests per second",
        "latency us, median",
    ]);
    for (variant, _, runs) in &servers {
        let of = |value: fn(&Run) -> f64| Rounds::new(runs.iter().map(value).collect());
        let cpu = of(|run| run.cpu);
        table.row(&[
            variant.name.to_owned(),
            number(cpu.median()),
            cpu.spread(number),
            number(more_than_bare(variant.name)),
            number(of(|run| run.requests_per_second).median()),
            number(of(|run| run.median_latency).median()),
        ]);
    }
    let mut targets = String::new();
    for (name, at_most) in framework.adds {
        targets += &target(
            &format!("{name} adds"),
            more_than_bare(name),
            *at_most,
            "us of CPU",
        );
    }
    for variant in framework
        .variants
        .iter()
        .filter(|variant| variant.is_ours_and_refused())
    {
        let allow = variant.allow.unwrap_or(framework.allow);
        targets += &target(
            &format!("{}, against `{allow}`", variant.name),
            compared(variant.name, allow, |denied, allowed| denied / allowed),
            1.0,
            "times",
        );
    }
    Ok(format!("\n{}:\n\n{}\n{targets}", framework.name, table.finish()))
}

/// Loads a server for some seconds. With `refused` given, every answer must be a refusal, or none.
fn load(server: &Server, kind: &str, seconds: u32, ticks: f64, refused: Option<bool>) -> TaskResult<Run> {
    let before = server.cpu(ticks)?;
    let output = Command::new("wrk")
        .args(["--threads=1", "--connections=64", "--timeout=2s"])
        .arg(format!("--duration={seconds}s"))
        .arg("--script")
        .arg(repository::root().join("benches/wrk.lua"))
        .arg(format!(
            "http://{}/articles/42?utm_source=news&ref=home",
            server.address
        ))
        .args(["--", kind])
        .output()?;
    let used = server.cpu(ticks)? - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("result "));
    let numbers: Vec<f64> = line
        .unwrap_or_default()
        .split(' ')
        .map_while(|number| number.parse().ok())
        .collect();
    let [requests, refusals, faults, microseconds, median_latency, _] = numbers[..] else {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("wrk has no result: {text}{errors}").into());
    };
    if requests < 1.0 || faults > 0.0 {
        return Err(format!("wrk made {requests} requests and met {faults} faults of connections").into());
    }
    let expected = refused.map(|refused| if refused { requests } else { 0.0 });
    if expected.is_some_and(|expected| expected != refusals) {
        return Err(format!("{refusals} of {requests} requests were refused").into());
    }
    Ok(Run {
        requests_per_second: requests / microseconds * 1e6,
        cpu: used * 1e6 / requests,
        median_latency,
    })
}
