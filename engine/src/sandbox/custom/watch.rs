//! Looks after the file of a custom rule.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use super::CustomSandbox;
use crate::error::ConfigError;
use crate::rule::{CustomSettings, CustomSource};

/// How often the file is looked at. Looking works on every file system, mounted volumes of containers among them, where
/// notifications don't.
const PERIOD: Duration = Duration::from_secs(1);

/// A file and its state when it was last looked at.
pub(super) struct Watched {
    path: PathBuf,
    known: Option<State>,
}

/// What is different when a file was changed: any of it may stay as it was.
#[derive(Debug, PartialEq, Eq)]
struct State {
    modified: SystemTime,
    length: u64,
    inode: u64,
}

impl Watched {
    /// Notes the state of the rule's file, if it is to be looked after. What is read from the file later is not older.
    pub(super) fn note(settings: &CustomSettings) -> Option<Self> {
        let CustomSource::File(path) = &settings.source else {
            return None;
        };
        settings.watch.then(|| Self {
            path: path.clone(),
            known: State::of(path),
        })
    }

    /// Starts a thread that reloads the rule when its file changes, and that ends with the rule.
    pub(super) fn start(mut self, sandbox: &Arc<CustomSandbox>) -> Result<JoinHandle<()>, ConfigError> {
        let sandbox = Arc::downgrade(sandbox);
        let watch = move || {
            loop {
                thread::sleep(PERIOD);
                if !self.look(&sandbox) {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("arcjet-rule-watch".to_owned());
        thread.spawn(watch).map_err(|error| {
            ConfigError::new(
                "watch",
                format!("can't start a thread: {error}"),
                "a system with threads",
            )
        })
    }

    /// Reloads the rule if its file has changed; says whether there still is a rule to look after.
    pub(super) fn look(&mut self, sandbox: &Weak<CustomSandbox>) -> bool {
        let Some(sandbox) = sandbox.upgrade() else {
            return false;
        };
        let now = State::of(&self.path);
        // A file that is gone for the moment is being replaced.
        if now.is_some() && now != self.known {
            self.known = now;
            // What is wrong with it has been logged and counted; a half-written file is followed by another change.
            let _ = sandbox.reload();
        }
        true
    }
}

impl State {
    fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Some(Self {
            modified: metadata.modified().ok()?,
            length: metadata.len(),
            inode,
        })
    }
}
