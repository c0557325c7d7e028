//! Tasks of this repository, run as `cargo xtask <task>`. Each task is a module with its own arguments.

mod bench;
mod ci;
mod data;
mod eval;
mod fuzz;
mod proto;
mod repository;
mod rules;
mod setup;
mod test;

use clap::{Parser, Subcommand};
use std::{error::Error, process::ExitCode};

/// What a task returns. Its error is for a person to read.
type TaskResult<T = ()> = Result<T, Box<dyn Error>>;

/// Tasks of this repository.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Bench(bench::Arguments),
    Rules(rules::Arguments),
    Data(data::Arguments),
    Eval(eval::Arguments),
    Fuzz(fuzz::Arguments),
    /// Write the generated code of the wire protocol.
    Proto,
    /// Install what the end-to-end tests need into `.tools`: the official SDKs and Node.
    Setup,
    /// Run every test, after installing what they need.
    Test,
    /// Run everything that must hold before a change is merged: checks, the rules' build, every test.
    Ci,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Rules(arguments) => rules::run(&arguments),
        Task::Data(arguments) => data::run(&arguments),
        Task::Eval(arguments) => eval::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Proto => proto::write(),
        Task::Setup => setup::run(),
        Task::Test => test::run(),
        Task::Ci => ci::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
