//! Answers the wire protocol: what a decision server does between its listener and its store.
//!
//! Clients send their rules with every request. A set of rules is made ready once and found again by its bytes.

mod builder;
mod guard;
mod site_rules;

use std::sync::Arc;

use moka::sync::Cache;
use prost::Message as _;

pub use self::builder::ProtocolDeciderBuilder;
pub use self::site_rules::SiteRules;
use super::convert::{
    FromWire, decision_to_wire, has_sensitive_text, ip_details_to_wire, request_from_wire, rule_from_wire,
};
use super::{Embedded, Lookups};
use crate::client_ip::{AddressSources, client_ip};
use crate::decision::{AnswerPolicy, Decision, DecisionId, ErrorReason, ErrorSource};
use crate::error::ConfigError;
use crate::evaluation::Evaluation;
use crate::id::Origin;
use crate::limit::{LimitKey, LimitStore, MemoryStore};
use crate::reputation::Reputation;
use crate::rule::{Assembly, CompiledRule, Judge, Rule, RuleId, RuleKind, RuleSet};
use crate::sandbox::Sandbox;
use crate::telemetry::{Stage, Telemetry};
use crate::time::Clock;
use crate::wire::v1alpha1 as wire;

/// The most rules in one request. The SDKs send at most 10.
const MOST_RULES: usize = 100;

/// What every answer says that leaves out a rule about sensitive information.
const SENSITIVE_INFO_NOTE: &str =
    "not run: sensitive information is judged by the client, the text stays there";

/// Decides for clients of the wire protocol. Cheap to clone.
#[derive(Debug)]
pub struct ProtocolDecider<S = MemoryStore> {
    inner: Arc<Inner<S>>,
}

// Not derived: that would ask the same of the store.
impl<S> Clone for ProtocolDecider<S> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

#[derive(Debug)]
struct Inner<S> {
    sandbox: Sandbox,
    embedded: Embedded<S>,
    rule_sets: Cache<Arc<[u8]>, Arc<RuleSet>>,
    lookups: Lookups,
    telemetry: Telemetry,
    clock: Clock,
    reputation: Reputation,
    reports: metrics::Counter,
    guard: guard::GuardMetrics,
}

/// An application that is protected: its counters are its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Site(u128);

impl Site {
    /// The site of this name.
    pub fn named(name: &str) -> Self {
        use sha2::Digest as _;
        Self(LimitKey::from_sha256(&sha2::Sha256::digest(name.as_bytes()).into()).as_u128())
    }
}

impl<S: LimitStore> ProtocolDecider<S> {
    /// Makes rules ready that hold for all requests of a site, for [`decide_with`](Self::decide_with): at most 10 of the kinds
    /// that [`SiteRules::accepts`]. Limits among them count by address unless they say otherwise.
    ///
    /// # Errors
    ///
    /// A rule can't work, or not as a rule of a site.
    pub fn site_rules(&self, rules: Vec<Rule>) -> Result<SiteRules, ConfigError> {
        SiteRules::new(rules, &self.inner.sandbox)
    }

    /// Decides one request of a site. Faults of single rules are in their results.
    pub async fn decide(&self, site: Site, request: wire::DecideRequest) -> wire::DecideResponse {
        self.decide_with(site, &SiteRules::NONE, request).await
    }

    /// Decides one request of a site that has rules of its own: they are judged together with those of the request, and their
    /// results follow.
    pub async fn decide_with(
        &self,
        site: Site,
        site_rules: &SiteRules,
        request: wire::DecideRequest,
    ) -> wire::DecideResponse {
        let inner = &*self.inner;
        let timer = inner.telemetry.start();
        let now = inner.clock.now();
        let set = inner.rule_set(&request.rules, &request.characteristics, site_rules);
        let sent = request.details.unwrap_or_default();
        let details = request_from_wire(&sent);
        // The client determined the address; there is no peer of its own here.
        let ip = client_ip(&details, &AddressSources::default());
        let mut evaluation = Evaluation::new(&set, &details, ip, &inner.reputation);
        evaluation.settle_faulty();
        if has_sensitive_text(&sent) {
            evaluation.refuse_sensitive_text();
        }
        timer.end(Stage::Identify);
        let denied = evaluation.judge_locally(&inner.sandbox);
        evaluation.hold_for_clients();
        timer.end(Stage::Judge);
        if !denied {
            inner.embedded.decide(&mut evaluation, now, site.0).await;
            if !evaluation.is_denied() {
                inner.lookups.answer(&mut evaluation).await;
            }
            timer.end(Stage::Decide);
        }
        let decision = evaluation.conclude(DecisionId::new(Origin::Server, now), AnswerPolicy::default());
        inner.telemetry.count(&decision);
        timer.finish();
        let order = |index: usize| {
            set.rules
                .get(index)
                .map_or(index, |rule: &CompiledRule| rule.position)
        };
        let mut response = wire::DecideResponse {
            decision: Some(to_wire(&decision, order)),
            ..wire::DecideResponse::default()
        };
        if set.rules.iter().any(|rule| rule.kind == RuleKind::SensitiveInfo) {
            let note = ("sensitive_info".to_owned(), SENSITIVE_INFO_NOTE.to_owned());
            response.extra.extend([note]);
        }
        response
    }

    /// Takes note of a decision that a client reached by itself.
    pub fn report(&self, _site: Site, request: &wire::ReportRequest) {
        self.inner.reports.increment(1);
        let decision = request.decision.as_ref();
        tracing::debug!(
            id = decision.map_or("", |decision| decision.id.as_str()),
            conclusion = decision.map_or("", |decision| decision.conclusion().as_str_name()),
            "report"
        );
    }
}

