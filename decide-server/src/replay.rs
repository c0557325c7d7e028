//! Judging recorded traffic: what rules would have said, before they go live. `arcjet-decide replay` is the way to it from a
//! command line, and `docs/replay.md` of the repository its manual.
//!
//! The same code judges that judges live requests: the rules in their sandbox, the limits in a store in memory. Time is that of
//! the records. The deny cache has no part in it, and the DNS is not asked unless [`Options::dns`] says so, so that the same input
//! gives the same output, on any number of threads.
//!
//! ```
//! use arcjet_decide_server::RulesFile;
//! use arcjet_decide_server::replay::{Input, Options, replay};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let rules = RulesFile::parse("[[rule]]\ntype = 'shield'")?;
//! let (mut decisions, mut complaints) = (Vec::new(), Vec::new());
//! let missing = [Input::File("no-such-file.jsonl".into())];
//! let summary = replay(&rules, &missing, &Options::default(), &mut decisions, |complaint| {
//!     complaints.push(complaint.to_string());
//! })?;
//! assert_eq!((summary.records, summary.readable, complaints.len()), (0, false, 1));
//! # Ok(())
//! # }
//! ```

mod clock;
mod input;
mod lookups;
mod options;
mod output;
mod pipeline;
mod record;
mod rules;
mod summary;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use arcjet_engine::ConfigError;
use arcjet_engine::replay::{Replay, ReplayConfig};

pub use input::{Format, Input};
pub use options::{Complaint, ComplaintKind, Options};
pub use summary::{Conclusions, Percentiles, RuleSummary, Summary};

use crate::RulesFile;
use lookups::Lookups;
use pipeline::Pipeline;

/// Why a replay could not be done, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// An option can't work with the rules, or at all.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The DNS can't be asked at all.
    #[error("the DNS can't be asked: {0}")]
    Dns(#[source] std::io::Error),
    /// The decisions could not be written.
    #[error("decisions can't be written: {0}")]
    Output(#[source] std::io::Error),
}

/// Judges all records of all inputs, in their order, and writes the decisions to `output` as lines of JSON. What can't be read is
/// complained about and passed over.
///
/// # Errors
///
/// An option can't work, or `output` failed; what was written until then is right.
pub fn replay(
    rules: &RulesFile,
    inputs: &[Input],
    options: &Options,
    output: &mut dyn Write,
    complain: impl FnMut(&Complaint),
) -> Result<Summary, ReplayError> {
    replay_with_progress(rules, inputs, options, output, complain, &Arc::default())
}

/// Does what [`replay`] does, and counts in `position` the bytes that have been read of the inputs, compressed or not.
///
/// # Errors
///
/// As [`replay`].
pub fn replay_with_progress(
    rules: &RulesFile,
    inputs: &[Input],
    options: &Options,
    output: &mut dyn Write,
    mut complain: impl FnMut(&Complaint),
    position: &Arc<AtomicU64>,
) -> Result<Summary, ReplayError> {
    let start = Instant::now();
    let mut config = ReplayConfig::default();
    config.trusted_proxies.clone_from(&options.trusted_proxies);
    config.limit_capacity = options.limit_capacity;
    config.ipv6_prefix = options.ipv6_prefix;
    config.reputation = options.reputation.clone();
    config.dns.clone_from(&options.dns);
    let replay = Replay::new(&rules.rules(), rules.characteristics(), &config)?;
    let lookups = options.dns.as_ref().map(Lookups::new).transpose();
    let lookups = lookups.map_err(ReplayError::Dns)?;
    let infos = rules::rules(rules, &replay);
    let names: Vec<String> = inputs.iter().map(Input::name).collect();
    let pipeline = Pipeline {
        replay: &replay,
        rules: &infos,
        inputs,
        names: &names,
        options,
        lookups: lookups.as_ref(),
        position,
    };
    let tally = pipeline.run(output, &mut complain).map_err(ReplayError::Output)?;
    Ok(tally.finish(start.elapsed(), options.threads.get()))
}
