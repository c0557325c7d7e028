//! `arcjet-decide schema`: what a file may hold, for editors.

use std::error::Error;

use arcjet_decide_server::RulesFile;
use clap::{Args, ValueEnum};

/// What is printed.
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// The file that the schema is for.
    file: File,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum File {
    /// The rules that `replay` judges by.
    Rules,
}

/// Prints the schema.
pub(crate) fn run(args: &SchemaArgs) -> Result<(), Box<dyn Error>> {
    match args.file {
        File::Rules => print!("{}", RulesFile::schema()),
    }
    Ok(())
}
