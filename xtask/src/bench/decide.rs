//! The decision server against a stub that decodes the same request and returns a fixed answer, over gRPC.

use super::{
    figures::{Rounds, Table, number, target},
    process::{self, Server},
    program,
};
use crate::TaskResult;
use std::process::Command;

/// The most processor time of a decision, as a multiple of the stub's.
const FACTOR: f64 = 1.2;

const SCENARIOS: [(&str, &str); 2] = [("limit", "limit"), ("bots-and-limit", "bots and limit")];
const IN_FLIGHT: [u32; 2] = [32, 128];

/// What one run of the load generator found.
struct Run {
    calls_per_second: f64,
    /// Of the server, user and system, in microseconds for each call.
    cpu: f64,
    /// In microseconds.
    median_latency: f64,
    high_latency: f64,
}

pub(crate) fn measure(quick: bool) -> TaskResult<String> {
    let (rounds, calls) = if quick { (2, 20_000) } else { (7, 150_000) };
    let ticks = process::ticks_per_second()?;
    let stub = Server::start(&mut Command::new(program("stub_decide")))?;
    let server = Server::start(
        Command::new(program("arcjet-decide"))
            .args(["--listen", "127.0.0.1:0"])
            // As many as the stub has.
            .env("TOKIO_WORKER_THREADS", "2"),
    )?;
    let servers = [("stub", &stub), ("arcjet-decide", &server)];
    let mut runs = Vec::new();
    for (scenario, title) in SCENARIOS {
        for in_flight in IN_FLIGHT {
            for (name, server) in servers {
                load(server, scenario, in_flight, calls / 10, ticks)?;
                runs.push((title, scenario, in_flight, name, server, Vec::new()));
            }
        }
    }
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for (_, scenario, in_flight, _, server, runs) in &mut runs {
            runs.push(load(server, scenario, *in_flight, calls, ticks)?);
        }
    }

    let mut table = Table::new(&[
        "rules of the client, calls in flight, server",
        "CPU us per call",
        "least to most",
        "calls per second",
        "latency us, median",
        "99th percentile",
    ]);
    let mut targets = String::new();
    let mut stub_cpu = 0.0;
    for (title, _, in_flight, name, _, runs) in &runs {
        let of = |value: fn(&Run) -> f64| Rounds::new(runs.iter().map(value).collect());
        let cpu = of(|run| run.cpu);
        table.row(&[
            format!("{title}, {in_flight}, {name}"),
            number(cpu.median()),
            cpu.spread(number),
            number(of(|run| run.calls_per_second).median()),
            number(of(|run| run.median_latency).median()),
            number(of(|run| run.high_latency).median()),
        ]);
        if *name == "stub" {
            stub_cpu = cpu.median();
        } else {
            targets += &target(
                &format!("{title}, {in_flight} in flight, against the stub"),
                cpu.median() / stub_cpu,
                FACTOR,
                "times the CPU",
            );
        }
    }
    Ok(format!(
        "Medians of {rounds} rounds of {calls} calls.\n\n{}\n{targets}",
        table.finish()
    ))
}

fn load(server: &Server, scenario: &str, in_flight: u32, calls: u32, ticks: f64) -> TaskResult<Run> {
    let before = server.cpu(ticks)?;
    let output = Command::new(program("grpc_load"))
        .arg(server.address.to_string())
        .arg(scenario)
        .args([in_flight, calls].map(|number| number.to_string()))
        .output()?;
    let used = server.cpu(ticks)? - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text
        .trim()
        .split(' ')
        .map_while(|number| number.parse().ok())
        .collect();
    let [calls_per_second, median_latency, high_latency] = numbers[..] else {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("grpc_load has no result: {text}{errors}").into());
    };
    Ok(Run {
        calls_per_second,
        cpu: used * 1e6 / f64::from(calls),
        median_latency,
        high_latency,
    })
}
