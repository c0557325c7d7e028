//! A folder of sources: a folder in it for each kind, `country/iptoasn.tsv`, `hosting/aws.json`, and databases beside them.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::ReputationError;
use super::source::{Kind, Source};

/// What the folder holds, in an order that doesn't depend on the file system's.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) sources: Vec<Source>,
    #[cfg_attr(
        not(feature = "mmdb"),
        expect(dead_code, reason = "named in an error where they can't be read")
    )]
    pub(super) databases: Vec<PathBuf>,
}

/// Lists a folder. Files whose names start with a dot are being written, or none of ours.
pub(super) fn list(folder: &Path) -> Result<Content, ReputationError> {
    let mut content = Content::default();
    for path in entries(folder)? {
        if path.is_dir() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let kind = Kind::from_name(&name).ok_or_else(|| {
                let problem = format!("the folder {name:?} is not called as a kind of source");
                ReputationError::new(folder.display().to_string(), None, problem, kinds())
            })?;
            content
                .sources
                .extend(entries(&path)?.into_iter().map(|file| Source::file(kind, file)));
        } else if path.extension().is_some_and(|extension| extension == "mmdb") {
            #[cfg(not(feature = "mmdb"))]
            return Err(ReputationError::new(
                path.display().to_string(),
                None,
                "databases need the feature `mmdb`",
                "a program that was built with it",
            ));
            #[cfg(feature = "mmdb")]
            content.databases.push(path);
        } else {
            let problem = "it lies in no folder that says of which kind it is";
            return Err(ReputationError::new(
                path.display().to_string(),
                None,
                problem,
                kinds(),
            ));
        }
    }
    Ok(content)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, ReputationError> {
    let read = || {
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if !entry.file_name().to_string_lossy().starts_with('.') {
                paths.push(entry.path());
            }
        }
        paths.sort();
        Ok::<_, std::io::Error>(paths)
    };
    read().map_err(|error| {
        let problem = format!("it can't be read: {error}");
        ReputationError::new(folder.display().to_string(), None, problem, "a readable folder")
    })
}

fn kinds() -> String {
    let names = Kind::ALL.map(Kind::as_str).join(", ");
    format!("folders called {names}, and files that end in .mmdb")
}
