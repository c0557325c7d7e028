//! `cargo xtask data`: refreshes the data that the rules are built from.

mod bot_list;
mod bot_ranges;
mod bots;
mod email;
mod ip;
mod prompt_injection;
mod readme;

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
    BotList(bot_list::Arguments),
    BotRanges(bot_ranges::Arguments),
    EmailLists(email::Arguments),
    Ip(ip::Arguments),
    PromptInjection(prompt_injection::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    match &arguments.data {
        Data::Bots(arguments) => bots::run(arguments),
        Data::BotList(arguments) => bot_list::run(arguments),
        Data::BotRanges(arguments) => bot_ranges::run(arguments),
        Data::EmailLists(arguments) => email::run(arguments),
        Data::Ip(arguments) => ip::run(arguments),
        Data::PromptInjection(arguments) => prompt_injection::run(arguments),
    }
}
