//! One request on its way through a rule set: what is known so far, and what follows from it.

mod local;

use std::mem;

use smallvec::SmallVec;

use crate::cache::DenyCache;
#[cfg(feature = "wire")]
use crate::cache::client_cache_ttl;
use crate::client_ip::ClientIp;
use crate::decision::{
    AnswerPolicy, Conclusion, Decision, DecisionId, DecisionParts, ErrorReason, ErrorSource, LazyDetails,
    RateLimitReason, Reason, RuleResult, RuleState, SuspicionPoints,
};
use crate::fingerprint::{self, Fingerprint, FingerprintPlan, MissingValue};
use crate::limit::{LimitOutcome, Quota};
use crate::reputation::Reputation;
use crate::request::RequestDetails;
#[cfg(feature = "dns")]
use crate::rule::EmailType;
use crate::rule::{CompiledRule, Mode, RuleSet};
#[cfg(feature = "wire")]
use crate::rule::{Judge, RuleKind};
use crate::time::Timestamp;

/// A request under judgement.
#[derive(Debug)]
pub(crate) struct Evaluation<'a> {
    pub(crate) set: &'a RuleSet,
    pub(crate) request: &'a RequestDetails,
    pub(crate) ip: Option<ClientIp>,
    /// What is known about the address, by the tables as they are now.
    pub(crate) ip_details: LazyDetails,
    /// One for each plan of the set.
    fingerprints: SmallVec<[Result<Fingerprint, MissingValue>; 2]>,
    /// One for each rule of the set, in its order.
    pub(crate) results: Vec<RuleResult>,
    pub(crate) questions: Questions,
}

/// What only the DNS can tell about a request.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    /// The rules, by index, that have yet to learn whether a domain accepts mail.
    pub(crate) mail_domains: SmallVec<[(usize, String); 1]>,
    /// The rules, by index, whose bot is itself if its address has a name that fits one of the masks.
    pub(crate) bots: SmallVec<[(usize, &'static [String]); 1]>,
}

/// What the DNS told, with certainty.
#[cfg(feature = "dns")]
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// The rules, by index, whose domain takes no mail.
    pub(crate) no_mail: SmallVec<[usize; 1]>,
    /// The rules, by index, whose bot is itself or is not.
    pub(crate) bots: SmallVec<[(usize, bool); 1]>,
}

/// An evaluation without what it is about, to be gone on with elsewhere.
#[cfg(feature = "replay")]
#[derive(Debug)]
pub(crate) struct Paused {
    ip: Option<ClientIp>,
    ip_details: LazyDetails,
    fingerprints: SmallVec<[Result<Fingerprint, MissingValue>; 2]>,
    results: Vec<RuleResult>,
    pub(crate) questions: Questions,
}

#[cfg(feature = "replay")]
impl Paused {
    /// The client's address.
    #[cfg(feature = "dns")]
    pub(crate) fn ip(&self) -> Option<std::net::IpAddr> {
        self.ip.as_ref().and_then(ClientIp::ip)
    }
}

impl<'a> Evaluation<'a> {
    /// Begins with who the request is counted for; no rule has run yet.
    pub(crate) fn new(
        set: &'a RuleSet,
        request: &'a RequestDetails,
        ip: Option<ClientIp>,
        reputation: &Reputation,
    ) -> Self {
        let ip_details = ip
            .as_ref()
            .and_then(ClientIp::ip)
            .map_or_else(LazyDetails::default, |ip| reputation.details_of(ip));
        let fingerprints = fingerprints(&set.plans, request, ip.as_ref());
        let results = set
            .rules
            .iter()
            .map(|rule| RuleResult {
                rule_id: rule.id,
                rule: rule.kind,
                state: RuleState::NotRun,
                conclusion: Conclusion::Allow,
                reason: Reason::None,
                ttl: 0,
                fingerprint: fingerprints
                    .get(rule.plan)
                    .and_then(|found| found.as_ref().ok())
                    .copied(),
            })
            .collect();
        Self {
            set,
            request,
            ip,
            ip_details,
            fingerprints,
            results,
            questions: Questions::default(),
        }
    }

    /// Lets go of the set and the request.
    #[cfg(feature = "replay")]
    pub(crate) fn pause(self) -> Paused {
        Paused {
            ip: self.ip,
            ip_details: self.ip_details,
            fingerprints: self.fingerprints,
            results: self.results,
            questions: self.questions,
        }
    }

