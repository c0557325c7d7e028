//! `cargo xtask data`: refreshes the data that the rules are built from.

mod bots;

use crate::TaskResult;
use clap::{Args, Subcommand};

/// Refresh the data that the rules are built from
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    data: Data,
}

#[derive(Subcommand)]
enum Data {
    Bots(bots::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    match &arguments.data {
        Data::Bots(arguments) => bots::run(arguments),
    }
}
