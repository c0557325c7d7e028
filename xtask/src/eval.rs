//! Scores the bundled rules on labelled data. The scoring is a crate of its own, because it is built with optimisation.

use crate::{TaskResult, repository};
use clap::Args;
use std::{ffi::OsString, process::Command};

/// The labelled data of the repository.
const COMMITTED: [&str; 2] = [
    "eval/data/prompt-injection.jsonl",
    "engine/rules/tests/filter/vectors.json",
];

/// Score the bundled rules on labelled data, and print tables
#[derive(Args)]
pub(crate) struct Arguments {
    /// What the scoring is told: files, and `--misses` to list what was judged wrongly. Without files, what the repository holds is
    /// scored: filters and prompt injection.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Runs the task.
pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["run", "--quiet", "--release", "--package", "arcjet-eval"])
        .args(["--manifest-path".into(), repository::root().join("Cargo.toml")]);
    command.arg("--").args(&arguments.arguments);
    let is_option = |argument: &OsString| argument.to_string_lossy().starts_with("--");
    if arguments.arguments.iter().all(is_option) {
        command.args(COMMITTED.map(|file| repository::root().join(file)));
    }
    let status = command.status()?;
    match status.success() {
        true => Ok(()),
        false => Err("the rules were not scored, see above".into()),
    }
}
