//! Configurations, from the component's types to this library's.

use super::bindings::arcjet::rules::types;
use crate::{BotList, ConfigError, DetectBot, Mode, Needs, Rule, RuleConfig, UnknownIds};

pub(super) fn rule(_place: usize, rule: types::Rule) -> Result<Rule, ConfigError> {
    let mode = match rule.mode {
        types::Mode::Live => Mode::Live,
        types::Mode::DryRun => Mode::DryRun,
    };
    let config = match rule.config {
        types::RuleConfig::DetectBot(config) => RuleConfig::DetectBot(detect_bot(config)),
        _ => unreachable!(),
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
    }
}

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
