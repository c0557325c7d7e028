//! What a decision means for the answer to the client, for adapters of any web framework.
//!
//! [`Decision::refusal`] describes the answer to a denied request, [`Decision::rate_limit_headers`] the headers that
//! tell a client where it stands with its rate limits, [`AnswerFormat`] in which format it wants to be told. Nothing here knows a framework's types.

mod format;
mod rate_limit_headers;
mod refusal;

pub use format::AnswerFormat;
pub use rate_limit_headers::RateLimitHeaders;
pub use refusal::Refusal;

use crate::decision::{Decision, RateLimitReason, Reason, RuleResult, RuleState};

/// The limits that count for this client: those that judged the request or whose earlier denial still holds. A dry run
/// must not change what clients see, so its limits are not among them.
fn counting_limits(decision: &Decision) -> impl Iterator<Item = (&RuleResult, &RateLimitReason)> {
    decision
        .results()
        .iter()
        .filter_map(|result| match (result.state(), result.reason()) {
            (RuleState::Run | RuleState::Cached, Reason::RateLimit(limit)) => Some((result, limit)),
            _ => None,
        })
}
