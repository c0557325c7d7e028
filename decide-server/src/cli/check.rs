//! `arcjet-decide check`: whether a server would start.

use std::error::Error;
use std::ffi::OsString;
use std::time::Duration;

use arcjet_engine::Clock;
use arcjet_engine::limit::{LimitCheck, LimitKey, LimitStore as _, Quota};
use clap::Args;

use super::serve::ServeArgs;
use super::settings::Settings;

/// What is checked.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(super) serve: ServeArgs,

    /// Ask the store of rate limits as well, with a counter of its own that ends after a second.
    #[arg(long)]
    connect: bool,
}

/// Succeeds if a server would start with what `line`, the environment and the file say; prints what it would be.
pub(super) fn run(line: &[OsString], connect: bool) -> Result<(), Box<dyn Error>> {
    let settings = Settings::load(line)?;
    let args = &settings.args;
    let sites = args.live_sites(&settings.sites, args.reputation.load()?)?;
    args.config(&sites).check_address(args.listen)?;
    let tls = args.tls.load()?;
    for file in &settings.files {
        println!("file     {}", file.display());
    }
    println!(
        "listen   {}{}",
        args.listen,
        if tls.is_some() { " with TLS" } else { "" }
    );
    let configs = args.sites(&settings.sites)?;
    for site in &configs {
        println!(
            "site     {} ({} keys, {} rules)",
            site.name(),
            site.key_count(),
            site.rule_count()
        );
    }
    if configs.is_empty() {
        println!("site     one, open to everybody who reaches the port");
    }
    if connect {
        ask(args)?;
        println!("store    answers");
    }
    println!("ok");
    Ok(())
}

impl CheckArgs {
    pub(super) fn connect(&self) -> bool {
        self.connect
    }
}

/// Has the store count once.
fn ask(args: &ServeArgs) -> Result<(), Box<dyn Error>> {
    let check = LimitCheck {
        key: LimitKey::from_sha256(&[0; 32]),
        quota: Quota::fixed_window(u32::MAX, Duration::from_secs(1))?,
        requested: 1,
        dry_run: true,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let asked = runtime.block_on(async {
        let store = args.store.open()?;
        Ok::<_, Box<dyn Error>>(store.check(&[check], Clock::default().now()).await)
    })?;
    asked
        .map(drop)
        .map_err(|error| format!("the store does not answer (--store): {error}").into())
}
