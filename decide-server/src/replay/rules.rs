//! What results are called after.

use arcjet_engine::replay::Replay;
use arcjet_engine::{Mode, RuleKind};

use crate::RulesFile;

/// One rule, in the order of results.
#[derive(Clone, Copy, Debug)]
pub(super) struct RuleInfo {
    /// The place of its table in the file, from 0.
    pub(super) table: usize,
    pub(super) kind: RuleKind,
    pub(super) mode: Mode,
}

/// The rules of a file in the order in which they are judged.
pub(super) fn rules(file: &RulesFile, replay: &Replay) -> Vec<RuleInfo> {
    let rules = file.rules();
    let info = |(position, mode): (usize, Mode)| {
        let (rule, table) = (rules.get(position)?, file.origins().get(position)?);
        Some(RuleInfo {
            table: *table,
            kind: rule.kind(),
            mode,
        })
    };
    replay.rules().filter_map(info).collect()
}
