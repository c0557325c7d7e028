//! Outcomes, from this library's types to the component's.

use super::bindings::arcjet::rules::types;
use crate::{BotReason, Conclusion, Outcome, Reason};

pub(super) fn outcome(outcome: Outcome) -> types::Outcome {
    let conclusion = match outcome.conclusion {
        Conclusion::Allow => types::Conclusion::Allow,
        Conclusion::Deny => types::Conclusion::Deny,
        Conclusion::Error => types::Conclusion::Error,
    };
    let reason = match outcome.reason {
        Reason::Bot(reason) => types::Reason::Bot(bot(reason)),
        Reason::Error(message) => types::Reason::Error(message.into_owned()),
    };
    types::Outcome { conclusion, reason }
}

fn bot(reason: BotReason) -> types::BotReason {
    types::BotReason {
        allowed: owned(reason.allowed),
        denied: owned(reason.denied),
        signals: Vec::new(),
    }
}

fn owned(list: Vec<&'static str>) -> Vec<String> {
    list.into_iter().map(str::to_owned).collect()
}
