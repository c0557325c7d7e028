//! What there is to say about a whole replay.

mod histogram;
mod print;

use std::collections::BTreeMap;
use std::time::Duration;

use arcjet_engine::{Conclusion, Decision, Reason, RuleState};
use serde::Serialize;

use super::output;
use super::rules::RuleInfo;
use super::{Complaint, ComplaintKind};
use histogram::Histogram;

/// The summary of a replay. Prints as tables.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// How many records were judged.
    pub records: u64,
    /// What was concluded about them.
    pub conclusions: Conclusions,
    /// How many records could not be read, lines that were too long and inputs that ended in the middle among them.
    pub bad: u64,
    /// How many records were well-formed, but no requests that rules could be asked about.
    pub skipped: u64,
    /// How many inputs could not be read, or not to their end.
    pub unreadable_inputs: u64,
    /// Whether at least one input could be read.
    pub readable: bool,
    /// How many records had no client address.
    pub without_ip: u64,
    /// How many records had no time, and count as made at the time of the record before them.
    pub without_time: u64,
    /// How many counts limits forgot before their time.
    pub limit_evictions: u64,
    /// The rules, in the order in which they are judged.
    pub rules: Vec<RuleSummary>,
    /// From the first record to the last, in seconds.
    pub seconds: f64,
    /// How many threads judged.
    pub threads: usize,
    /// The processor time of a record: reading it, judging it by the local rules and writing the decision, in microseconds.
    pub cpu_microseconds: Percentiles,
}

/// How many records there were of each conclusion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub struct Conclusions {
    /// Nothing spoke against them.
    pub allow: u64,
    /// A live rule denied them.
    pub deny: u64,
    /// A live rule could not judge them.
    pub error: u64,
}

/// What one rule said.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RuleSummary {
    /// The place of its table in the file, from 0.
    pub rule: usize,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `LIVE` or `DRY_RUN`.
    pub mode: &'static str,
    /// What it concluded; of a dry run, what it would have.
    pub conclusions: Conclusions,
    /// How many records it was not asked about, because a rule before it had denied them.
    pub not_run: u64,
    /// Why it denied, and how often: detectors, bots, types, expressions.
    pub denied_for: BTreeMap<String, u64>,
    /// Why it could not judge, and how often.
    pub errors: BTreeMap<String, u64>,
}

/// Values below which a part of all lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Percentiles {
    /// Half.
    pub p50: f64,
    /// 99 of 100.
    pub p99: f64,
    /// All.
    pub max: f64,
}

/// Counts while records are judged.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    conclusions: Conclusions,
    rules: Vec<RuleSummary>,
    bad: u64,
    skipped: u64,
    unreadable: u64,
    without_ip: u64,
    without_time: u64,
    cpu: Histogram,
    pub(super) readable: bool,
    pub(super) evictions: u64,
}

impl Conclusions {
    fn add(&mut self, conclusion: Conclusion) {
        match conclusion {
            Conclusion::Allow => self.allow += 1,
            Conclusion::Deny | Conclusion::Challenge => self.deny += 1,
            _ => self.error += 1,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.allow += other.allow;
        self.deny += other.deny;
        self.error += other.error;
    }

    fn sum(&self) -> u64 {
        self.allow + self.deny + self.error
    }
}

impl Tally {
    pub(super) fn new(rules: &[RuleInfo]) -> Self {
        let rule = |rule: &RuleInfo| RuleSummary {
            rule: rule.table,
            kind: rule.kind.as_str(),
            mode: output::mode(rule.mode),
            conclusions: Conclusions::default(),
            not_run: 0,
            denied_for: BTreeMap::new(),
            errors: BTreeMap::new(),
        };
        Self {
            conclusions: Conclusions::default(),
            rules: rules.iter().map(rule).collect(),
            bad: 0,
            skipped: 0,
            unreadable: 0,
            without_ip: 0,
            without_time: 0,
            cpu: Histogram::default(),
            readable: false,
            evictions: 0,
        }
    }

