//! Between the engine's types and those of `wit/rules.wit`.

use super::Outcome;
use super::bindings::arcjet::rules::types as wit;
use crate::decision::{
    BotReason, Conclusion, EmailReason, ErrorReason, ErrorSource, FilterReason, MissingInput,
    PromptInjectionReason, Reason, SensitiveInfoReason, SensitiveSpan, ShieldDetection, ShieldReason,
};
use crate::rule::{EmailLevel, EmailType, MissingUserAgent, Mode, PassList, Rule, UnknownIds};

/// What a set that was not configured yet reads.
pub(super) const NO_NEEDS: wit::Needs = wit::Needs {
    all_headers: false,
    headers: Vec::new(),
    body: 0,
    ip: false,
    ip_details: false,
    email: false,
    sensitive_text: false,
    message: false,
    local: false,
};

/// A rule as the guest is told; `None` if it is not the guest's to judge.
pub(super) fn rule(rule: &Rule) -> Option<wit::Rule> {
    let config = match rule {
        Rule::SensitiveInfo(rule) => wit::RuleConfig::SensitiveInfo(wit::SensitiveInfo {
            entities: pass_list(&rule.entities),
            custom: rule
                .custom
                .iter()
                .map(|(label, pattern)| wit::CustomDetector {
                    label: label.clone(),
                    pattern: pattern.clone(),
                })
                .collect(),
        }),
        Rule::Filter(rule) => wit::RuleConfig::Filter(wit::Filter {
            expressions: pass_list(&rule.expressions),
        }),
        Rule::Shield(rule) => wit::RuleConfig::Shield(wit::Shield {
            threshold: rule.threshold,
            categories: rule
                .categories
                .iter()
                .map(|category| category.as_str().to_owned())
                .collect(),
            excluded_parameters: rule.excluded_parameters.clone(),
            excluded_paths: rule.excluded_paths.clone(),
            body_limit: rule.body_limit,
        }),
        Rule::DetectBot(rule) => wit::RuleConfig::DetectBot(wit::DetectBot {
            entities: pass_list(&rule.list),
            unknown_ids: match rule.unknown_ids {
                UnknownIds::Reject => wit::UnknownIds::Reject,
                UnknownIds::Ignore => wit::UnknownIds::Ignore,
            },
            missing_user_agent: match rule.missing_user_agent {
                MissingUserAgent::Error => wit::MissingUserAgent::Error,
                MissingUserAgent::Bot => wit::MissingUserAgent::Bot,
            },
            consistency: rule.consistency,
        }),
        Rule::ValidateEmail(rule) => wit::RuleConfig::ValidateEmail(wit::ValidateEmail {
            types: pass_list(&rule.types.map(|kind| kind.as_str().to_owned())),
            level: match rule.level {
                EmailLevel::Smtp => wit::EmailLevel::Smtp,
                EmailLevel::Rfc5322 => wit::EmailLevel::Rfc5322,
                EmailLevel::Plain => wit::EmailLevel::Plain,
            },
            trusted_domains: rule.trusted_domains.clone(),
            require_top_level_domain: rule.require_top_level_domain,
            allow_domain_literal: rule.allow_domain_literal,
        }),
        Rule::DetectPromptInjection(rule) => {
            wit::RuleConfig::DetectPromptInjection(wit::DetectPromptInjection {
                threshold: rule.threshold,
            })
        }
        Rule::FixedWindow(_) | Rule::SlidingWindow(_) | Rule::TokenBucket(_) => return None,
        #[cfg(feature = "custom-rules")]
        Rule::Custom(_) => return None,
    };
    let mode = match rule.mode() {
        Mode::Live => wit::Mode::Live,
        Mode::DryRun => wit::Mode::DryRun,
    };
    Some(wit::Rule { mode, config })
}

fn pass_list(list: &PassList<String>) -> wit::PassList {
    match list {
        PassList::Allow(list) => wit::PassList::Allow(list.clone()),
        PassList::Deny(list) => wit::PassList::Deny(list.clone()),
    }
}

/// What the guest concluded about a request by `rule`.
pub(super) fn outcome(rule: &Rule, outcome: wit::Outcome) -> Outcome {
    let conclusion = match outcome.conclusion {
        wit::Conclusion::Allow => Conclusion::Allow,
        wit::Conclusion::Deny => Conclusion::Deny,
        wit::Conclusion::Error => Conclusion::Error,
    };
    let denied = conclusion == Conclusion::Deny;
    let mut mail_domain = None;
    let reason = match outcome.reason {
        wit::Reason::Bot(bot) => Reason::Bot(BotReason {
            allowed: bot.allowed,
            denied: bot.denied,
            verified: false,
            spoofed: false,
            signals: bot.signals,
        }),
        wit::Reason::Shield(shield) => Reason::Shield(ShieldReason {
            triggered: denied,
            score: shield.score,
            detections: shield.detections.into_iter().map(detection).collect(),
            omitted: shield.omitted,
            suspicious: false,
            points: None,
        }),
        wit::Reason::Email(email) => {
            mail_domain = email.mail_domain;
            let types = |names: Vec<String>| {
                let types = names.iter().filter_map(|name| EmailType::from_name(name));
                types.collect()
            };
            Reason::Email(EmailReason {
                allowed: types(email.allowed),
                denied: types(email.denied),
                fault: email.fault,
            })
        }
        wit::Reason::SensitiveInfo(info) => Reason::SensitiveInfo(SensitiveInfoReason {
            allowed: info.allowed.into_iter().map(span).collect(),
            denied: info.denied.into_iter().map(span).collect(),
        }),
        wit::Reason::Filter(filter) => {
            let expressions = match rule {
                Rule::Filter(rule) => rule.expressions.entries(),
                _ => &[],
            };
            let named = |indices: Vec<u32>| {
                let expressions = indices
                    .into_iter()
                    .filter_map(|index| expressions.get(index as usize));
                expressions.cloned().collect()
            };
            Reason::Filter(FilterReason {
                matched: named(filter.matched),
                undetermined: named(filter.undetermined),
            })
        }
        wit::Reason::PromptInjection(injection) => Reason::PromptInjection(PromptInjectionReason {
            detected: denied,
            score: injection.score,
            signals: injection.signals,
        }),
        wit::Reason::Error(error) => Reason::Error(ErrorReason {
            source: ErrorSource::Request,
            message: error.message,
            missing: Some(match error.missing {
                wit::MissingInput::UserAgent => MissingInput::UserAgent,
                wit::MissingInput::Email => MissingInput::Email,
                wit::MissingInput::SensitiveText => MissingInput::SensitiveText,
                wit::MissingInput::Message => MissingInput::Message,
            }),
        }),
    };
    Outcome {
        conclusion,
        reason,
        mail_domain,
    }
}

fn detection(detection: wit::Detection) -> ShieldDetection {
    ShieldDetection {
        detector: detection.detector,
        category: detection.category,
        part: detection.part,
        parameter: detection.parameter,
        score: detection.score,
    }
}

fn span(span: wit::SensitiveSpan) -> SensitiveSpan {
    SensitiveSpan {
        start: span.start as usize,
        end: span.end as usize,
        entity: span.entity,
    }
}
