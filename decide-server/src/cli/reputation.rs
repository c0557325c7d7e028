//! Flags for what is known about addresses.

use std::error::Error;
use std::path::PathBuf;

use arcjet_decide_server::ReputationConfig;
use arcjet_engine::reputation::Reputation;
use clap::Args;

/// What is known about addresses, besides the tables that are part of the server.
#[derive(Debug, Args)]
pub(super) struct ReputationArgs {
    /// Folder with tables and lists of addresses, as `arcjet-decide data refresh` makes it. It comes on top of the tables that
    /// are part of the server, and is read again when it changes.
    #[arg(long, env = "ARCJET_DECIDE_REPUTATION_FOLDER", value_name = "FOLDER")]
    reputation_folder: Option<PathBuf>,
}

impl ReputationArgs {
    /// Reads the files.
    pub(super) fn load(&self) -> Result<Reputation, Box<dyn Error>> {
        let folders = self.reputation_folder.iter();
        let config = folders.fold(ReputationConfig::new(), |config, folder| config.folder(folder));
        Ok(config
            .load()
            .map_err(|error| format!("--reputation-folder or ARCJET_DECIDE_REPUTATION_FOLDER: {error}"))?)
    }
}
