//! Configurations, from the component's types to this library's.

use super::bindings::arcjet::rules::types;
use crate::{
    BotList, Category, ConfigError, DetectBot, DetectPromptInjection, EmailLevel, EmailList, EmailType,
    EntityList, Filter, FilterList, MissingUserAgent, Mode, Needs, Rule, RuleConfig, SensitiveInfo, Shield,
    UnknownIds, ValidateEmail,
    sensitive_info::{CustomDetector, Entity},
};

/// The rule at this place.
pub(super) fn rule(place: usize, rule: types::Rule) -> Result<Rule, ConfigError> {
    let mode = match rule.mode {
        types::Mode::Live => Mode::Live,
        types::Mode::DryRun => Mode::DryRun,
    };
    let config = match rule.config {
        types::RuleConfig::DetectBot(config) => RuleConfig::DetectBot(detect_bot(config)),
        types::RuleConfig::Shield(config) => RuleConfig::Shield(shield(place, config)?),
        types::RuleConfig::ValidateEmail(config) => RuleConfig::ValidateEmail(validate_email(place, config)?),
        types::RuleConfig::SensitiveInfo(config) => RuleConfig::SensitiveInfo(sensitive_info(config)),
        types::RuleConfig::Filter(config) => RuleConfig::Filter(Filter {
            expressions: match config.expressions {
                types::PassList::Allow(list) => FilterList::Allow(list),
                types::PassList::Deny(list) => FilterList::Deny(list),
            },
        }),
        types::RuleConfig::DetectPromptInjection(config) => {
            RuleConfig::DetectPromptInjection(DetectPromptInjection {
                threshold: config.threshold,
            })
        }
    };
    Ok(Rule { mode, config })
}

fn detect_bot(config: types::DetectBot) -> DetectBot {
    DetectBot {
        entities: match config.entities {
            types::PassList::Allow(list) => BotList::Allow(list),
            types::PassList::Deny(list) => BotList::Deny(list),
        },
        unknown_ids: match config.unknown_ids {
            types::UnknownIds::Reject => UnknownIds::Reject,
            types::UnknownIds::Ignore => UnknownIds::Ignore,
        },
        missing_user_agent: match config.missing_user_agent {
            types::MissingUserAgent::Error => MissingUserAgent::Error,
            types::MissingUserAgent::Bot => MissingUserAgent::Bot,
        },
        consistency: config.consistency,
    }
}

fn shield(rule: usize, config: types::Shield) -> Result<Shield, ConfigError> {
    let known = Category::ALL.map(Category::as_str);
    let category = |(place, name): (usize, &String)| {
        let found = Category::ALL
            .into_iter()
            .find(|category| category.as_str() == name);
        found.ok_or_else(|| unknown(rule, "categories", place, name, &known))
    };
    Ok(Shield {
        threshold: config.threshold,
        categories: config
            .categories
            .iter()
            .enumerate()
            .map(category)
            .collect::<Result<_, _>>()?,
        excluded_parameters: config.excluded_parameters,
        excluded_paths: config.excluded_paths,
        body_limit: usize::try_from(config.body_limit).unwrap_or(usize::MAX),
    })
}

fn validate_email(rule: usize, config: types::ValidateEmail) -> Result<ValidateEmail, ConfigError> {
    let known = EmailType::ALL.map(EmailType::as_str);
    let types = |field: &str, names: Vec<String>| -> Result<Vec<EmailType>, ConfigError> {
        let kind = |(place, name): (usize, &String)| {
            EmailType::from_name(name).ok_or_else(|| unknown(rule, field, place, name, &known))
        };
        names.iter().enumerate().map(kind).collect()
    };
    Ok(ValidateEmail {
        list: match config.types {
            types::PassList::Allow(list) => EmailList::Allow(types("allow", list)?),
            types::PassList::Deny(list) => EmailList::Deny(types("deny", list)?),
        },
        level: match config.level {
            types::EmailLevel::Smtp => EmailLevel::Smtp,
            types::EmailLevel::Rfc5322 => EmailLevel::Rfc5322,
            types::EmailLevel::Plain => EmailLevel::Plain,
        },
        require_top_level_domain: config.require_top_level_domain,
        allow_domain_literal: config.allow_domain_literal,
        trusted_domains: config.trusted_domains,
    })
}

fn sensitive_info(config: types::SensitiveInfo) -> SensitiveInfo {
    let entities = |names: Vec<String>| names.iter().map(|name| Entity::from_name(name)).collect();
    SensitiveInfo {
        entities: match config.entities {
            types::PassList::Allow(list) => EntityList::Allow(entities(list)),
            types::PassList::Deny(list) => EntityList::Deny(entities(list)),
        },
        custom: config
            .custom
            .into_iter()
            .map(|detector| CustomDetector {
                label: detector.label,
                pattern: detector.pattern,
            })
            .collect(),
    }
}

fn unknown(rule: usize, field: &str, place: usize, name: &str, known: &[&str]) -> ConfigError {
    ConfigError {
        rule,
        field: format!("{field}[{place}]"),
        message: format!("unknown entry {name:?}"),
        accepted: known.join(", "),
    }
}

/// What a rule set reads.
pub(super) fn needs(needs: Needs) -> types::Needs {
    let Needs {
        all_headers,
        headers,
        body,
        ip,
        ip_details,
        email,
        sensitive_text,
        message,
        local,
    } = needs;
    types::Needs {
        all_headers,
        headers,
        body: u32::try_from(body).unwrap_or(u32::MAX),
        ip,
        ip_details,
        email,
        sensitive_text,
        message,
        local,
    }
}

pub(super) fn error(error: ConfigError) -> types::ConfigError {
    let ConfigError {
        rule,
        field,
        message,
        accepted,
    } = error;
    types::ConfigError {
        rule: rule as u32,
        field,
        message,
        accepted,
    }
}
