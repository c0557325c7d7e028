//! The configuration of a [`Reputation`].

use std::path::PathBuf;

use super::folder;
use super::reload::Files;
use super::tables::Layer;
use super::{Reputation, ReputationError, Source, Tables};

/// Configures and builds a [`Reputation`].
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ReputationBuilder {
    sources: Vec<Source>,
    #[cfg(feature = "ip-data")]
    bundled: bool,
    #[cfg(feature = "mmdb")]
    databases: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl ReputationBuilder {
    /// Adds a source. Where two know a country or an autonomous system of the same address, the one that was added later
    /// has it; lists add up.
    pub fn source(mut self, source: Source) -> Self {
        self.sources.push(source);
        self
    }

    /// Adds the tables that are part of this crate, below all others.
    #[cfg(feature = "ip-data")]
    pub fn bundled(mut self) -> Self {
        self.bundled = true;
        self
    }

    /// Adds a database in MaxMind's format: City, Country, Enterprise, ASN, ISP or Anonymous IP by MaxMind, or one with the
    /// same fields by another supplier. What it knows of an address takes the place of what sources and databases before it
    /// know.
    #[cfg(feature = "mmdb")]
    pub fn database(mut self, path: impl Into<PathBuf>) -> Self {
        self.databases.push(path.into());
        self
    }

    /// Adds a folder: a folder in it for each [`Kind`](super::Kind), as in `country/iptoasn.tsv` and `hosting/aws.json`, and
    /// databases in MaxMind's format beside them. `arcjet-decide data refresh` makes such folders. When tables are reloaded,
    /// the folder is looked through again.
    pub fn folder(mut self, path: impl Into<PathBuf>) -> Self {
        self.folders.push(path.into());
        self
    }

    /// Reads the sources.
    ///
    /// # Errors
    ///
    /// A source can't be read, or nothing of it can: the error names it, the line, and what is accepted. Single lines that
    /// can't be read don't stand in the way of the others; they are logged.
    pub fn build(self) -> Result<Reputation, ReputationError> {
        // Noted before reading, so that what changes meanwhile is read again.
        let files = Files::note(self);
        let tables = files.config().tables()?;
        Ok(Reputation::reloadable(tables, files))
    }

    /// Reads everything.
    pub(super) fn tables(&self) -> Result<Tables, ReputationError> {
        let content = self.content()?;
        #[cfg(feature = "ip-data")]
        let mut layers: Vec<Layer> = if self.bundled {
            super::bundled::layers()
        } else {
            Vec::new()
        };
        #[cfg(not(feature = "ip-data"))]
        let mut layers: Vec<Layer> = Vec::new();
        for source in &content.sources {
            layers.push(source.load()?.layer);
        }
        let tables = Tables::new(&layers.iter().collect::<Vec<_>>());
        #[cfg(feature = "mmdb")]
        let tables = tables.with_databases(&content.databases)?;
        Ok(tables)
    }

    /// The files as they are to be read now.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>, ReputationError> {
        let content = self.content()?;
        let files = content.sources.iter().filter_map(|source| source.path());
        #[cfg(feature = "mmdb")]
        let files = files.chain(content.databases.iter().map(PathBuf::as_path));
        Ok(files.map(ToOwned::to_owned).collect())
    }

    /// What is named, and what the folders hold.
    fn content(&self) -> Result<folder::Content, ReputationError> {
        let mut content = folder::Content::default();
        for path in &self.folders {
            let listed = folder::list(path)?;
            content.sources.extend(listed.sources);
            #[cfg(feature = "mmdb")]
            content.databases.extend(listed.databases);
        }
        content.sources.extend(self.sources.iter().cloned());
        #[cfg(feature = "mmdb")]
        content.databases.extend(self.databases.iter().cloned());
        Ok(content)
    }
}
