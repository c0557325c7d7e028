//! Scores the bundled rules on labelled data and prints tables: what is detected and what is wrongly refused, by source and
//! category, and the processor time of a judgement. What kinds of files there are is in [`data`].

mod bots;
mod cpu;
mod data;
mod emails;
mod filters;
mod messages;
mod requests;
mod table;
mod texts;

use clap::Parser;
use data::Data;
use std::{error::Error, path::PathBuf, process::ExitCode};

/// What scoring returns. Its error is for a person to read.
type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Score the bundled rules on labelled data.
#[derive(Parser)]
#[command(bin_name = "cargo xtask eval")]
struct Arguments {
    /// Files of JSON lines, plain or compressed by gzip. The keys of the first line tell what a file holds: requests
    /// (`method`, `expect`), user agents (`ua`, `bot`), e-mail addresses (`email`), texts (`text`, `spans`) or messages for a
    /// language model (`message`, `injection`). Files named `*.json` hold filter expressions.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Also list the rows that were judged wrongly.
    #[arg(long)]
    misses: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result {
    let data = Data::read(&arguments.files)?;
    if !data.user_agents.is_empty() {
        bots::score(&data.user_agents, arguments.misses)?;
    }
    if !data.requests.is_empty() {
        requests::score(&data.requests, arguments.misses)?;
    }
    if !data.emails.is_empty() {
        emails::score(&data.emails, arguments.misses)?;
    }
    if !data.texts.is_empty() {
        texts::score(&data.texts, arguments.misses)?;
    }
    if !data.filters.is_empty() {
        filters::score(&data.filters, arguments.misses)?;
    }
    if !data.messages.is_empty() {
        messages::score(&data.messages, arguments.misses)?;
    }
    Ok(())
}
