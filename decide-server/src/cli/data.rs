//! `arcjet-decide data refresh`: downloads what is known about addresses.

use std::error::Error;
use std::path::PathBuf;

use arcjet_decide_server::data::{self, WebSource};
use clap::{Args, Subcommand};

/// What is done with data.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Debug, Subcommand)]
enum DataCommand {
    /// Download tables and lists of addresses into a folder for --reputation-folder. What can't be downloaded or read stays
    /// as it was, and the program ends with status 1.
    Refresh(RefreshArgs),
}

#[derive(Debug, Args)]
struct RefreshArgs {
    /// The folder; made if it is not there.
    #[arg(long, value_name = "FOLDER")]
    dir: PathBuf,

    /// A source besides the free ones, as vpn/example=https://example.com/vpn.txt; repeat for more.
    #[arg(long = "source", value_name = "KIND/NAME=URL", value_parser = WebSource::parse)]
    sources: Vec<WebSource>,

    /// Leave out the free sources that the program knows.
    #[arg(long)]
    no_free_sources: bool,

    /// Only the source of this name; repeat for more.
    #[arg(long = "only", value_name = "NAME")]
    only: Vec<String>,

    /// Print the sources and download nothing.
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(args: &DataArgs) -> Result<(), Box<dyn Error>> {
    let DataCommand::Refresh(args) = &args.command;
    let sources = sources(args)?;
    if args.list {
        for source in &sources {
            println!("{source}");
        }
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let failed = runtime.block_on(refresh(&sources, args));
    match failed {
        0 => Ok(()),
        failed => Err(format!("{failed} of {} sources were not renewed", sources.len()).into()),
    }
}

fn sources(args: &RefreshArgs) -> Result<Vec<WebSource>, String> {
    let free = WebSource::free().filter(|_| !args.no_free_sources);
    let mut sources: Vec<WebSource> = free.chain(args.sources.iter().cloned()).collect();
    for name in &args.only {
        if !sources.iter().any(|source| source.name() == name) {
            let known: Vec<_> = sources.iter().map(WebSource::name).collect();
            return Err(format!(
                "--only {name}: no source is called so; accepted: {}",
                known.join(", ")
            ));
        }
    }
    sources.retain(|source| args.only.is_empty() || args.only.iter().any(|name| name == source.name()));
    match sources.is_empty() {
        true => Err("there is nothing to download: name sources with --source".to_owned()),
        false => Ok(sources),
    }
}

/// Renews the sources, and says how many were not.
async fn refresh(sources: &[WebSource], args: &RefreshArgs) -> usize {
    let mut failed = 0;
    for source in sources {
        match data::refresh(source, &args.dir).await {
            Ok(path) => println!("{}", path.display()),
            Err(error) => {
                failed += 1;
                eprintln!("error: {error}");
            }
        }
    }
    failed
}
