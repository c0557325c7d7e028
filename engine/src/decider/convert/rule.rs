//! Rules.

use std::time::Duration;

#[cfg(feature = "remote")]
use super::decision::{email_type_to_wire, score_to_wire};
#[cfg(any(feature = "remote", feature = "wire"))]
use crate::rule::EmailType;
use crate::rule::{Algorithm, FixedWindow, Mode, RateLimit, Rule, SlidingWindow, TokenBucket};
use crate::wire::v1alpha1 as wire;
#[cfg(feature = "wire")]
use {
    super::decision::{email_type_from_wire, score_from_wire},
    crate::decision::{ErrorReason, ErrorSource},
    crate::rule::{
        DetectBot, DetectPromptInjection, Filter, PassList, RuleKind, Shield, UnknownIds, ValidateEmail,
    },
};

/// A rule that came over the wire.
#[cfg(feature = "wire")]
#[derive(Debug)]
pub(in crate::decider) enum FromWire {
    Rule(Rule),
    /// The engine does not answer rules of this kind.
    Unanswered(RuleKind, Mode),
    /// The rule contradicts itself or lacks something.
    Faulty(RuleKind, Mode, ErrorReason),
}

/// Reads a rule.
#[cfg(feature = "wire")]
pub(in crate::decider) fn rule_from_wire(rule: &wire::Rule) -> FromWire {
    use wire::rule::Rule as Kind;
    match &rule.rule {
        Some(Kind::RateLimit(limit)) => rate_limit_from_wire(limit),
        Some(Kind::BotV2(bots)) => bots_from_wire(bots),
        Some(Kind::Bots(rule)) => FromWire::Unanswered(RuleKind::Unknown, mode_from_wire(rule.mode())),
        Some(Kind::Email(rule)) => email_from_wire(rule),
        Some(Kind::Shield(rule)) => FromWire::Rule(Shield::new().mode(mode_from_wire(rule.mode())).into()),
        // The text stays in the client, which has judged it.
        Some(Kind::SensitiveInfo(rule)) => {
            FromWire::Unanswered(RuleKind::SensitiveInfo, mode_from_wire(rule.mode()))
        }
        Some(Kind::Filter(rule)) => filter_from_wire(rule),
        Some(Kind::PromptInjectionDetection(rule)) => prompt_injection_from_wire(rule),
        // The JavaScript SDK sends its custom rules like this.
        None => FromWire::Unanswered(RuleKind::Unknown, Mode::DryRun),
    }
}

#[cfg(feature = "wire")]
fn rate_limit_from_wire(limit: &wire::RateLimitRule) -> FromWire {
    let mode = mode_from_wire(limit.mode());
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let algorithm = match limit.algorithm() {
        wire::RateLimitAlgorithm::FixedWindow => Algorithm::FixedWindow {
            max: limit.max,
            window: seconds(limit.window_in_seconds),
        },
        wire::RateLimitAlgorithm::SlidingWindow => Algorithm::SlidingWindow {
            max: limit.max,
            interval: seconds(limit.interval),
        },
        wire::RateLimitAlgorithm::TokenBucket => Algorithm::TokenBucket {
            capacity: limit.capacity,
            refill_rate: limit.refill_rate,
            interval: seconds(limit.interval),
        },
        wire::RateLimitAlgorithm::Unspecified => {
            let message =
                "rate limit without an algorithm; accepted: TOKEN_BUCKET, FIXED_WINDOW, SLIDING_WINDOW";
            return FromWire::Faulty(
                RuleKind::FixedWindow,
                mode,
                ErrorReason::new(ErrorSource::Config, message),
            );
        }
    };
    let limit = RateLimit {
        mode,
        algorithm,
        characteristics: limit.characteristics.clone(),
    };
    FromWire::Rule(match algorithm {
        Algorithm::FixedWindow { .. } => FixedWindow(limit).into(),
        Algorithm::SlidingWindow { .. } => SlidingWindow(limit).into(),
        Algorithm::TokenBucket { .. } => TokenBucket(limit).into(),
    })
}