/// SDKs expect details of the address in every decision; those of an address that nothing is known about are empty.
fn to_wire(decision: &Decision, order: impl Fn(usize) -> usize) -> wire::Decision {
    wire::Decision {
        ip_details: Some(
            decision
                .ip_details()
                .map_or_else(Default::default, ip_details_to_wire),
        ),
        ..decision_to_wire(decision, order)
    }
}

impl<S> Inner<S> {
    fn rule_set(&self, rules: &[wire::Rule], characteristics: &[String], site: &SiteRules) -> Arc<RuleSet> {
        let key = key(rules, characteristics, site);
        if let Some(set) = self.rule_sets.get(&*key) {
            return set;
        }
        let set = Arc::new(compile(rules, characteristics, site, &self.sandbox));
        self.rule_sets.insert(key.into(), Arc::clone(&set));
        set
    }
}

/// The bytes that tell rule sets apart: each rule and each characteristic with its length, and the number of the site's rules.
fn key(rules: &[wire::Rule], characteristics: &[String], site: &SiteRules) -> Vec<u8> {
    let mut key = Vec::with_capacity(64 * rules.len() + 16);
    for rule in rules {
        // Encoding into a Vec fails only for want of memory.
        let _ = rule.encode_length_delimited(&mut key);
    }
    for characteristic in characteristics {
        // No rule encodes to this length, so rules and characteristics can't be mistaken for each other.
        key.extend_from_slice(&[0xff; 10]);
        key.extend_from_slice(&(characteristic.len() as u64).to_le_bytes());
        key.extend_from_slice(characteristic.as_bytes());
    }
    if let Some(number) = site.number() {
        // No characteristic has this length.
        key.extend_from_slice(&[0xff; 10]);
        key.extend_from_slice(&u64::MAX.to_le_bytes());
        key.extend_from_slice(&number.to_le_bytes());
    }
    key
}

/// Where a rule of a request comes from.
#[derive(Clone, Copy)]
enum Source<'a> {
    Request(&'a wire::Rule),
    Site(&'a Rule),
}

/// Makes the rules of a client and of its site ready. A rule that can't work costs its own result only.
fn compile(rules: &[wire::Rule], characteristics: &[String], site: &SiteRules, sandbox: &Sandbox) -> RuleSet {
    let sources = rules
        .iter()
        .map(Source::Request)
        .chain(site.rules().iter().map(Source::Site));
    let sources: Vec<Source<'_>> = sources.collect();
    let mut faults: Vec<Option<ErrorReason>> = vec![None; sources.len()];
    if rules.len() > MOST_RULES {
        let error = ErrorReason::new(
            ErrorSource::Config,
            format!("{} rules; accepted: at most {MOST_RULES}", rules.len()),
        );
        faults[..rules.len()].fill(Some(error));
    }
    loop {
        match try_compile(&sources, characteristics, sandbox, &faults) {
            Ok(set) => return set,
            // Each round blames one more rule, or all of them, so the rounds end.
            Err((Some(position), error)) if faults.get(position).is_some_and(Option::is_none) => {
                faults[position] = Some(ErrorReason::new(ErrorSource::Config, error.to_string()));
            }
            Err((_, error)) => {
                let error = ErrorReason::new(ErrorSource::Config, error.to_string());
                let rules = sources
                    .iter()
                    .enumerate()
                    .map(|(position, source)| source.placeholder(position, error.clone()));
                return RuleSet {
                    rules: rules.collect(),
                    local: None,
                    plans: Vec::new(),
                    characteristics: Vec::new(),
                };
            }
        }
    }
}

fn try_compile(
    sources: &[Source<'_>],
    characteristics: &[String],
    sandbox: &Sandbox,
    faults: &[Option<ErrorReason>],
) -> Result<RuleSet, (Option<usize>, ConfigError)> {
    let mut assembly = Assembly::new(characteristics).map_err(|error| (None, error))?;
    for (position, (source, fault)) in sources.iter().zip(faults).enumerate() {
        let compiled = match (fault, source.rule()) {
            (Some(fault), _) => source.placeholder(position, fault.clone()),
            (None, FromWire::Rule(rule)) => {
                let mut compiled = assembly
                    .rule(rule, position)
                    .map_err(|error| (Some(position), error))?;
                if matches!(source, Source::Site(_)) {
                    compiled.id = compiled.id.map(RuleId::of_site);
                }
                compiled
            }
            (None, FromWire::Unanswered(kind, mode)) => CompiledRule {
                id: None,
                kind,
                mode,
                plan: 0,
                position,
                judge: Judge::Unanswered,
                source: None,
            },
            (None, FromWire::Faulty(_, _, error)) => source.placeholder(position, error),
        };
        assembly.rules.push(compiled);
    }
    assembly.finish(sandbox)
}

impl Source<'_> {
    fn rule(self) -> FromWire {
        match self {
            Self::Request(rule) => rule_from_wire(rule),
            Self::Site(rule) => FromWire::Rule(rule.clone()),
        }
    }

    /// A rule that has only an error to show.
    fn placeholder(self, position: usize, error: ErrorReason) -> CompiledRule {
        let (kind, mode) = match self.rule() {
            FromWire::Rule(rule) => (rule.kind(), rule.mode()),
            FromWire::Unanswered(kind, mode) | FromWire::Faulty(kind, mode, _) => (kind, mode),
        };
        CompiledRule {
            id: None::<RuleId>,
            kind,
            mode,
            plan: 0,
            position,
            judge: Judge::Faulty(error),
            source: None,
        }
    }
}
