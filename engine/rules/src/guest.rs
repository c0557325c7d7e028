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

mod config;
mod outcome;

use crate::{Rule, RuleSet, request::encoded};
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
    /// The rule sets configured so far, with what they were made from; a handle is a place in it. WASM has one thread.
    static RULE_SETS: RefCell<Vec<(Vec<Rule>, RuleSet)>> = const { RefCell::new(Vec::new()) };
}

struct Component;

impl Guest for Component {
    fn configure(rules: Vec<types::Rule>) -> Result<types::RuleSet, types::ConfigError> {
        let rules: Vec<Rule> = rules
            .into_iter()
            .enumerate()
            .map(|(place, rule)| config::rule(place, rule))
            .collect::<Result<_, _>>()
            .map_err(config::error)?;
        RULE_SETS.with_borrow_mut(|sets| {
            let handle = match sets.iter().position(|(known, _)| *known == rules) {
                Some(known) => known,
                None => {
                    let set = RuleSet::new(&rules).map_err(config::error)?;
                    sets.push((rules, set));
                    sets.len() - 1
                }
            };
            Ok(types::RuleSet {
                handle: handle as u32,
                needs: config::needs(sets[handle].1.needs()),
            })
        })
    }

    fn judge(handle: u32, request: Vec<u8>) -> Vec<types::Outcome> {
        RULE_SETS.with_borrow(|sets| {
            let Some((_, set)) = sets.get(handle as usize) else {
                return Vec::new();
            };
            let outcomes = encoded::decode(&request, |request| set.judge(request));
            outcomes
                .unwrap_or_default()
                .into_iter()
                .map(outcome::outcome)
                .collect()
        })
    }
}