/// `allow: []` and `deny: []` look the same on the wire. The first one, "no bots at all", is what people write; the
/// second would be a rule that does nothing.
#[cfg(feature = "wire")]
fn bots_from_wire(bots: &wire::BotV2Rule) -> FromWire {
    let mode = mode_from_wire(bots.mode());
    let list = match (bots.allow.is_empty(), bots.deny.is_empty()) {
        (_, true) => PassList::Allow(bots.allow.clone()),
        (true, false) => PassList::Deny(bots.deny.clone()),
        (false, false) => return both_sides(RuleKind::DetectBot, mode),
    };
    FromWire::Rule(Rule::DetectBot(DetectBot {
        unknown_ids: UnknownIds::Ignore,
        ..DetectBot::new(list).mode(mode)
    }))
}

/// `block` is the name that `deny` had in old SDKs. `allow: []` and `deny: []` look the same: taken for the second one, which denies
/// addresses that are none. The first would deny every address of a free provider, or whose DNS is slow.
#[cfg(feature = "wire")]
fn email_from_wire(email: &wire::EmailRule) -> FromWire {
    let mode = mode_from_wire(email.mode());
    let types = |list: &mut dyn Iterator<Item = wire::EmailType>| -> Vec<EmailType> {
        list.filter_map(email_type_from_wire).collect()
    };
    let rule = match (email.allow.is_empty(), email.deny.is_empty()) {
        (true, true) => ValidateEmail::deny(types(&mut email.block())),
        (true, false) => ValidateEmail::deny(types(&mut email.deny())),
        (false, true) => ValidateEmail::allow(types(&mut email.allow())),
        (false, false) => return both_sides(RuleKind::ValidateEmail, mode),
    };
    let rule = rule
        .mode(mode)
        .require_top_level_domain(email.require_top_level_domain)
        .allow_domain_literal(email.allow_domain_literal);
    FromWire::Rule(rule.into())
}

#[cfg(feature = "wire")]
fn filter_from_wire(filter: &wire::FilterRule) -> FromWire {
    let mode = mode_from_wire(filter.mode());
    let rule = match (filter.allow.is_empty(), filter.deny.is_empty()) {
        (false, true) => Filter::allow(&filter.allow),
        // Without any expression it is the sandbox that says so.
        (true, _) => Filter::deny(&filter.deny),
        (false, false) => return both_sides(RuleKind::Filter, mode),
    };
    FromWire::Rule(rule.mode(mode).into())
}

/// SDKs up to 1.10 send a threshold, more than 0 and up to 1, where this rule's is a whole number up to 100.
#[cfg(feature = "wire")]
fn prompt_injection_from_wire(rule: &wire::PromptInjectionDetectionRule) -> FromWire {
    let mode = mode_from_wire(rule.mode());
    let detect = DetectPromptInjection::new().mode(mode);
    match rule.threshold {
        None => FromWire::Rule(detect.into()),
        Some(threshold) if threshold > 0.0 && threshold <= 1.0 => {
            FromWire::Rule(detect.threshold(score_from_wire(threshold).max(1)).into())
        }
        Some(threshold) => {
            let problem = format!("threshold: {threshold}; accepted: more than 0, up to 1");
            let error = ErrorReason::new(ErrorSource::Config, problem);
            FromWire::Faulty(RuleKind::DetectPromptInjection, mode, error)
        }
    }
}

/// A rule that allows and denies at once.
#[cfg(feature = "wire")]
fn both_sides(kind: RuleKind, mode: Mode) -> FromWire {
    let problem = format!("{kind} rule with both `allow` and `deny`; accepted: one of them");
    FromWire::Faulty(kind, mode, ErrorReason::new(ErrorSource::Config, problem))
}

/// A rule without a mode is a dry run, as in the JavaScript and Go SDKs.
#[cfg(feature = "wire")]
fn mode_from_wire(mode: wire::Mode) -> Mode {
    match mode {
        wire::Mode::Live => Mode::Live,
        wire::Mode::DryRun | wire::Mode::Unspecified => Mode::DryRun,
    }
}