    /// Goes on with the same set and request.
    #[cfg(feature = "replay")]
    pub(crate) fn resume(set: &'a RuleSet, request: &'a RequestDetails, paused: Paused) -> Self {
        Self {
            set,
            request,
            ip: paused.ip,
            ip_details: paused.ip_details,
            fingerprints: paused.fingerprints,
            results: paused.results,
            questions: paused.questions,
        }
    }

    /// Looks for a denial that still holds. If there is one the request is decided, and no other rule runs.
    pub(crate) fn recall(&mut self, cache: &DenyCache, now: Timestamp) -> bool {
        if cache.is_idle(now) {
            return false;
        }
        for (rule, result) in self.set.rules.iter().zip(&mut self.results) {
            let (Some(id), Some(fingerprint), Mode::Live) = (&rule.id, &result.fingerprint, rule.mode) else {
                continue;
            };
            let key = cache.key(id, rule.kind, fingerprint, self.request);
            if let Some((reason, ttl)) = cache.get(&key, now) {
                result.state = RuleState::Cached;
                result.conclusion = Conclusion::Deny;
                result.reason = reason;
                result.ttl = ttl;
                return true;
            }
        }
        false
    }

    /// Remembers the denials that may be remembered.
    pub(crate) fn remember(&self, cache: &DenyCache, now: Timestamp) {
        for (rule, result) in self.set.rules.iter().zip(&self.results) {
            if let (Some(id), Some(fingerprint), true) = (&rule.id, &result.fingerprint, result.denies()) {
                cache.keep(cache.key(id, rule.kind, fingerprint, self.request), result, now);
            }
        }
    }

    /// Lets denials hold in the caches of clients as the official SDKs let their own hold.
    #[cfg(feature = "wire")]
    pub(crate) fn hold_for_clients(&mut self) {
        for result in &mut self.results {
            if result.denies() {
                result.ttl = client_cache_ttl(result.rule);
            }
        }
    }

    /// Takes over what the DNS told.
    #[cfg(feature = "dns")]
    pub(crate) fn settle_questions(&mut self, answers: Answers) {
        for index in answers.no_mail {
            if let Some(result) = self.results.get_mut(index)
                && let Reason::Email(email) = &mut result.reason
            {
                email.denied.push(EmailType::NoMxRecords);
                result.conclusion = Conclusion::Deny;
            }
        }
        for (index, verified) in answers.bots {
            if let Some(result) = self.results.get_mut(index)
                && let Reason::Bot(bot) = &mut result.reason
            {
                bot.verified = verified;
                bot.spoofed = !verified;
            }
        }
    }

    /// Whether a result refuses the request.
    pub(crate) fn is_denied(&self) -> bool {
        self.results.iter().any(RuleResult::denies)
    }

    /// Gives every rule that nobody can judge its error or its place among those that did not run.
    #[cfg(feature = "wire")]
    pub(crate) fn settle_faulty(&mut self) {
        for (rule, result) in self.set.rules.iter().zip(&mut self.results) {
            if let Judge::Faulty(error) = &rule.judge {
                fail(result, rule.mode, error.clone());
            }
        }
    }

    /// Refuses to judge a text that should not have left the client.
    #[cfg(feature = "wire")]
    pub(crate) fn refuse_sensitive_text(&mut self) {
        for (rule, result) in self.set.rules.iter().zip(&mut self.results) {
            if rule.kind == RuleKind::SensitiveInfo {
                let problem = "sensitive information is judged by the client: do not send the text";
                fail(result, rule.mode, ErrorReason::new(ErrorSource::Request, problem));
            }
        }
    }

    /// The fingerprint of a rule, or the error that it has none.
    pub(crate) fn fingerprint(&self, rule: &CompiledRule) -> Result<Fingerprint, ErrorReason> {
        match self.fingerprints.get(rule.plan) {
            Some(Ok(fingerprint)) => Ok(*fingerprint),
            Some(Err(missing)) => Err(ErrorReason::new(ErrorSource::Request, missing.to_string())),
            None => Err(ErrorReason::new(ErrorSource::Request, "no fingerprint")),
        }
    }

    /// Takes a store's word about the limit at `index`.
    pub(crate) fn settle_limit(&mut self, index: usize, outcome: &LimitOutcome) {
        let (Some(rule), Some(result)) = (self.set.rules.get(index), self.results.get_mut(index)) else {
            return;
        };
        let reason = Reason::RateLimit(RateLimitReason {
            max: outcome.max,
            remaining: outcome.remaining,
            reset: outcome.reset,
            window: outcome.window,
        });
        let conclusion = if outcome.allowed {
            Conclusion::Allow
        } else {
            Conclusion::Deny
        };
        settle(result, rule.mode, conclusion, reason, outcome.retry_ttl);
    }

