//! Keys of a site.

use std::path::Path;

use arcjet_engine::Timestamp;
use toml::Spanned;
use toml::de::DeValue;

use super::fault::Fault;
use super::instant::{INSTANT, instant};
use super::place::Lines;
use super::section::Section;
use crate::auth::KeyHash;

/// The least characters of a key that is given in plain. Its digest is found again by trying if the key is short; 20 characters
/// that were chosen at random from letters and digits hold 119 bits.
pub const MIN_KEY_LENGTH: usize = 20;

const HASHED: &str =
    "{ hash = \"sha256:…\", expires = 2027-01-01T00:00:00Z, note = \"…\" }; only hash is required";

/// Reads one element of `keys`: the hash of a key, and its last instant.
pub(super) fn hashed(
    lines: &Lines,
    value: &Spanned<DeValue<'_>>,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Option<(KeyHash, Option<Timestamp>)> {
    let mut section = match Section::open(lines, value, path.to_owned()) {
        Ok(section) => section,
        Err(fault) => {
            faults.push(Fault {
                accepted: HASHED.to_owned(),
                ..fault
            });
            return None;
        }
    };
    let hash = section
        .value("hash")
        .map(|value| value.get_ref().as_str()?.parse::<KeyHash>().ok());
    let expires = section
        .value("expires")
        .map(|value| value.get_ref().as_datetime().and_then(instant));
    section.text("note");
    match hash {
        None => section.fault("hash", "missing", "\"sha256:\" and 64 hexadecimal digits"),
        // Not shown: it may be the key itself.
        Some(None) => section.fault(
            "hash",
            "not the hash of a key",
            "\"sha256:\" and 64 hexadecimal digits, as `arcjet-decide key hash` prints it",
        ),
        Some(Some(_)) => {}
    }
    if expires == Some(None) {
        section.fault("expires", "not an instant", INSTANT);
    }
    faults.append(&mut section.close());
    Some((hash.flatten()?, expires.flatten()))
}

/// The keys in a file that holds one a line; lines that are empty or begin with `#` are not keys.
pub(super) fn in_file(path: &Path) -> Result<Vec<KeyHash>, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    plain(lines)
}

/// The keys in a variable, separated by commas.
pub(super) fn in_variable(text: &str) -> Result<Vec<KeyHash>, String> {
    plain(text.split(',').map(str::trim).filter(|key| !key.is_empty()))
}

/// What keys that are given in plain must be.
pub(super) fn plain_keys() -> String {
    format!("keys of at least {MIN_KEY_LENGTH} visible ASCII characters; `arcjet-decide key new` makes one")
}

fn plain<'k>(keys: impl Iterator<Item = &'k str>) -> Result<Vec<KeyHash>, String> {
    let hashes: Vec<KeyHash> = keys
        .enumerate()
        .map(|(index, key)| {
            if key.len() < MIN_KEY_LENGTH {
                return Err(format!("key {} has {} characters", index + 1, key.len()));
            }
            KeyHash::of(key).map_err(|error| format!("key {}: {error}", index + 1))
        })
        .collect::<Result<_, _>>()?;
    if hashes.is_empty() {
        return Err("no key".to_owned());
    }
    Ok(hashes)
}
