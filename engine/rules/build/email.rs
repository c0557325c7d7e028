//! The lists of the e-mail rule as tables of hashes: a list of 40,000 domains takes 170 KB and no work at start.

#[path = "../src/email/key.rs"]
mod key;

use std::{error::Error, fmt::Write as _, fs};

/// The tables of `src/email/lists.rs` and the files that they are made from.
const LISTS: [(&str, &str); 3] = [
    ("DISPOSABLE", "data/disposable-domains.txt"),
    ("FREE", "data/free-domains.txt"),
    ("ROLES", "data/role-names.txt"),
];

/// The tables as Rust source.
pub(crate) fn source() -> Result<String, Box<dyn Error>> {
    let mut out = String::new();
    for (name, file) in LISTS {
        let text = fs::read_to_string(file)?;
        let (starts, compared) = table(&text);
        write!(
            out,
            "static {name}: NameSet = NameSet {{ starts: &{starts:?}, compared: &{compared:?} }};"
        )?;
    }
    Ok(out)
}

/// Where each place starts, and what is compared in all of them.
fn table(names: &str) -> (Vec<u32>, Vec<u32>) {
    let names = names.lines().filter(|line| !line.starts_with('#'));
    let mut keys: Vec<(usize, u32)> = names.map(|name| key::of(name).split()).collect();
    keys.sort_unstable();
    let starts = (0..=1 << key::PLACE_BITS)
        .map(|place| keys.partition_point(|(own, _)| *own < place) as u32)
        .collect();
    (starts, keys.into_iter().map(|(_, compared)| compared).collect())
}
