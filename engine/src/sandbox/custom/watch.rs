//! Looks after the file of a custom rule.

use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, SystemTime};

use super::CustomSandbox;
use crate::error::ConfigError;
use crate::rule::CustomSource;

/// How often the file is looked at. Looking works on every file system, mounted volumes of containers among them, where
/// notifications don't.
const PERIOD: Duration = Duration::from_secs(1);

/// Starts a thread that reloads the rule when its file changes, and that ends with the rule.
pub(super) fn start(sandbox: &Arc<CustomSandbox>) -> Result<(), ConfigError> {
    let CustomSource::File(path) = &sandbox.settings.source else {
        return Ok(());
    };
    let (path, sandbox) = (path.clone(), Arc::downgrade(sandbox));
    let mut known = state(&path);
    thread::Builder::new()
        .name("arcjet-rule-watch".to_owned())
        .spawn(move || while look(&path, &sandbox, &mut known) {})
        .map(drop)
        .map_err(|error| {
            ConfigError::new(
                "watch",
                format!("can't start a thread: {error}"),
                "a system with threads",
            )
        })
}

/// Waits, then looks once; says whether there still is a rule to look after.
fn look(path: &PathBuf, sandbox: &Weak<CustomSandbox>, known: &mut Option<(SystemTime, u64)>) -> bool {
    thread::sleep(PERIOD);
    let Some(sandbox) = sandbox.upgrade() else {
        return false;
    };
    let now = state(path);
    // A file that is gone for the moment is being replaced.
    if now.is_some() && now != *known {
        *known = now;
        // What is wrong with it has been logged and counted; a half-written file is followed by another change.
        let _ = sandbox.reload();
    }
    true
}

/// When the file was changed and how long it is.
fn state(path: &PathBuf) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
