//! `cargo xtask data`: refreshes data that the rules are built from.

use crate::TaskResult;

/// Refresh the data that the rules are built from
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments) -> TaskResult {
    Ok(())
}
