//! What the component is built from, as one digest.

use crate::TaskResult;
use sha2::{Digest, Sha256};
use std::{fs, path::Path};

/// The files and folders that decide what is in the component.
const SOURCES: &[&str] = &[
    "engine/rules/Cargo.toml",
    "engine/rules/build",
    "engine/rules/data",
    "engine/rules/src",
    "engine/wit",
];

/// What to say when the digests differ.
pub(crate) const STALE: &str = "engine/assets/rules.wasm is stale: run cargo xtask rules";

/// SHA-256, in hex, over all source files sorted by path: for each its path with `/`, a zero byte, its length as eight bytes, lowest
/// first, and its contents as they are.
pub(crate) fn digest(root: &Path) -> TaskResult<String> {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(root, source, &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let contents = fs::read(root.join(&file)).map_err(|e| format!("cannot read {file}: {e}"))?;
        hash.update(file.as_bytes());
        hash.update([0]);
        hash.update((contents.len() as u64).to_le_bytes());
        hash.update(&contents);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Adds a file, or all files below a folder.
fn collect(root: &Path, path: &str, files: &mut Vec<String>) -> TaskResult {
    let full = root.join(path);
    if !full.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(&full).map_err(|e| format!("cannot read {path}: {e}"))? {
        let name = entry?.file_name();
        let name = name
            .to_str()
            .ok_or_else(|| format!("{path} holds a name that is not UTF-8"))?;
        collect(root, &format!("{path}/{name}"), files)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        repository,
        rules::{ASSET, component},
    };

    #[test]
    fn the_committed_component_is_built_from_the_sources_here() {
        let committed = fs::read(repository::root().join(ASSET)).unwrap();
        let recorded = component::custom_section(&committed, component::SOURCES).unwrap();
        let digest = digest(repository::root()).unwrap();
        assert_eq!(str::from_utf8(recorded), Ok(digest.as_str()), "{STALE}");
    }
}
