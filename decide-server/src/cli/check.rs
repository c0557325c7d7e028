//! `arcjet-decide check`: whether a server would start.

use std::error::Error;
use std::ffi::OsString;

use clap::Args;

use super::serve::ServeArgs;
use super::settings::Settings;

/// What is checked.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(super) serve: ServeArgs,
}

/// Succeeds if a server would start with what `line`, the environment and the file say; prints what it would be.
pub(super) fn run(line: &[OsString]) -> Result<(), Box<dyn Error>> {
    let settings = Settings::load(line)?;
    let args = &settings.args;
    let sites = args.live_sites(&settings.sites)?;
    args.config(&sites)?.check_address(args.listen)?;
    for file in &settings.files {
        println!("file     {}", file.display());
    }
    println!("listen   {}", args.listen);
    let configs = args.sites(&settings.sites)?;
    for site in &configs {
        println!("site     {} ({} keys, {} rules)", site.name(), site.key_count(), site.rule_count());
    }
    if configs.is_empty() {
        println!("site     one, open to everybody who reaches the port");
    }
    println!("ok");
    Ok(())
}
