//! Where things are in the repository.

use std::{
    env,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        // Clones that share a target directory share this program, too; Cargo says which of them runs it.
        let xtask = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let mut root = PathBuf::from(xtask);
        root.pop();
        root
    });
    &ROOT
}

/// Where build results go.
pub(crate) fn target_dir() -> PathBuf {
    // An absolute path replaces the root.
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}