/// A rule as the wire protocol has it.
#[cfg(feature = "remote")]
pub(in crate::decider) fn rule_to_wire(rule: &Rule) -> wire::Rule {
    let rule = match rule {
        Rule::FixedWindow(FixedWindow(limit))
        | Rule::SlidingWindow(SlidingWindow(limit))
        | Rule::TokenBucket(TokenBucket(limit)) => wire::rule::Rule::RateLimit(rate_limit_to_wire(limit)),
        Rule::DetectBot(bots) => {
            let (allow, deny) = owned_sides(bots.list.sides());
            let mode = mode_to_wire(bots.mode).into();
            wire::rule::Rule::BotV2(wire::BotV2Rule {
                mode,
                allow,
                deny,
                ..wire::BotV2Rule::default()
            })
        }
        Rule::SensitiveInfo(info) => {
            let (allow, deny) = owned_sides(info.entities.sides());
            wire::rule::Rule::SensitiveInfo(wire::SensitiveInfoRule {
                mode: mode_to_wire(info.mode).into(),
                allow,
                deny,
                ..wire::SensitiveInfoRule::default()
            })
        }
        Rule::Filter(filter) => {
            let (allow, deny) = owned_sides(filter.expressions.sides());
            wire::rule::Rule::Filter(wire::FilterRule {
                mode: mode_to_wire(filter.mode).into(),
                allow,
                deny,
                ..wire::FilterRule::default()
            })
        }
        Rule::Shield(shield) => wire::rule::Rule::Shield(wire::ShieldRule {
            mode: mode_to_wire(shield.mode).into(),
            ..wire::ShieldRule::default()
        }),
        Rule::ValidateEmail(email) => {
            let types = |list: &[EmailType]| {
                let known = list.iter().filter_map(|kind| email_type_to_wire(*kind));
                known.map(i32::from).collect()
            };
            let (allow, deny) = email.types.sides();
            wire::rule::Rule::Email(wire::EmailRule {
                mode: mode_to_wire(email.mode).into(),
                allow: types(allow),
                deny: types(deny),
                require_top_level_domain: email.require_top_level_domain,
                allow_domain_literal: email.allow_domain_literal,
                ..wire::EmailRule::default()
            })
        }
        Rule::DetectPromptInjection(rule) => {
            let usual = crate::rule::DetectPromptInjection::new().threshold;
            wire::rule::Rule::PromptInjectionDetection(wire::PromptInjectionDetectionRule {
                mode: mode_to_wire(rule.mode).into(),
                threshold: (rule.threshold != usual).then(|| score_to_wire(rule.threshold)),
                ..wire::PromptInjectionDetectionRule::default()
            })
        }
        // As the JavaScript SDK does.
        #[cfg(feature = "custom-rules")]
        Rule::Custom(_) => return wire::Rule { rule: None },
    };
    wire::Rule { rule: Some(rule) }
}

#[cfg(feature = "remote")]
fn owned_sides((allow, deny): (&[String], &[String])) -> (Vec<String>, Vec<String>) {
    (allow.to_vec(), deny.to_vec())
}

#[cfg(feature = "remote")]
fn rate_limit_to_wire(limit: &RateLimit) -> wire::RateLimitRule {
    let mut rule = wire::RateLimitRule {
        mode: mode_to_wire(limit.mode).into(),
        characteristics: limit.characteristics.clone(),
        ..wire::RateLimitRule::default()
    };
    // A rule that was built has whole seconds that fit.
    let seconds = |duration: Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
    match limit.algorithm {
        Algorithm::FixedWindow { max, window } => {
            rule.set_algorithm(wire::RateLimitAlgorithm::FixedWindow);
            (rule.max, rule.window_in_seconds) = (max, seconds(window));
        }
        Algorithm::SlidingWindow { max, interval } => {
            rule.set_algorithm(wire::RateLimitAlgorithm::SlidingWindow);
            (rule.max, rule.interval) = (max, seconds(interval));
        }
        Algorithm::TokenBucket {
            capacity,
            refill_rate,
            interval,
        } => {
            rule.set_algorithm(wire::RateLimitAlgorithm::TokenBucket);
            (rule.capacity, rule.refill_rate, rule.interval) = (capacity, refill_rate, seconds(interval));
        }
    }
    rule
}

#[cfg(feature = "remote")]
fn mode_to_wire(mode: Mode) -> wire::Mode {
    match mode {
        Mode::Live => wire::Mode::Live,
        Mode::DryRun => wire::Mode::DryRun,
    }
}
