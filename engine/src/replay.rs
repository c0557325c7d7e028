//! Judging recorded requests, for `arcjet-decide replay`. Not covered by semantic versioning.
//!
//! A client decides about a request in one go. Here the way is cut in two, so that many threads can [judge](Replay::judge) by the
//! local rules while the limits are [settled](Replay::settle) in the order and at the times of the record.
//!
//! The deny cache has no part in it: each record is judged by what it holds itself, whatever came before it, so that the same
//! record has the same local results wherever in a file it stands. Limits deny again as long as they are used up.

use std::time::Duration;

use crate::client_ip::{AddressSources, ForwardedHeader, client_ip};
use crate::decider::{Embedded, IPV6_PREFIX, refuse_gravatar};
use crate::decision::{Decision, DecisionId, FailPolicy};
use crate::error::ConfigError;
use crate::evaluation::{Evaluation, Paused};
use crate::id::Origin;
use crate::limit::MemoryStore;
use crate::reputation::Reputation;
use crate::request::RequestDetails;
use crate::rule::{Judge, Mode, Rule, RuleSet};
use crate::sandbox::{Sandbox, SandboxConfig};
use crate::time::Timestamp;

/// Finds everything that keeps rules from working, where [`ArcjetBuilder::build`](crate::ArcjetBuilder::build) stops at the first
/// fault. The errors' fields are those of that method, as in `rules[0].window`.
pub fn check(rules: &[Rule], characteristics: &[String]) -> Vec<ConfigError> {
    let sandbox = match Sandbox::new(SandboxConfig::default()) {
        Ok(sandbox) => sandbox,
        Err(error) => return vec![error],
    };
    let mut errors: Vec<ConfigError> = RuleSet::compile(&[], characteristics, &sandbox)
        .err()
        .into_iter()
        .collect();
    // A fault of theirs is not repeated for each rule.
    let characteristics = if errors.is_empty() { characteristics } else { &[] };
    for (index, rule) in rules.iter().enumerate() {
        if let Err(error) = RuleSet::compile(std::slice::from_ref(rule), characteristics, &sandbox) {
            let field = error.field().replacen("rules[0]", &format!("rules[{index}]"), 1);
            errors.push(ConfigError::new(field, error.problem(), error.accepted()));
        }
    }
    if errors.is_empty() {
        // What is wrong with each rule is known; what is left is how many they are, and whether they differ.
        let set = RuleSet::compile(rules, characteristics, &sandbox);
        errors.extend(set.and_then(|set| refuse_gravatar(&set)).err());
    }
    errors
}

/// Judges recorded requests, with the code that judges live ones.
#[derive(Debug)]
pub struct Replay {
    set: RuleSet,
    sandbox: Sandbox,
    address_sources: AddressSources,
    reputation: Reputation,
    limits: Embedded<MemoryStore>,
    settles: bool,
}

/// The longest that there is: nobody waits for a record, and whether it is judged must not depend on how busy the machine is.
const DEADLINE: Duration = Duration::from_secs(1);

/// How far a request is judged.
#[derive(Debug)]
pub enum Judged {
    /// Decided: a local rule denies it, or there are no limits.
    Decided(Decision),
    /// The limits, or what is known of the client's earlier requests, have yet to be asked.
    Open(Box<Open>),
}

/// A request that the limits have yet to be asked about.
#[derive(Debug)]
pub struct Open {
    request: RequestDetails,
    paused: Paused,
}

impl Replay {
    /// Makes rules ready. `capacity` is the most clients that limits count.
    ///
    /// # Errors
    ///
    /// As [`ArcjetBuilder::build`](crate::ArcjetBuilder::build).
    pub fn new(
        rules: &[Rule],
        characteristics: &[String],
        trusted_proxies: &[String],
        capacity: usize,
    ) -> Result<Self, ConfigError> {
        let sandbox = Sandbox::new(SandboxConfig::default().deadline(DEADLINE))?;
        let set = RuleSet::compile(rules, characteristics, &sandbox)?;
        let store = MemoryStore::builder().capacity(capacity).build()?;
        Ok(Self {
            settles: set
                .rules
                .iter()
                .any(|rule| matches!(rule.judge, Judge::Limit(_)) || rule.suspicion().is_some()),
            set,
            sandbox,
            address_sources: AddressSources::new(trusted_proxies, ForwardedHeader::default(), None)?,
            reputation: Reputation::default(),
            limits: Embedded::new(store, IPV6_PREFIX)?,
        })
    }

    /// How many bytes of a body the rules read, from its beginning.
    pub fn body_window(&self) -> usize {
        self.set.body_window()
    }

    /// How many counts the limits forgot before their time, because there were more clients than they are made for.
    pub fn evictions(&self) -> u64 {
        self.limits.store().evictions()
    }

    /// The place in the list of rules, and the mode, of each result of a decision, in the order of results.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = (usize, Mode)> {
        self.set.rules.iter().map(|rule| (rule.position, rule.mode))
    }

    /// Judges a request by the local rules.
    pub fn judge(&self, request: RequestDetails) -> Judged {
        let ip = client_ip(&request, &self.address_sources);
        let mut evaluation = Evaluation::new(&self.set, &request, ip, &self.reputation);
        if evaluation.judge_locally(&self.sandbox) || !self.settles {
            return Judged::Decided(conclude(evaluation, Timestamp::from_millis(0)));
        }
        let paused = evaluation.pause();
        Judged::Open(Box::new(Open { request, paused }))
    }

    /// Asks the limits about a request that came at the instant `now`. Calls must be made in the order of the requests.
    pub async fn settle(&self, open: Open, now: Timestamp) -> Decision {
        let mut evaluation = Evaluation::resume(&self.set, &open.request, open.paused);
        self.limits.decide(&mut evaluation, now, 0).await;
        conclude(evaluation, now)
    }
}

fn conclude(evaluation: Evaluation<'_>, now: Timestamp) -> Decision {
    evaluation.conclude(DecisionId::new(Origin::Local, now), FailPolicy::default())
}
