//! What a component is built from, as one digest.

use crate::TaskResult;
use sha2::{Digest, Sha256};
use std::{fs, path::Path};

/// SHA-256, in hex, over all source files sorted by path: for each its path with `/`, a zero byte, its length as eight bytes, lowest
/// first, and its contents as they are.
pub(crate) fn digest(root: &Path, sources: &[&str]) -> TaskResult<String> {
    let mut files = Vec::new();
    for source in sources {
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
        rules::{COMPONENTS, component},
    };

    #[test]
    fn the_committed_components_are_built_from_the_sources_here() {
        for built in COMPONENTS {
            let committed = fs::read(repository::root().join(built.asset)).unwrap();
            let recorded = component::custom_section(&committed, component::SOURCES).unwrap();
            let digest = digest(repository::root(), built.sources).unwrap();
            assert_eq!(str::from_utf8(recorded), Ok(digest.as_str()), "{}", built.stale());
        }
    }
}
