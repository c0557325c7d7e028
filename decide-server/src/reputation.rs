//! What the server knows about addresses: which files, and how they are kept fresh.

use std::path::PathBuf;
use std::time::Duration;

use arcjet_engine::reputation::{Reputation, ReputationError, Source};

/// What is known about addresses: [`ReputationConfig::new`], then the methods named like what they set, then
/// [`ReputationConfig::load`].
#[derive(Debug, Clone)]
#[must_use]
pub struct ReputationConfig {
    bundled: bool,
    folders: Vec<PathBuf>,
    databases: Vec<PathBuf>,
    sources: Vec<Source>,
}

impl Default for ReputationConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl ReputationConfig {
    /// How often [`keep_fresh`] looks at the files unless told otherwise.
    pub const DEFAULT_CHECK_INTERVAL: Duration = Duration::from_secs(30);

    /// The tables that are part of the server, and no files.
    pub fn new() -> Self {
        Self {
            bundled: true,
            folders: Vec::new(),
            databases: Vec::new(),
            sources: Vec::new(),
        }
    }

    /// Sets whether the tables that are part of the server are used, below all others; they are unless set.
    pub fn bundled(mut self, bundled: bool) -> Self {
        self.bundled = bundled;
        self
    }

    /// Adds a folder as [`refresh`](crate::data::refresh) makes it.
    pub fn folder(mut self, path: impl Into<PathBuf>) -> Self {
        self.folders.push(path.into());
        self
    }

    /// Adds a database in MaxMind's format.
    pub fn database(mut self, path: impl Into<PathBuf>) -> Self {
        self.databases.push(path.into());
        self
    }

    /// Adds a single source.
    pub fn source(mut self, source: Source) -> Self {
        self.sources.push(source);
        self
    }

    /// Reads the files.
    ///
    /// # Errors
    ///
    /// A file can't be used: the error names it, the line, and what is accepted.
    pub fn load(self) -> Result<Reputation, ReputationError> {
        if self.bundled && self.folders.is_empty() && self.databases.is_empty() && self.sources.is_empty() {
            // Shared by the whole process.
            return Ok(Reputation::default());
        }
        let mut builder = Reputation::builder();
        if self.bundled {
            builder = builder.bundled();
        }
        builder = self
            .folders
            .into_iter()
            .fold(builder, |builder, folder| builder.folder(folder));
        builder = self
            .sources
            .into_iter()
            .fold(builder, |builder, source| builder.source(source));
        builder = self
            .databases
            .into_iter()
            .fold(builder, |builder, database| builder.database(database));
        builder.build()
    }
}

/// Looks at the files every `interval` and reads them again when they have changed, until it is dropped. Tables that
/// can't be read leave the old ones serving, which is logged and counted.
pub async fn keep_fresh(reputation: Reputation, interval: Duration) {
    let mut interval = tokio::time::interval(interval);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // The first one comes at once.
    interval.tick().await;
    loop {
        interval.tick().await;
        let reputation = reputation.clone();
        // What is wrong has been logged and counted. A read that panics, which none should, leaves the old tables too.
        let _ = tokio::task::spawn_blocking(move || reputation.reload_if_changed()).await;
    }
}
