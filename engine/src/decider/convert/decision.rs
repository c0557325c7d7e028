//! Decisions, results and reasons.

#[cfg(feature = "remote")]
use crate::decision::{
    BotReason, EmailReason, ErrorSource, FilterReason, PromptInjectionReason, RateLimitReason,
    SensitiveInfoReason, ShieldReason,
};
use crate::decision::{Conclusion, Decision, ErrorReason, Reason, RuleResult, RuleState, SensitiveSpan};
use crate::rule::EmailType;
use crate::wire::v1alpha1 as wire;

/// A decision as the wire protocol has it. `order` puts the results into the order of the rules as the client sent them.
pub(in crate::decider) fn decision_to_wire(
    decision: &Decision,
    order: impl Fn(usize) -> usize,
) -> wire::Decision {
    let parts = decision.parts();
    let mut rule_results = vec![wire::RuleResult::default(); parts.results.len()];
    for (index, result) in parts.results.iter().enumerate() {
        if let Some(slot) = rule_results.get_mut(order(index)) {
            *slot = result_to_wire(result);
        }
    }
    wire::Decision {
        id: parts.id.to_string(),
        conclusion: conclusion_to_wire(parts.conclusion).into(),
        reason: reason_to_wire(decision.reason()),
        rule_results,
        ttl: parts.ttl,
        ip_details: None,
    }
}

/// Scores of prompt injection are whole numbers up to 100 here, and up to 1 on the wire.
pub(super) fn score_to_wire(score: u32) -> f64 {
    f64::from(score) / 100.0
}

pub(super) fn score_from_wire(score: f64) -> u32 {
    // A cast of what is no number gives 0, one of a number beyond the range its nearest end.
    ((score * 100.0).round() as u32).min(100)
}

fn result_to_wire(result: &RuleResult) -> wire::RuleResult {
    wire::RuleResult {
        rule_id: result.rule_id.map(|id| id.to_string()).unwrap_or_default(),
        state: state_to_wire(result.state).into(),
        conclusion: conclusion_to_wire(result.conclusion).into(),
        reason: reason_to_wire(&result.reason),
        ttl: result.ttl,
        fingerprint: result
            .fingerprint
            .map(|fingerprint| fingerprint.to_string())
            .unwrap_or_default(),
    }
}

fn state_to_wire(state: RuleState) -> wire::RuleState {
    match state {
        RuleState::Run => wire::RuleState::Run,
        RuleState::NotRun => wire::RuleState::NotRun,
        RuleState::DryRun => wire::RuleState::DryRun,
        RuleState::Cached => wire::RuleState::Cached,
    }
}

fn conclusion_to_wire(conclusion: Conclusion) -> wire::Conclusion {
    match conclusion {
        Conclusion::Allow => wire::Conclusion::Allow,
        Conclusion::Deny => wire::Conclusion::Deny,
        Conclusion::Challenge => wire::Conclusion::Challenge,
        Conclusion::Error => wire::Conclusion::Error,
    }
}

fn reason_to_wire(reason: &Reason) -> Option<wire::Reason> {
    let reason = match reason {
        Reason::None => return None,
        Reason::RateLimit(limit) => wire::reason::Reason::RateLimit(wire::RateLimitReason {
            max: limit.max,
            remaining: limit.remaining,
            reset_in_seconds: limit.reset,
            window_in_seconds: limit.window,
            ..wire::RateLimitReason::default()
        }),
        Reason::Bot(bot) => wire::reason::Reason::BotV2(wire::BotV2Reason {
            allowed: bot.allowed.clone(),
            denied: bot.denied.clone(),
            verified: bot.verified,
            spoofed: bot.spoofed,
        }),
        Reason::Shield(shield) => wire::reason::Reason::Shield(wire::ShieldReason {
            // SDKs read this one alone.
            shield_triggered: shield.triggered || shield.suspicious,
            suspicious: shield.score > 0,
        }),
        Reason::Email(email) => {
            let mut reason = wire::EmailReason::default();
            let types = email.denied.iter().filter_map(|kind| email_type_to_wire(*kind));
            reason.email_types.extend(types.map(i32::from));
            wire::reason::Reason::Email(reason)
        }
        Reason::SensitiveInfo(info) => wire::reason::Reason::SensitiveInfo(wire::SensitiveInfoReason {
            allowed: info.allowed.iter().map(span_to_wire).collect(),
            denied: info.denied.iter().map(span_to_wire).collect(),
        }),
        Reason::Filter(filter) => wire::reason::Reason::Filter(wire::FilterReason {
            matched_expressions: filter.matched.clone(),
            undetermined_expressions: filter.undetermined.clone(),
            ..wire::FilterReason::default()
        }),
        Reason::PromptInjection(injection) => {
            wire::reason::Reason::PromptInjection(wire::PromptInjectionReason {
                injection_detected: injection.detected,
                score: score_to_wire(injection.score),
                ..wire::PromptInjectionReason::default()
            })
        }
        // The protocol has no reason for them.
        Reason::Custom(_) => return None,
        Reason::Error(ErrorReason { message, .. }) => wire::reason::Reason::Error(wire::ErrorReason {
            message: message.clone(),
        }),
    };
    Some(wire::Reason { reason: Some(reason) })
}

