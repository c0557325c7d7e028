//! One request on its way through a rule set: what is known so far, and what follows from it.

use std::net::IpAddr;

use smallvec::SmallVec;

#[cfg(feature = "wire")]
use crate::cache::client_cache_ttl;
use crate::cache::{DenyCache, content_rule_ttl};
use crate::client_ip::ClientIp;
#[cfg(feature = "custom-rules")]
use crate::decision::CustomReason;
use crate::decision::{
    BotReason, Conclusion, Decision, DecisionId, DecisionParts, ErrorReason, ErrorSource, FailPolicy,
    LazyDetails, RateLimitReason, Reason, RuleResult, RuleState, SuspicionPoints,
};
use crate::fingerprint::{Fingerprint, MissingValue};
use crate::limit::{LimitOutcome, Quota};
use crate::reputation::Reputation;
use crate::request::RequestDetails;
#[cfg(feature = "dns")]
use crate::rule::EmailType;
#[cfg(feature = "wire")]
use crate::rule::RuleKind;
use crate::rule::{CompiledRule, DetectorFault, Judge, Mode, Rule, RuleSet};
use crate::sandbox::{ApplicationFind, Fault, LocalRules, Outcome, Sandbox};
use crate::time::Timestamp;
use crate::verification::{BotVerifier, Verdict};

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
    /// The rules, by index, that have yet to learn whether a domain accepts mail.
    pub(crate) mail_domains: SmallVec<[(usize, String); 1]>,
    /// The rules, by index, whose bot is itself if its address has a name that fits one of the masks.
    pub(crate) unconfirmed_bots: SmallVec<[(usize, &'static [String]); 1]>,
}

/// What the application's detectors have to say.
#[derive(Debug, Default)]
struct Detected {
    found: Vec<ApplicationFind>,
    /// The rules, by index, whose detectors failed.
    faults: SmallVec<[(usize, DetectorFault); 1]>,
}

/// An evaluation without what it is about, to be gone on with elsewhere.
#[cfg(feature = "replay")]
#[derive(Debug)]
pub(crate) struct Paused {
    ip: Option<ClientIp>,
    ip_details: LazyDetails,
    fingerprints: SmallVec<[Result<Fingerprint, MissingValue>; 2]>,
    results: Vec<RuleResult>,
    mail_domains: SmallVec<[(usize, String); 1]>,
    unconfirmed_bots: SmallVec<[(usize, &'static [String]); 1]>,
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
        let address = ip.as_ref().map_or("", ClientIp::as_str);
        let fingerprints: SmallVec<[_; 2]> = set
            .plans
            .iter()
            .map(|plan| plan.fingerprint(request, address))
            .collect();
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
            mail_domains: SmallVec::new(),
            unconfirmed_bots: SmallVec::new(),
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
            mail_domains: self.mail_domains,
            unconfirmed_bots: self.unconfirmed_bots,
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
            mail_domains: paused.mail_domains,
            unconfirmed_bots: paused.unconfirmed_bots,
        }
    }

    /// Looks for a denial that still holds. If there is one the request is decided, and no other rule runs.
    pub(crate) fn recall(&mut self, cache: &DenyCache, now: Timestamp) -> bool {
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

    /// Runs the local rules, in one call into the sandbox. Says whether one of them denies.
    pub(crate) fn judge_locally(&mut self, sandbox: &Sandbox) -> bool {
        if let Some(local) = &self.set.local {
            self.judge_bundled(local, sandbox);
        }
        #[cfg(feature = "custom-rules")]
        self.judge_custom();
        self.fail_late_body();
        self.is_denied()
    }

    /// Runs the bundled rules on a request whose body is still to come. Says whether one of them denies; anything else
    /// that they say is not the last word.
    pub(crate) fn judge_head(&mut self, sandbox: &Sandbox) -> bool {
        if let Some(local) = &self.set.local {
            self.judge_bundled(local, sandbox);
        }
        self.is_denied()
    }

    /// Takes back what rules that read bodies allowed without having seen the body.
    fn fail_late_body(&mut self) {
        let Some(deadline) = self.request.missed_deadline() else {
            return;
        };
        for (rule, result) in self.set.rules.iter().zip(&mut self.results) {
            if rule.reads_body()
                && result.conclusion == Conclusion::Allow
                && result.state != RuleState::NotRun
            {
                let message = format!("the body did not come within {deadline:?}");
                fail(result, rule.mode, ErrorReason::new(ErrorSource::Request, message));
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

    /// Runs the bundled rules.
    fn judge_bundled(&mut self, local: &LocalRules, sandbox: &Sandbox) {
        let ip = self.ip.as_ref().and_then(ClientIp::ip);
        let Detected { found, faults } = self.detect();
        let details = if local.reads_ip_details() {
            self.ip_details.get()
        } else {
            None
        };
        let outcomes = sandbox.judge(local, self.request, ip, details, &found);
        let mut outcomes = match outcomes {
            Ok(outcomes) => Ok(outcomes.into_iter()),
            Err(fault) => Err(fault),
        };
        for (index, (rule, result)) in self.set.rules.iter().zip(&mut self.results).enumerate() {
            if !matches!(rule.judge, Judge::Local) {
                continue;
            }
            match &mut outcomes {
                Ok(outcomes) => {
                    // They end after a live denial; the rules behind it did not run.
                    let Some(outcome) = outcomes.next() else {
                        break;
                    };
                    let Outcome {
                        conclusion,
                        mut reason,
                        mail_domain,
                    } = outcome;
                    if let (Reason::Bot(bot), Some(ip)) = (&mut reason, ip)
                        && let Some(masks) = verify(bot, ip)
                    {
                        self.unconfirmed_bots.push((index, masks));
                    }
                    let ttl = match conclusion {
                        Conclusion::Deny => content_rule_ttl(rule.kind),
                        _ => 0,
                    };
                    if let Some(domain) = mail_domain {
                        self.mail_domains.push((index, domain));
                    }
                    settle(result, rule.mode, conclusion, reason, ttl);
                    // What else was found may be enough for a denial; for an allowance it isn't.
                    if let (Some((_, fault)), true) = (
                        faults.iter().find(|(at, _)| *at == index),
                        result.conclusion == Conclusion::Allow,
                    ) {
                        let error = ErrorReason::new(ErrorSource::Application, fault.to_string());
                        fail(result, rule.mode, error);
                    }
                }
                Err(fault) => fail(result, rule.mode, sandbox_error(*fault)),
            }
        }
    }

    /// Has the application's detectors search the text, if there are any.
    fn detect(&self) -> Detected {
        let mut detected = Detected::default();
        let Some(text) = self.request.sensitive_text() else {
            return detected;
        };
        let local = self.set.rules.iter().enumerate();
        let local = local.filter(|(_, rule)| matches!(rule.judge, Judge::Local));
        for (place, (index, rule)) in (0..).zip(local) {
            for detector in rule.source.iter().flat_map(Rule::detectors) {
                match detector.find(text) {
                    Ok(found) => detected.found.extend(
                        found
                            .into_iter()
                            .map(|find| ApplicationFind { rule: place, find }),
                    ),
                    Err(fault) => {
                        tracing::warn!(%fault, "a detector of the application failed");
                        detected.faults.push((index, fault));
                    }
                }
            }
        }
        detected
    }

    /// Runs the application's own rules, in their order, up to the first denial.
    #[cfg(feature = "custom-rules")]
    fn judge_custom(&mut self) {
        let ip = self.ip.as_ref().and_then(ClientIp::ip);
        for index in 0..self.set.rules.len() {
            let rule = &self.set.rules[index];
            let Judge::Custom(custom) = &rule.judge else {
                continue;
            };
            if self.is_denied() {
                return;
            }
            match custom.judge(self.request, ip) {
                Ok(verdict) => {
                    let (conclusion, ttl) = match verdict.denied {
                        true => (Conclusion::Deny, verdict.ttl),
                        false => (Conclusion::Allow, 0),
                    };
                    let reason = Reason::Custom(CustomReason {
                        rule: custom.name().to_owned(),
                        message: verdict.reason,
                    });
                    settle(&mut self.results[index], rule.mode, conclusion, reason, ttl);
                }
                Err(fault) => fail(&mut self.results[index], rule.mode, sandbox_error(fault)),
            }
        }
    }

    /// Takes note that the domain of the e-mail address at `index` takes no mail.
    #[cfg(feature = "dns")]
    pub(crate) fn deny_mail(&mut self, index: usize) {
        if let Some(result) = self.results.get_mut(index)
            && let Reason::Email(email) = &mut result.reason
        {
            email.denied.push(EmailType::NoMxRecords);
            result.conclusion = Conclusion::Deny;
        }
    }

    /// Takes note whether the bot at `index` is what it says it is.
    #[cfg(feature = "dns")]
    pub(crate) fn verify_bot(&mut self, index: usize, verified: bool) {
        if let Some(result) = self.results.get_mut(index)
            && let Reason::Bot(bot) = &mut result.reason
        {
            bot.verified = verified;
            bot.spoofed = !verified;
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
    pub(crate) fn conclude(self, id: DecisionId, fail_policy: FailPolicy) -> Decision {
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
            results: self.results,
            ttl,
            client_ip: self.ip,
            ip_details: self.ip_details,
            fail_policy,
        }
        .into()
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

/// Compares the client's address with what the operators of the detected bots publish. Where host names have to decide, it
/// returns the masks that they must fit.
fn verify(bot: &mut BotReason, ip: IpAddr) -> Option<&'static [String]> {
    let verifier = BotVerifier::bundled();
    let mut masks = None;
    for id in bot.allowed.iter().chain(&bot.denied) {
        match verifier.by_address(id, ip) {
            Verdict::Verified => bot.verified = true,
            Verdict::Spoofed => bot.spoofed = true,
            Verdict::NeedsDns(wanted) => masks = Some(wanted),
            Verdict::Unverifiable => {}
        }
    }
    // Who is one bot for certain and says it is another one as well is not both.
    bot.verified &= !bot.spoofed;
    masks.filter(|_| !bot.verified && !bot.spoofed)
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

fn sandbox_error(fault: Fault) -> ErrorReason {
    ErrorReason::new(ErrorSource::Sandbox, fault.to_string())
}
