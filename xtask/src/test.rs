//! `cargo xtask test`: every test of the workspace, after installing what they need.

use std::process::Command;

use crate::{TaskResult, repository, setup};

/// What tests need besides the features that are on anyway: the parts that users choose.
pub(crate) const FEATURES: &str = "arcjet-axum/tonic,arcjet-engine/compressed-bodies,arcjet-engine/custom-rules,arcjet-engine/dns,arcjet-engine/mmdb,arcjet-engine/redact,arcjet-engine/wire,arcjet-rocket/json,quickstart/custom-rule";

/// Runs all tests.
pub(crate) fn run() -> TaskResult {
    setup::run()?;
    // nextest runs tests in parallel across binaries, cargo alone does not; both run the same tests.
    if cargo(&["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
    {
        succeed(&["nextest", "run", "--workspace", "--features", FEATURES])?;
        succeed(&["test", "--workspace", "--doc", "--features", FEATURES])
    } else {
        succeed(&["test", "--workspace", "--features", FEATURES])
    }
}

/// Runs a cargo command in the repository, with its output shown.
pub(crate) fn succeed(arguments: &[&str]) -> TaskResult {
    let line = format!("cargo {}", arguments.join(" "));
    eprintln!("> {line}");
    let status = cargo(arguments).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{line}` failed: {status}").into())
    }
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(repository::root());
    command
}
