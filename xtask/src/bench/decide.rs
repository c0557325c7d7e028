//! The decision server against a stub that decodes the same request and returns a fixed answer, over gRPC; and beside it rate limiters
//! with a server of their own, those that are installed.

mod peers;

use super::{
    figures::{Rounds, Table, number, target},
    process::{self, Server},
    program,
};
use crate::TaskResult;
use peers::Peer;
use std::process::Command;

/// The most processor time of a decision, as a multiple of the stub's.
const FACTOR: f64 = 1.2;

/// The highest latency of the fastest 99 of 100 calls with a limit, 32 at a time, in microseconds.
const HIGH_LATENCY: f64 = 1000.0;

const SCENARIOS: [(&str, &str); 2] = [("limit", "limit"), ("bots-and-limit", "bots and limit")];
/// The server as it is started without flags.
const OURS: &str = "arcjet-decide";
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
    let stub = |threads: &str| {
        Server::start(Command::new(program("stub_decide")).env("TOKIO_WORKER_THREADS", threads))
    };
    let decide = |arguments: &[&str]| {
        let mut command = Command::new(program("arcjet-decide"));
        Server::start(command.args(["--listen", "127.0.0.1:0"]).args(arguments))
    };
    let mut servers = vec![
        ("stub, 1 thread", stub("1")?),
        ("stub, 2 threads", stub("2")?),
        (OURS, decide(&[])?),
        ("arcjet-decide, 2 workers", decide(&["--workers", "2"])?),
    ];
    for peer in &peers::PEERS {
        match peer.start()? {
            Some(server) => servers.push((peer.program, server)),
            None => eprintln!("{} is not installed, and left out", peer.program),
        }
    }
    let mut runs = Vec::new();
    for (scenario, title) in SCENARIOS {
        for in_flight in IN_FLIGHT {
            for (name, server) in &servers {
                let scenario = match (Peer::find(name), scenario) {
                    (Some(peer), "limit") => peer.scenario,
                    // They know no bots.
                    (Some(_), _) => continue,
                    (None, _) => scenario,
                };
                load(server, scenario, in_flight, calls / 10, ticks)?;
                runs.push((title, scenario, in_flight, *name, server, Vec::new()));
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
    // Of the stub that takes less.
    let mut stub_cpu = f64::INFINITY;
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
        if name.starts_with("stub") {
            stub_cpu = stub_cpu.min(cpu.median());
        } else if *name == OURS {
            targets += &target(
                &format!("{title}, {in_flight} in flight, against the stub"),
                cpu.median() / stub_cpu,
                FACTOR,
                "times the CPU",
            );
            if (*title, *in_flight) == ("limit", 32) {
                let high = of(|run| run.high_latency).median();
                targets += &target("limit, 32 in flight, 99th percentile", high, HIGH_LATENCY, "us");
            }
            stub_cpu = f64::INFINITY;
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
