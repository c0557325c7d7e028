//! Reads sources again while the old tables serve.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;

use super::{Inner, Reputation, ReputationBuilder, ReputationError, Shared, Tables};

/// The files that tables were read from.
#[derive(Debug)]
pub(super) struct Files {
    config: ReputationBuilder,
    /// How the files were when they were last read, by path. Held while reading, so that only one thread reads.
    known: Mutex<Vec<(PathBuf, Option<State>)>>,
    reloads: metrics::Counter,
    failures: metrics::Counter,
}

/// What is different when a file was changed: any of it may stay as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl State {
    fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Some(Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            inode,
        })
    }
}

impl Files {
    /// Notes how the files are now.
    pub(super) fn note(config: ReputationBuilder) -> Self {
        let counter = |outcome: &'static str| metrics::counter!("arcjet_reputation_reloads_total", "outcome" => outcome);
        Self {
            // What can't be listed now is told when it is read.
            known: Mutex::new(states(&config).unwrap_or_default()),
            config,
            reloads: counter("reloaded"),
            failures: counter("failed"),
        }
    }

    pub(super) fn config(&self) -> &ReputationBuilder {
        &self.config
    }
}

fn states(config: &ReputationBuilder) -> Result<Vec<(PathBuf, Option<State>)>, ReputationError> {
    let files = config.files()?.into_iter();
    Ok(files
        .map(|path| {
            let state = State::of(&path);
            (path, state)
        })
        .collect())
}

impl Reputation {
    pub(super) fn reloadable(tables: Tables, files: Files) -> Self {
        Self(Inner::Own(Arc::new(Shared {
            tables: ArcSwap::from_pointee(tables),
            files: Some(files),
        })))
    }

    /// Reads all sources again; look-ups go on with the old tables meanwhile. Takes as long as
    /// [`build`](ReputationBuilder::build), so call it where blocking is allowed. Tables that are not from a builder stay.
    ///
    /// # Errors
    ///
    /// As of [`build`](ReputationBuilder::build). The old tables stay. The metric `arcjet_reputation_reloads_total` counts
    /// both outcomes.
    pub fn reload(&self) -> Result<(), ReputationError> {
        self.reload_if(|_| true).map(|_| ())
    }

    /// Reads all sources again if one of their files is another than when it was last read; says whether it did. For
    /// calling every now and then: it looks at the files' times, lengths and inodes. A file that is gone for the moment is
    /// being replaced and not a change. Blocks as [`reload`](Self::reload) does.
    ///
    /// # Errors
    ///
    /// As of [`reload`](Self::reload). A file that can't be used is tried again when it changes again.
    pub fn reload_if_changed(&self) -> Result<bool, ReputationError> {
        self.reload_if(|changed| changed)
    }

    fn reload_if(&self, wanted: impl FnOnce(bool) -> bool) -> Result<bool, ReputationError> {
        #[cfg(feature = "ip-data")]
        if matches!(self.0, Inner::Bundled) {
            return Ok(false);
        }
        let shared = self.shared();
        let Some(files) = &shared.files else {
            return Ok(false);
        };
        let mut known = files.known.lock().unwrap_or_else(PoisonError::into_inner);
        let read = states(&files.config).and_then(|now| {
            let is_whole = now.iter().all(|(_, state)| state.is_some());
            if !wanted(is_whole && now != *known) {
                return Ok(None);
            }
            *known = now;
            files.config.tables().map(Some)
        });
        match read {
            Ok(None) => Ok(false),
            Ok(Some(tables)) => {
                shared.tables.store(Arc::new(tables));
                files.reloads.increment(1);
                tracing::info!("reputation tables reloaded");
                Ok(true)
            }
            Err(error) => {
                files.failures.increment(1);
                tracing::warn!(%error, "reputation tables could not be reloaded; the old ones stay");
                Err(error)
            }
        }
    }
}