    /// The points that the request adds to those of its client by the rule at `index`, and what they are held against; `None` if
    /// the rule keeps none, or the request adds none.
    pub(crate) fn suspicion(&self, index: usize) -> Option<(Quota, u32)> {
        match self.results.get(index)? {
            RuleResult {
                conclusion: Conclusion::Allow,
                reason: Reason::Shield(shield),
                ..
            } if shield.score > 0 => Some((self.set.rules.get(index)?.suspicion()?, shield.score)),
            _ => None,
        }
    }

    /// Takes a store's word about the points of the client by the rule at `index`.
    pub(crate) fn settle_suspicion(&mut self, index: usize, outcome: &LimitOutcome) {
        if let Some(result) = self.results.get_mut(index)
            && let Reason::Shield(shield) = &mut result.reason
        {
            shield.points = Some(SuspicionPoints {
                collected: outcome.max - outcome.remaining.min(outcome.max),
                max: outcome.max,
                reset: outcome.reset,
                window: outcome.window,
            });
            if !outcome.allowed {
                shield.suspicious = true;
                result.conclusion = Conclusion::Deny;
            }
        }
    }

    /// Notes that the rule at `index` could not be judged.
    pub(crate) fn fail(&mut self, index: usize, error: ErrorReason) {
        if let (Some(rule), Some(result)) = (self.set.rules.get(index), self.results.get_mut(index)) {
            fail(result, rule.mode, error);
        }
    }

    /// Concludes: the first refusal in the order of rules wins; failing that an error of a live rule; failing that
    /// the request is allowed.
    ///
    /// Takes what the decision is made of out of the evaluation, which is large to move.
    pub(crate) fn conclude(&mut self, id: DecisionId, answers: AnswerPolicy) -> Decision {
        let results = &self.results;
        let denial = || results.iter().position(RuleResult::denies);
        let error = || {
            results.iter().position(|result| {
                result.conclusion == Conclusion::Error && result.state != RuleState::DryRun
            })
        };
        let (conclusion, deciding) = if let Some(denial) = denial() {
            (Conclusion::Deny, Some(denial))
        } else if let Some(error) = error() {
            (Conclusion::Error, Some(error))
        } else {
            (Conclusion::Allow, nearest_limit(results))
        };
        let ttl = match (conclusion, deciding) {
            (Conclusion::Deny, Some(denial)) => results[denial].ttl,
            _ => 0,
        };
        DecisionParts {
            id,
            conclusion,
            deciding,
            results: mem::take(&mut self.results),
            ttl,
            client_ip: self.ip.take(),
            ip_details: mem::take(&mut self.ip_details),
            answers,
        }
        .into()
    }
}

/// One for each of `plans`.
fn fingerprints(
    plans: &[FingerprintPlan],
    request: &RequestDetails,
    ip: Option<&ClientIp>,
) -> SmallVec<[Result<Fingerprint, MissingValue>; 2]> {
    if let Some(ip) = ip.and_then(ClientIp::not_given_as_text)
        && plans.iter().all(FingerprintPlan::is_address)
    {
        return plans
            .iter()
            .map(|_| Ok(fingerprint::address::fingerprint(ip)))
            .collect();
    }
    let digest = |address: &str| {
        plans
            .iter()
            .map(|plan| plan.fingerprint(request, address))
            .collect()
    };
    match ip {
        Some(ip) => ip.with_text(digest),
        None => digest(""),
    }
}

/// The live rate limit that is nearest to its end: least remaining, then soonest reset, then the smaller one.
fn nearest_limit(results: &[RuleResult]) -> Option<usize> {
    let limits = results
        .iter()
        .enumerate()
        .filter_map(|(index, result)| match &result.reason {
            Reason::RateLimit(limit) if result.state == RuleState::Run => Some((index, limit)),
            _ => None,
        });
    limits
        .min_by_key(|(_, limit)| (limit.remaining, limit.reset, limit.max))
        .map(|(index, _)| index)
}

fn settle(result: &mut RuleResult, mode: Mode, conclusion: Conclusion, reason: Reason, ttl: u32) {
    result.state = state_of(mode);
    result.conclusion = conclusion;
    result.reason = reason;
    // A dry run's denial holds for nothing.
    result.ttl = if mode == Mode::Live { ttl } else { 0 };
}

fn fail(result: &mut RuleResult, mode: Mode, error: ErrorReason) {
    settle(result, mode, Conclusion::Error, Reason::Error(error), 0);
}

fn state_of(mode: Mode) -> RuleState {
    match mode {
        Mode::Live => RuleState::Run,
        Mode::DryRun => RuleState::DryRun,
    }
}
