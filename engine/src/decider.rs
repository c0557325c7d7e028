//! Who answers what can't be answered from the request alone: rate limits, and what only the DNS knows.
//!
//! An enum rather than a trait object: the embedded decider answers without a boxed future and without waiting.

#[cfg(any(feature = "remote", feature = "wire"))]
mod convert;
mod embedded;
mod lookups;
#[cfg(feature = "wire")]
pub mod protocol;
#[cfg(feature = "remote")]
pub(crate) mod remote;

pub(crate) use embedded::{Embedded, IPV6_PREFIX};
pub(crate) use lookups::Lookups;
#[cfg(feature = "replay")]
pub(crate) use lookups::refuse_gravatar;

use crate::decision::{DecisionId, ErrorReason, IpDetails};
use crate::evaluation::Evaluation;
use crate::limit::MemoryStore;
use crate::rule::Judge;
use crate::time::Timestamp;

/// The decider of a client.
#[derive(Debug)]
pub(crate) enum Decider {
    /// In this process.
    Embedded(Embedded<MemoryStore>),
    /// A decision server.
    #[cfg(feature = "remote")]
    Remote {
        server: Box<remote::Remote>,
        /// What the server can't be asked, because the wire protocol has no words for it.
        local: Embedded<MemoryStore>,
    },
}

/// What a decider adds to a decision, besides results.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// The id that the decision server gave the decision.
    pub(crate) id: Option<DecisionId>,
    /// Boxed: it is large, and most deciders have none to add.
    pub(crate) ip_details: Option<Box<IpDetails>>,
}

impl Decider {
    /// Fills in the results of the rules that are the decider's. A failure becomes an error result of each of them.
    pub(crate) async fn decide(&self, evaluation: &mut Evaluation<'_>, now: Timestamp) -> Answer {
        match self {
            Self::Embedded(embedded) => {
                embedded.decide(evaluation, now, 0).await;
                Answer::default()
            }
            #[cfg(feature = "remote")]
            Self::Remote { server, local } => {
                local.suspect(evaluation, now, 0).await;
                if evaluation.is_denied() || !has_limits(evaluation) {
                    return Answer::default();
                }
                // Boxed: the state of a call over the network must not make the future of every decision large.
                Box::pin(server.decide(evaluation)).await
            }
        }
    }
}

/// Whether there is anything for a decision server to judge.
#[cfg(feature = "remote")]
fn has_limits(evaluation: &Evaluation<'_>) -> bool {
    let mut rules = evaluation.set.rules.iter();
    rules.any(|rule| matches!(rule.judge, Judge::Limit(_)))
}

/// Gives every rule of the decider the same error.
fn fail_all(evaluation: &mut Evaluation<'_>, error: &ErrorReason) {
    for index in 0..evaluation.set.rules.len() {
        if matches!(evaluation.set.rules[index].judge, Judge::Limit(_)) {
            evaluation.fail(index, error.clone());
        }
    }
}
