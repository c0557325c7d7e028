//! Decisions over several slots of a cluster, which no single script can reach.

use std::collections::BTreeMap;
use std::sync::Arc;

use arcjet_engine::Timestamp;
use arcjet_engine::limit::{Judgement, LimitOutcomes};
use futures_util::future::{join_all, try_join_all};
use smallvec::SmallVec;
use tokio::time::Instant as Deadline;

use super::error::CallError;
use super::plan::{Limit, Plan, blocked};
use super::script::Invocation;
use super::{Inner, Part};

type Parts = BTreeMap<u16, Part>;
type Judgements = SmallVec<[Judgement; 4]>;

impl Inner {
    /// First looks everywhere, then counts everywhere; what was counted is given back if another slot denies after all.
    pub(super) async fn decide_in_parts(
        self: &Arc<Self>,
        plan: Plan,
        parts: Parts,
        now: Option<Timestamp>,
        deadline: Deadline,
    ) -> Result<LimitOutcomes, CallError> {
        let look = |(slot, part): (&u16, &Part)| {
            let (slot, limits) = (*slot, part.limits.clone());
            async move { self.take(slot, &limits, now, true, deadline).await }
        };
        let seen = merge(&parts, try_join_all(parts.iter().map(look)).await?);
        if blocked(&plan.limits, &seen) {
            return Ok(plan.outcomes(&seen, false));
        }
        // A task of its own: a caller who goes away must not leave it half done.
        let inner = Arc::clone(self);
        let counting = async move {
            let counted = inner.count(&parts, now, deadline).await?;
            Ok(plan.outcomes(&counted, !blocked(&plan.limits, &counted)))
        };
        match tokio::spawn(counting).await {
            Ok(result) => result,
            // It does not panic, and only a runtime that shuts down aborts it.
            Err(_) => Err(CallError::unavailable()),
        }
    }

    async fn count(
        &self,
        parts: &Parts,
        now: Option<Timestamp>,
        deadline: Deadline,
    ) -> Result<Judgements, CallError> {
        let take = parts
            .iter()
            .map(|(slot, part)| self.take(*slot, &part.limits, now, false, deadline));
        let results: Vec<Result<Judgements, CallError>> = join_all(take).await;
        let complete = parts.values().zip(&results).all(|(part, result)| {
            result
                .as_ref()
                .is_ok_and(|judgements| !blocked(&part.limits, judgements))
        });
        if !complete {
            let undo = parts.iter().zip(&results).filter_map(|((slot, part), result)| {
                let judgements = result.as_ref().ok()?;
                // A part that was blocked has counted nothing.
                (!blocked(&part.limits, judgements)).then(|| self.give_back(*slot, &part.limits, judgements))
            });
            join_all(undo).await;
        }
        Ok(merge(parts, results.into_iter().collect::<Result<Vec<_>, _>>()?))
    }

    /// Gives back what a slot counted. It has a deadline of its own, because the decision may have none left.
    async fn give_back(&self, slot: u16, limits: &[Limit], judgements: &[Judgement]) {
        let counted: Vec<(Limit, Timestamp)> = limits
            .iter()
            .zip(judgements)
            .filter_map(|(limit, judgement)| Some((*limit, judgement.taken?.state.since)))
            .collect();
        if counted.is_empty() {
            return;
        }
        let invocation = Invocation::give_back(&self.prefix, &counted);
        match self
            .run(slot, &invocation, Deadline::now() + self.config.deadline)
            .await
        {
            Ok(_) => self.metrics.given_back.increment(1),
            Err(error) => {
                self.metrics.not_given_back.increment(1);
                tracing::warn!(%error, "units of a denied decision stay counted until their windows end");
            }
        }
    }
}

/// The judgements of all parts in the order of the decision's limits.
fn merge(parts: &Parts, judged: Vec<Judgements>) -> Judgements {
    let mut ordered: Vec<(usize, Judgement)> = parts
        .values()
        .zip(judged)
        .flat_map(|(part, judgements)| part.indices.iter().copied().zip(judgements))
        .collect();
    ordered.sort_unstable_by_key(|(index, _)| *index);
    ordered.into_iter().map(|(_, judgement)| judgement).collect()
}
