//! The list of metrics in the documentation.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates, whose names look like those of metrics.
const CRATES: [&str; 3] = ["arcjet_engine", "arcjet_rules", "arcjet_decide_server"];

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Names between `quote`s that begin as metrics do.
fn names(text: &str, quote: char, found: &mut BTreeSet<String>) {
    for (start, _) in text.match_indices("arcjet_") {
        let (before, name) = text.split_at(start);
        let end = name.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_');
        let (name, after) = name.split_at(end.unwrap_or(name.len()));
        if before.ends_with(quote) && after.starts_with(quote) && !CRATES.contains(&name) {
            found.insert(name.to_owned());
        }
    }
}

#[test]
fn every_metric_is_documented_and_every_documented_metric_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    sources(&root.join("engine/src"), &mut files);
    sources(&root.join("decide-server/src"), &mut files);
    let mut registered = BTreeSet::new();
    for file in files {
        names(&fs::read_to_string(file).unwrap(), '"', &mut registered);
    }
    let mut documented = BTreeSet::new();
    names(
        &fs::read_to_string(root.join("docs/metrics.md")).unwrap(),
        '`',
        &mut documented,
    );
    assert!(registered.len() > 20, "{registered:?}");
    let missing: Vec<_> = registered.difference(&documented).collect();
    let unknown: Vec<_> = documented.difference(&registered).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "docs/metrics.md lacks {missing:?} and lists {unknown:?}, which nothing registers"
    );
}
