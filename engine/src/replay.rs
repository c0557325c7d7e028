//! Judging recorded requests, for `arcjet-decide replay`. Not covered by semantic versioning.
//!
//! A client decides about a request in one go. Here the way is cut in two, so that many threads can [judge](Replay::judge) by the
//! local rules, and ask the DNS if they shall, while the limits are [settled](Replay::settle) in the order and at the times of the
//! record.
//!
//! The deny cache has no part in it: each record is judged by what it holds itself, whatever came before it, so that the same
//! record has the same local results wherever in a file it stands. Limits deny again as long as they are used up.

use std::time::Duration;

use crate::client_ip::{AddressSources, ForwardedHeader, client_ip};
#[cfg(feature = "dns")]
use crate::decider::Lookups;
use crate::decider::{Embedded, IPV6_PREFIX, refuse_gravatar};
use crate::decision::{AnswerPolicy, Decision, DecisionId};
#[cfg(feature = "dns")]
use crate::dns::DnsConfig;
use crate::error::ConfigError;
#[cfg(feature = "dns")]
use crate::evaluation::Answers;
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
    #[cfg(feature = "dns")]
    lookups: Lookups,
    settles: bool,
}

/// How recorded requests are judged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReplayConfig {
    /// Addresses and networks of proxies whose `X-Forwarded-For` is believed; none unless set.
    pub trusted_proxies: Vec<String>,
    /// The most clients that limits count at a time; 1,000,000 unless set.
    pub limit_capacity: usize,
    /// The length of the prefix by which limits count IPv6 clients, 16 to 128; 64 unless set.
    pub ipv6_prefix: u8,
    /// What is known about addresses; the tables that are part of this crate (feature `ip-data`) unless set.
    pub reputation: Reputation,
    /// How the DNS is asked; it is not asked unless set.
    #[cfg(feature = "dns")]
    pub dns: Option<DnsConfig>,
}

impl Default for ReplayConfig {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            limit_capacity: 1_000_000,
            ipv6_prefix: IPV6_PREFIX,
            reputation: Reputation::default(),
            #[cfg(feature = "dns")]
            dns: None,
        }
    }
}

/// The longest that there is: nobody waits for a record, and whether it is judged must not depend on how busy the machine is.
const DEADLINE: Duration = Duration::from_secs(1);

/// How far a request is judged.
#[derive(Debug)]
pub enum Judged {
    /// Decided: a local rule denies it, or there are no limits.
    Decided(Decision),
    /// The limits, what is known of the client's earlier requests, or the DNS have yet to be asked.
    Open(Box<Open>),
}

/// A request that the limits or the DNS have yet to be asked about.
#[derive(Debug)]
pub struct Open {
    request: RequestDetails,
    paused: Paused,
    #[cfg(feature = "dns")]
    answers: Answers,
}

impl Replay {
    /// Makes rules ready.
    ///
    /// # Errors
    ///
    /// As [`ArcjetBuilder::build`](crate::ArcjetBuilder::build).
    pub fn new(
        rules: &[Rule],
        characteristics: &[String],
        config: &ReplayConfig,
    ) -> Result<Self, ConfigError> {
        let sandbox = Sandbox::new(SandboxConfig::default().deadline(DEADLINE))?;
        let set = RuleSet::compile(rules, characteristics, &sandbox)?;
        let store = MemoryStore::builder().capacity(config.limit_capacity).build()?;
        #[cfg(feature = "dns")]
        let lookups = match &config.dns {
            Some(dns) => Lookups::new(Some(dns))?,
            None => Lookups::default(),
        };
        Ok(Self {
            settles: set
                .rules
                .iter()
                .any(|rule| matches!(rule.judge, Judge::Limit(_)) || rule.suspicion().is_some()),
            set,
            sandbox,
            address_sources: AddressSources::new(&config.trusted_proxies, ForwardedHeader::default(), None)?,
            reputation: config.reputation.clone(),
            limits: Embedded::new(store, config.ipv6_prefix)?,
            #[cfg(feature = "dns")]
            lookups,
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
        if evaluation.judge_locally(&self.sandbox) || !self.is_open(&evaluation) {
            return Judged::Decided(conclude(evaluation, Timestamp::from_millis(0)));
        }
        Judged::Open(Box::new(Open {
            paused: evaluation.pause(),
            request,
            #[cfg(feature = "dns")]
            answers: Answers::default(),
        }))
    }

    /// Whether somebody has yet to be asked about a request that no local rule denies.
    #[cfg(feature = "dns")]
    fn is_open(&self, evaluation: &Evaluation<'_>) -> bool {
        self.settles || self.lookups.would_ask(&evaluation.questions)
    }

    #[cfg(not(feature = "dns"))]
    fn is_open(&self, _evaluation: &Evaluation<'_>) -> bool {
        self.settles
    }

    /// Whether a request raised what [`look_up`](Self::look_up) would ask.
    #[cfg(feature = "dns")]
    pub fn has_questions(&self, open: &Open) -> bool {
        self.lookups.would_ask(&open.paused.questions)
    }

    /// Asks the DNS what a request raised, if it is to be asked. Live, that comes after the limits; here it may come before them,
    /// for many requests at a time, because what it tells counts only if the limits admit the request.
    ///
    /// Must be called inside a Tokio runtime; outside of one nothing is known.
    #[cfg(feature = "dns")]
    pub async fn look_up(&self, open: &mut Open) {
        open.answers = self.lookups.ask(&open.paused.questions, open.paused.ip()).await;
    }

    /// Asks the limits about a request that came at the instant `now`. Calls must be made in the order of the requests.
    pub async fn settle(&self, open: Open, now: Timestamp) -> Decision {
        let mut evaluation = Evaluation::resume(&self.set, &open.request, open.paused);
        if self.settles {
            self.limits.decide(&mut evaluation, now, 0).await;
        }
        #[cfg(feature = "dns")]
        if !evaluation.is_denied() {
            evaluation.settle_questions(open.answers);
        }
        conclude(evaluation, now)
    }
}

fn conclude(mut evaluation: Evaluation<'_>, now: Timestamp) -> Decision {
    evaluation.conclude(DecisionId::new(Origin::Local, now), AnswerPolicy::default())
}