/// The protocol's name of a type of address; it has none for those that are ours alone.
pub(super) fn email_type_to_wire(kind: crate::rule::EmailType) -> Option<wire::EmailType> {
    wire::EmailType::from_str_name(&format!("EMAIL_TYPE_{}", kind.as_str()))
}

fn span_to_wire(span: &SensitiveSpan) -> wire::IdentifiedEntity {
    let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    wire::IdentifiedEntity {
        identified_type: span.entity.clone(),
        start: position(span.start),
        end: position(span.end),
    }
}

/// A result as a decision server sent it.
#[cfg(feature = "remote")]
#[derive(Debug)]
pub(in crate::decider) struct WireResult {
    pub(in crate::decider) state: RuleState,
    pub(in crate::decider) conclusion: Conclusion,
    pub(in crate::decider) reason: Reason,
    pub(in crate::decider) ttl: u32,
}

/// Reads a result; the error says what made no sense.
#[cfg(feature = "remote")]
pub(in crate::decider) fn result_from_wire(result: wire::RuleResult) -> Result<WireResult, ErrorReason> {
    let nonsense = |what: &str| {
        ErrorReason::new(
            ErrorSource::Decider,
            format!("the decision server answered {what}"),
        )
    };
    let state = match result.state() {
        wire::RuleState::Run => RuleState::Run,
        wire::RuleState::NotRun => RuleState::NotRun,
        wire::RuleState::DryRun => RuleState::DryRun,
        wire::RuleState::Cached => RuleState::Cached,
        wire::RuleState::Unspecified => return Err(nonsense("with a result that has no state")),
    };
    let conclusion = match result.conclusion() {
        wire::Conclusion::Allow => Conclusion::Allow,
        wire::Conclusion::Deny => Conclusion::Deny,
        wire::Conclusion::Challenge => Conclusion::Challenge,
        wire::Conclusion::Error => Conclusion::Error,
        wire::Conclusion::Unspecified => return Err(nonsense("with a result that has no conclusion")),
    };
    let reason = match result.reason.and_then(|reason| reason.reason) {
        None => Reason::None,
        Some(wire::reason::Reason::RateLimit(limit)) => Reason::RateLimit(RateLimitReason {
            max: limit.max,
            remaining: limit.remaining,
            reset: limit.reset_in_seconds,
            window: limit.window_in_seconds,
        }),
        Some(wire::reason::Reason::BotV2(bot)) => Reason::Bot(BotReason {
            allowed: bot.allowed,
            denied: bot.denied,
            verified: bot.verified,
            spoofed: bot.spoofed,
            signals: Vec::new(),
        }),
        Some(wire::reason::Reason::Shield(shield)) => Reason::Shield(ShieldReason {
            triggered: shield.shield_triggered,
            ..ShieldReason::default()
        }),
        Some(wire::reason::Reason::Email(email)) => Reason::Email(EmailReason {
            denied: email.email_types().filter_map(email_type_from_wire).collect(),
            ..EmailReason::default()
        }),
        Some(wire::reason::Reason::SensitiveInfo(info)) => Reason::SensitiveInfo(SensitiveInfoReason {
            allowed: info.allowed.into_iter().map(span_from_wire).collect(),
            denied: info.denied.into_iter().map(span_from_wire).collect(),
        }),
        Some(wire::reason::Reason::Filter(filter)) => Reason::Filter(FilterReason {
            matched: filter.matched_expressions,
            undetermined: filter.undetermined_expressions,
        }),
        Some(wire::reason::Reason::PromptInjection(injection)) => {
            Reason::PromptInjection(PromptInjectionReason {
                detected: injection.injection_detected,
                score: score_from_wire(injection.score),
                ..PromptInjectionReason::default()
            })
        }
        Some(wire::reason::Reason::Error(error)) => {
            Reason::Error(ErrorReason::new(ErrorSource::Decider, error.message))
        }
        Some(_) => return Err(nonsense("with a reason that none of the rules sent can have")),
    };
    Ok(WireResult {
        state,
        conclusion,
        reason,
        ttl: result.ttl,
    })
}

/// What is unspecified, or of a newer protocol, is none.
pub(super) fn email_type_from_wire(kind: wire::EmailType) -> Option<EmailType> {
    EmailType::from_name(kind.as_str_name().strip_prefix("EMAIL_TYPE_")?)
}

#[cfg(feature = "remote")]
fn span_from_wire(span: wire::IdentifiedEntity) -> SensitiveSpan {
    SensitiveSpan {
        start: span.start as usize,
        end: span.end as usize,
        entity: span.identified_type,
    }
}
