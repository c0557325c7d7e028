//! `arcjet-decide check`: whether a server would start.

use std::error::Error;

use clap::Args;

use super::serve::ServeArgs;

/// What is checked.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    serve: ServeArgs,
}

/// Succeeds if a server would start.
pub(crate) fn run(args: &CheckArgs) -> Result<(), Box<dyn Error>> {
    args.serve.config()?.check_address(args.serve.listen)?;
    args.serve.tls.load()?;
    println!("ok");
    Ok(())
}
