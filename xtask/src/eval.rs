//! Scores the bundled rules on labelled data. The scoring is a crate of its own, because it is built with optimisation.

use crate::{TaskResult, repository};
use clap::Args;
use std::{ffi::OsString, process::Command};

/// Score the bundled rules on labelled data, and print tables
#[derive(Args)]
pub(crate) struct Arguments {
    /// What the scoring is told: files, and `--misses` to list what was judged wrongly.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    arguments: Vec<OsString>,
}

/// Runs the task.
pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["run", "--quiet", "--release", "--package", "arcjet-eval"])
        .args(["--manifest-path".into(), repository::root().join("Cargo.toml")]);
    let status = command.arg("--").args(&arguments.arguments).status()?;
    match status.success() {
        true => Ok(()),
        false => Err("the rules were not scored, see above".into()),
    }
}
