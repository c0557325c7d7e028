//! The WASM component: the world `rules` of `engine/wit/rules.wit` on top of this library. It converts and keeps the rule sets,
//! nothing else.
#![allow(
    unsafe_code,
    reason = "wit-bindgen generates the calling convention of the component model"
)]
#![allow(
    missing_docs,
    missing_debug_implementations,
    reason = "generated; rules.wit documents the items"
)]

use crate::{
    BotList, BotReason, Conclusion, ConfigError, DetectBot, Mode, Outcome, Reason, Request, Rule, RuleConfig,
    RuleSet, UnknownIds,
};
use bindings::{Guest, arcjet::rules::types};
use std::cell::RefCell;

#[allow(
    unsafe_code,
    reason = "wit-bindgen generates the calling convention of the component model"
)]
#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    reason = "generated; rules.wit has the documentation"
)]
mod bindings {
    wit_bindgen::generate!({ path: "../wit", world: "rules" });

    use super::Component;
    export!(Component with_types_in self);
}

thread_local! {
    /// The rule sets configured so far; a handle is a place in it. WASM has one thread.
    static RULE_SETS: RefCell<Vec<RuleSet>> = const { RefCell::new(Vec::new()) };
}

struct Component;

impl Guest for Component {
    fn configure(rules: Vec<types::Rule>) -> Result<types::RuleSet, types::ConfigError> {
        let rules: Vec<Rule> = rules.into_iter().map(Rule::from).collect();
        let new = RuleSet::new(&rules).map_err(types::ConfigError::from)?;
        let needs = types::Needs {
            headers: new.needs().headers.into_iter().map(str::to_owned).collect(),
        };
        let handle = RULE_SETS.with_borrow_mut(|sets| {
            sets.iter().position(|set| *set == new).unwrap_or_else(|| {
                sets.push(new);
                sets.len() - 1
            })
        });
        Ok(types::RuleSet {
            handle: handle as u32,
            needs,
        })
    }

    fn judge(handle: u32, request: types::Request) -> Vec<types::Outcome> {
        RULE_SETS.with_borrow(|sets| match sets.get(handle as usize) {
            Some(set) => set
                .judge(&request)
                .into_iter()
                .map(types::Outcome::from)
                .collect(),
            None => Vec::new(),
        })
    }
}

impl Request for types::Request {
    fn header(&self, name: &str) -> Option<&[u8]> {
        let header = self
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))?;
        Some(&header.value)
    }
}

impl From<types::Rule> for Rule {
    fn from(rule: types::Rule) -> Self {
        let mode = match rule.mode {
            types::Mode::Live => Mode::Live,
            types::Mode::DryRun => Mode::DryRun,
        };
        let config = match rule.config {
            types::RuleConfig::DetectBot(config) => RuleConfig::DetectBot(config.into()),
        };
        Self { mode, config }
    }
}

impl From<types::DetectBot> for DetectBot {
    fn from(config: types::DetectBot) -> Self {
        let entities = match config.entities {
            types::BotList::Allow(list) => BotList::Allow(list),
            types::BotList::Deny(list) => BotList::Deny(list),
        };
        let unknown_ids = match config.unknown_ids {
            types::UnknownIds::Reject => UnknownIds::Reject,
            types::UnknownIds::Ignore => UnknownIds::Ignore,
        };
        Self {
            entities,
            unknown_ids,
        }
    }
}

impl From<ConfigError> for types::ConfigError {
    fn from(error: ConfigError) -> Self {
        let ConfigError {
            rule,
            field,
            message,
            accepted,
        } = error;
        Self {
            rule: rule as u32,
            field,
            message,
            accepted,
        }
    }
}

impl From<Outcome> for types::Outcome {
    fn from(outcome: Outcome) -> Self {
        let conclusion = match outcome.conclusion {
            Conclusion::Allow => types::Conclusion::Allow,
            Conclusion::Deny => types::Conclusion::Deny,
            Conclusion::Error => types::Conclusion::Error,
        };
        let reason = match outcome.reason {
            Reason::Bot(reason) => types::Reason::Bot(reason.into()),
            Reason::Error(message) => types::Reason::Error(message.into_owned()),
        };
        Self { conclusion, reason }
    }
}

impl From<BotReason> for types::BotReason {
    fn from(reason: BotReason) -> Self {
        let owned = |list: Vec<&'static str>| list.into_iter().map(str::to_owned).collect();
        Self {
            allowed: owned(reason.allowed),
            denied: owned(reason.denied),
            verified: reason.verified,
            spoofed: reason.spoofed,
        }
    }
}
