//! From the checks of a decision to its limits: what is asked of the scripts, and what their answers mean.

use arcjet_engine::Timestamp;
use arcjet_engine::limit::{Judgement, LimitCheck, LimitOutcomes, LimitState, Quota};
use smallvec::SmallVec;

/// The limits of a decision, each once, however many of its checks name it.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) limits: SmallVec<[Limit; 4]>,
    /// For each check, the index of its limit.
    limit_of: SmallVec<[usize; 4]>,
}

/// One limit, and what is asked of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Limit {
    /// What tells it from others: key and quota in one.
    pub(super) id: u128,
    /// What is kept together with it.
    pub(super) group: u64,
    pub(super) quota: Quota,
    pub(super) live: bool,
    /// At least 1.
    pub(super) requested: u32,
}

impl Plan {
    /// Merges equal limits: the greatest number of units counts, of the live checks if there are any.
    pub(super) fn new(checks: &[LimitCheck]) -> Self {
        let mut limits: SmallVec<[Limit; 4]> = SmallVec::new();
        let limit_of = checks.iter().map(|check| {
            // Keys are uniformly distributed, so this tells limits apart as well as key and quota do.
            let id = check.key.as_u128() ^ check.quota.to_u128();
            let (live, requested) = (!check.dry_run, check.requested.max(1));
            // Few checks, so looking through them beats a table.
            if let Some(index) = limits.iter().position(|limit| limit.id == id) {
                let limit = &mut limits[index];
                (limit.live, limit.requested) = (limit.live, limit.requested).max((live, requested));
                return index;
            }
            limits.push(Limit {
                id,
                group: check.key.group(),
                quota: check.quota,
                live,
                requested,
            });
            limits.len() - 1
        });
        let limit_of = limit_of.collect();
        Self { limits, limit_of }
    }

    /// The outcomes of the checks, given the judgements of the limits and whether the request was counted.
    pub(super) fn outcomes(&self, judgements: &[Judgement], counted: bool) -> LimitOutcomes {
        self.limit_of
            .iter()
            .map(|limit| judgements[*limit].outcome(counted))
            .collect()
    }
}

/// What a script found: the instant that it judged at, and the states before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) now: Timestamp,
    pub(super) states: SmallVec<[Option<LimitState>; 4]>,
}

impl Found {
    /// Judges the limits as the script did, with the same result.
    pub(super) fn judge(&self, limits: &[Limit]) -> SmallVec<[Judgement; 4]> {
        limits
            .iter()
            .zip(&self.states)
            .map(|(limit, state)| limit.quota.judge(*state, limit.requested, self.now))
            .collect()
    }
}

/// Whether a live limit denies, so that nothing may be counted.
pub(super) fn blocked(limits: &[Limit], judgements: &[Judgement]) -> bool {
    limits
        .iter()
        .zip(judgements)
        .any(|(limit, judgement)| limit.live && judgement.taken.is_none())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use arcjet_engine::limit::LimitKey;

    use super::*;

    #[test]
    fn equal_limits_are_merged() {
        let quota = Quota::fixed_window(5, Duration::from_secs(60)).unwrap();
        let check = |key, requested, dry_run| LimitCheck {
            key: LimitKey::new(key).in_group(3),
            quota,
            requested,
            dry_run,
        };
        let plan = Plan::new(&[
            check(1, 9, true),
            check(2, 0, true),
            check(1, 2, false),
            check(1, 1, false),
            check(2, 4, true),
        ]);
        assert_eq!(&*plan.limit_of, [0, 1, 0, 0, 1]);
        let limit = |key: u128, live, requested| Limit {
            id: key ^ quota.to_u128(),
            group: 3,
            quota,
            live,
            requested,
        };
        assert_eq!(&*plan.limits, [limit(1, true, 2), limit(2, false, 4)]);
    }
}
