//! The files of signatures: what they may hold, and which mistakes are found in them.

use serde::Deserialize;
use std::{collections::BTreeSet, fs, path::Path};

/// The categories by the names that ids start with, and the variants of `Category` that they stand for.
pub(crate) const CATEGORIES: [(&str, &str); 20] = [
    ("sqli", "Sqli"),
    ("nosql", "Nosql"),
    ("xss", "Xss"),
    ("traversal", "Traversal"),
    ("rfi", "Rfi"),
    ("rce", "Rce"),
    ("php", "Php"),
    ("java", "Java"),
    ("node", "Node"),
    ("ssti", "Ssti"),
    ("ssrf", "Ssrf"),
    ("xxe", "Xxe"),
    ("ldap", "Ldap"),
    ("mail", "Mail"),
    ("header-injection", "HeaderInjection"),
    ("deserialization", "Deserialization"),
    ("scanner", "Scanner"),
    ("protocol", "Protocol"),
    ("session-fixation", "SessionFixation"),
    ("policy", "Policy"),
];

/// The views by name and the variants of `ViewKind`, in the order of their bits.
pub(crate) const VIEWS: [(&str, &str); 4] = [
    ("decoded", "Decoded"),
    ("shell", "Shell"),
    ("compact", "Compact"),
    ("path", "Path"),
];

/// The places by name and the variants of `Place` that each one covers.
pub(crate) const PLACES: [(&str, &[&str]); 10] = [
    (
        "value",
        &["QueryName", "QueryValue", "Cookie", "BodyName", "BodyValue"],
    ),
    ("name", &["QueryName", "BodyName"]),
    ("path", &["Path"]),
    ("header", &["HeaderValue", "UserAgent", "Referer"]),
    ("header-name", &["HeaderName"]),
    ("user-agent", &["UserAgent"]),
    ("referer", &["Referer"]),
    ("file-name", &["FileName"]),
    ("body", &["Body"]),
    ("method", &["Method"]),
];

/// One `[[signature]]` of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// The file it stands in.
    #[serde(skip)]
    pub(crate) file: String,
    pub(crate) id: String,
    pub(crate) score: u8,
    #[serde(default = "decoded")]
    pub(crate) views: Vec<String>,
    #[serde(default = "value")]
    pub(crate) places: Vec<String>,
    pub(crate) pattern: String,
    #[serde(default)]
    pub(crate) literals: Vec<String>,
    pub(crate) lead: Option<Lead>,
    pub(crate) attacks: Vec<String>,
    pub(crate) benign: Vec<String>,
}

/// What every match has before the literal that is found.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lead {
    /// Any number of these bytes.
    pub(crate) skip: String,
    /// One of these, before those or among them.
    pub(crate) one_of: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    signature: Vec<Entry>,
}

fn decoded() -> Vec<String> {
    vec!["decoded".to_owned()]
}

fn value() -> Vec<String> {
    vec!["value".to_owned()]
}

/// Reads all files of a directory, in the order of their names. A mistake names its file and signature.
pub(crate) fn read(directory: &Path) -> Result<Vec<Entry>, String> {
    let failed = |e: std::io::Error| format!("{}: {e}", directory.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut all: Vec<Entry> = Vec::new();
    let mut ids = BTreeSet::new();
    for path in paths {
        let name = path.display();
        let text = fs::read_to_string(&path).map_err(|e| format!("{name}: {e}"))?;
        let file: File = toml::from_str(&text).map_err(|e| format!("{name}: {e}"))?;
        for mut entry in file.signature {
            entry.file = name.to_string();
            let at = |problem: String| format!("{name}: signature {:?}: {problem}", entry.id);
            check(&entry).map_err(at)?;
            if !ids.insert(entry.id.clone()) {
                return Err(at("another one has the same id".into()));
            }
            all.push(entry);
        }
    }
    Ok(all)
}

impl Entry {
    /// The variant of `Category` that the id starts with.
    pub(crate) fn category(&self) -> Option<&'static str> {
        let name = self.id.split_once('.')?.0;
        CATEGORIES
            .iter()
            .find(|(own, _)| *own == name)
            .map(|(_, variant)| *variant)
    }
}

fn check(entry: &Entry) -> Result<(), String> {
    let name = entry.id.split_once('.').map_or("", |(_, name)| name);
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if entry.category().is_none() || name.is_empty() || !name.chars().all(valid) {
        return Err("an id is a category, a dot and a name in kebab case".into());
    }
    if !(1..=5).contains(&entry.score) {
        return Err("a score is a number from 1 to 5".into());
    }
    known("view", &entry.views, &VIEWS.map(|(name, _)| name))?;
    known("place", &entry.places, &PLACES.map(|(name, _)| name))?;
    if entry.attacks.is_empty() || entry.benign.is_empty() {
        return Err("needs examples of attacks and of what is benign".into());
    }
    if let Some(lead) = &entry.lead {
        if entry.literals.is_empty() {
            return Err("a lead is of the literals that are given, and there are none".into());
        }
        if !lead.skip.is_ascii() || !lead.one_of.is_ascii() || lead.one_of.is_empty() {
            return Err("a lead is made of ASCII characters, and one_of is not empty".into());
        }
    }
    Ok(())
}

fn known(what: &str, names: &[String], all: &[&str]) -> Result<(), String> {
    match names.iter().find(|name| !all.contains(&name.as_str())) {
        Some(name) => Err(format!(
            "no {what} is named {name:?}; there are {}",
            all.join(", ")
        )),
        None if names.is_empty() => Err(format!("needs at least one {what}")),
        None => Ok(()),
    }
}