    pub(super) fn count(&mut self, decision: &Decision) {
        self.conclusions.add(decision.conclusion());
        for (rule, result) in self.rules.iter_mut().zip(decision.results()) {
            if result.state() == RuleState::NotRun {
                rule.not_run += 1;
                continue;
            }
            rule.conclusions.add(result.conclusion());
            match (result.conclusion(), result.reason()) {
                (_, Reason::Error(error)) => add(&mut rule.errors, &error.message),
                (Conclusion::Deny, reason) => causes(reason, |cause| add(&mut rule.denied_for, cause)),
                _ => {}
            }
        }
    }

    pub(super) fn without(&mut self, ip: bool, time: bool) {
        self.without_ip += u64::from(ip);
        self.without_time += u64::from(time);
    }

    pub(super) fn spend(&mut self, time: Duration) {
        self.cpu.add(time);
    }

    pub(super) fn complaint(&mut self, complaint: &Complaint) {
        match complaint.kind {
            ComplaintKind::Bad => self.bad += 1,
            ComplaintKind::Skipped => self.skipped += 1,
            ComplaintKind::Unreadable => self.unreadable += 1,
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.conclusions.merge(&other.conclusions);
        for (rule, other) in self.rules.iter_mut().zip(&other.rules) {
            rule.conclusions.merge(&other.conclusions);
            rule.not_run += other.not_run;
            for (counts, others) in [
                (&mut rule.denied_for, &other.denied_for),
                (&mut rule.errors, &other.errors),
            ] {
                for (cause, count) in others {
                    *counts.entry(cause.clone()).or_default() += count;
                }
            }
        }
        self.bad += other.bad;
        self.skipped += other.skipped;
        self.unreadable += other.unreadable;
        self.without_ip += other.without_ip;
        self.without_time += other.without_time;
        self.cpu.merge(&other.cpu);
        self.readable |= other.readable;
        self.evictions += other.evictions;
    }

    pub(super) fn finish(self, time: Duration, threads: usize) -> Summary {
        Summary {
            records: self.conclusions.sum(),
            conclusions: self.conclusions,
            bad: self.bad,
            skipped: self.skipped,
            unreadable_inputs: self.unreadable,
            readable: self.readable,
            without_ip: self.without_ip,
            without_time: self.without_time,
            limit_evictions: self.evictions,
            rules: self.rules,
            seconds: time.as_secs_f64(),
            threads,
            cpu_microseconds: self.cpu.percentiles(),
        }
    }
}

/// Different causes are bounded by what rules can say; texts of errors are not, should they ever hold what clients send.
const MOST_CAUSES: usize = 10_000;

fn add(counts: &mut BTreeMap<String, u64>, cause: &str) {
    if let Some(count) = counts.get_mut(cause) {
        *count += 1;
    } else if counts.len() < MOST_CAUSES {
        counts.insert(cause.to_owned(), 1);
    }
}

/// What made a rule deny.
fn causes(reason: &Reason, mut each: impl FnMut(&str)) {
    match reason {
        Reason::Shield(shield) if shield.suspicious => each("suspicion"),
        Reason::Shield(shield) => {
            for (place, found) in shield.detections.iter().enumerate() {
                // One detector may find many things in one request.
                if shield.detections[..place]
                    .iter()
                    .all(|before| before.detector != found.detector)
                {
                    each(&found.detector);
                }
            }
        }
        Reason::Bot(bot) => bot.denied.iter().for_each(|bot| each(bot)),
        Reason::Email(email) => email.denied.iter().for_each(|kind| each(kind.as_str())),
        Reason::SensitiveInfo(info) => info.denied.iter().for_each(|span| each(&span.entity)),
        Reason::Filter(filter) => filter.matched.iter().for_each(|expression| each(expression)),
        Reason::PromptInjection(found) => found.signals.iter().for_each(|signal| each(signal)),
        Reason::RateLimit(_) => each("limit used up"),
        _ => {}
    }
}
