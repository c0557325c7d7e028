//! The rules that need nothing but the request: the bundled ones in one call into the sandbox, then the application's own.

use std::net::IpAddr;

use smallvec::SmallVec;

use super::{Evaluation, fail, settle};
use crate::cache::content_rule_ttl;
use crate::client_ip::ClientIp;
#[cfg(feature = "custom-rules")]
use crate::decision::CustomReason;
use crate::decision::{BotReason, Conclusion, ErrorReason, ErrorSource, Reason, RuleState};
use crate::rule::{DetectorFault, Judge, Rule};
use crate::sandbox::{ApplicationFind, Fault, LocalRules, Outcome, Sandbox};
use crate::verification::{BotVerifier, Verdict};

/// What the application's detectors have to say.
#[derive(Debug, Default)]
struct Detected {
    found: Vec<ApplicationFind>,
    /// The rules, by index, whose detectors failed.
    faults: SmallVec<[(usize, DetectorFault); 1]>,
}

impl Evaluation<'_> {
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
                        self.questions.bots.push((index, masks));
                    }
                    let ttl = match conclusion {
                        Conclusion::Deny => content_rule_ttl(rule.kind),
                        _ => 0,
                    };
                    if let Some(domain) = mail_domain {
                        self.questions.mail_domains.push((index, domain));
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

fn sandbox_error(fault: Fault) -> ErrorReason {
    ErrorReason::new(ErrorSource::Sandbox, fault.to_string())
}
