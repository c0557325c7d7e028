//! The decider inside this process; the decision server runs the same code over its own store.

use std::net::{IpAddr, Ipv6Addr};

use smallvec::SmallVec;

use super::fail_all;
use crate::decision::{ErrorReason, ErrorSource};
use crate::error::ConfigError;
use crate::evaluation::Evaluation;
use crate::fingerprint;
use crate::limit::{LimitCheck, LimitKey, LimitOutcomes, LimitStore, MemoryStore, Quota, StoreError};
use crate::rule::{CompiledRule, Judge, Mode};
use crate::time::Timestamp;

/// Answers rate limits from a store.
#[derive(Debug)]
pub(crate) struct Embedded<S> {
    store: S,
    ipv6_prefix: u8,
}

/// The length of the prefix by which limits count IPv6 clients: what one subscriber is given (RFC 6177, RFC 7934).
pub(crate) const IPV6_PREFIX: u8 = 64;

impl<S: LimitStore> Embedded<S> {
    pub(crate) fn new(store: S, ipv6_prefix: u8) -> Result<Self, ConfigError> {
        if !(16..=128).contains(&ipv6_prefix) {
            return Err(ConfigError::new(
                "ipv6_prefix",
                format!("/{ipv6_prefix}"),
                "16 to 128",
            ));
        }
        Ok(Self { store, ipv6_prefix })
    }

    /// The store, for limits of something else than a request.
    #[cfg(any(feature = "replay", feature = "wire"))]
    pub(crate) fn store(&self) -> &S {
        &self.store
    }

    /// Checks all limits of the evaluation at once, unless the points of the client already deny it. `site` keeps the
    /// counters of different applications apart.
    pub(crate) async fn decide(&self, evaluation: &mut Evaluation<'_>, now: Timestamp, site: u128) {
        self.suspect(evaluation, now, site).await;
        if let Some(asked) = self.limits(evaluation, site) {
            asked.settle_limits(self.store.check(&asked.checks, now).await, evaluation);
        }
    }

    /// Adds up the points of a client whose requests look like attacks, for the rules that ask for it.
    ///
    /// This comes before limits and by itself: a request that is denied here must not count for them, and one that a limit
    /// denies is no less suspicious.
    pub(crate) async fn suspect(&self, evaluation: &mut Evaluation<'_>, now: Timestamp, site: u128) {
        if let Some(asked) = self.suspicions(evaluation, site) {
            asked.settle_suspicions(self.store.check(&asked.checks, now).await, evaluation);
        }
    }

    /// The points to add. An innocent request has none, and the store isn't asked.
    fn suspicions(&self, evaluation: &mut Evaluation<'_>, site: u128) -> Option<Asked> {
        let mut asked = Asked::default();
        for index in 0..evaluation.set.rules.len() {
            let Some((quota, requested)) = evaluation.suspicion(index) else {
                continue;
            };
            let rule = &evaluation.set.rules[index];
            match self.key(evaluation, rule, site) {
                Ok(key) => asked.add(index, key, quota, requested, rule.mode),
                Err(error) => evaluation.fail(index, error),
            }
        }
        asked.if_any()
    }

    /// The limits to check; none if the request is denied already.
    fn limits(&self, evaluation: &mut Evaluation<'_>, site: u128) -> Option<Asked> {
        if evaluation.is_denied() {
            return None;
        }
        let mut asked = Asked::default();
        for index in 0..evaluation.set.rules.len() {
            let rule = &evaluation.set.rules[index];
            let Judge::Limit(quota) = rule.judge else { continue };
            match self
                .key(evaluation, rule, site)
                .and_then(|key| Ok((key, evaluation.request.requested_of(&quota)?)))
            {
                Ok((key, requested)) => asked.add(index, key, quota, requested, rule.mode),
                Err(error) => evaluation.fail(index, error),
            }
        }
        asked.if_any()
    }

    /// Who a limit counts the request for: the rule and the fingerprint, with IPv6 clients taken by their prefix.
    fn key(
        &self,
        evaluation: &Evaluation<'_>,
        rule: &CompiledRule,
        site: u128,
    ) -> Result<LimitKey, ErrorReason> {
        let mut fingerprint = evaluation.fingerprint(rule)?;
        let plan = &evaluation.set.plans[rule.plan];
        let address = evaluation.ip.as_ref().and_then(|ip| ip.ip());
        if let (true, Some(IpAddr::V6(address))) = (plan.reads_ip(), address) {
            let network = network(address, self.ipv6_prefix);
            if plan.is_address() {
                fingerprint = fingerprint::address::fingerprint(network.into());
            } else if let Ok(by_network) = plan.fingerprint(evaluation.request, &network.to_string()) {
                fingerprint = by_network;
            }
        }
        // Every rule with a quota has an id. All digests are uniform, so their combinations are.
        let rule = rule
            .id
            .as_ref()
            .map_or(0, |id| LimitKey::from_sha256(id.as_bytes()).as_u128());
        let client = LimitKey::from_sha256(fingerprint.as_bytes()).as_u128() ^ site;
        // All limits of this client on this site are kept together.
        Ok(LimitKey::new(rule ^ client).in_group((client >> 64) as u64))
    }
}

impl Embedded<MemoryStore> {
    /// What [`decide`](Self::decide) does, without a future: this store answers at once.
    pub(crate) fn decide_now(&self, evaluation: &mut Evaluation<'_>, now: Timestamp) {
        if let Some(asked) = self.suspicions(evaluation, 0) {
            asked.settle_suspicions(Ok(self.store.check_now(&asked.checks, now)), evaluation);
        }
        if let Some(asked) = self.limits(evaluation, 0) {
            asked.settle_limits(Ok(self.store.check_now(&asked.checks, now)), evaluation);
        }
    }
}

/// What a store is asked, and for which rules. Few inline: futures hold them.
#[derive(Debug, Default)]
struct Asked {
    checks: SmallVec<[LimitCheck; 3]>,
    rules: SmallVec<[usize; 3]>,
}

impl Asked {
    fn add(&mut self, rule: usize, key: LimitKey, quota: Quota, requested: u32, mode: Mode) {
        self.checks.push(LimitCheck {
            key,
            quota,
            requested,
            dry_run: mode == Mode::DryRun,
        });
        self.rules.push(rule);
    }

    fn if_any(self) -> Option<Self> {
        (!self.checks.is_empty()).then_some(self)
    }

    fn settle_suspicions(&self, answer: Result<LimitOutcomes, StoreError>, evaluation: &mut Evaluation<'_>) {
        match answer {
            Ok(outcomes) => {
                for (rule, outcome) in self.rules.iter().zip(&outcomes) {
                    evaluation.settle_suspicion(*rule, outcome);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the store of suspicions failed");
                for rule in &self.rules {
                    evaluation.fail(*rule, ErrorReason::new(ErrorSource::Store, error.to_string()));
                }
            }
        }
    }

    fn settle_limits(&self, answer: Result<LimitOutcomes, StoreError>, evaluation: &mut Evaluation<'_>) {
        match answer {
            Ok(outcomes) => {
                for (rule, outcome) in self.rules.iter().zip(&outcomes) {
                    evaluation.settle_limit(*rule, outcome);
                }
            }
            Err(error) => {
                // Not a warning: a store that is down fails every request, and says so itself, once.
                tracing::debug!(%error, "the store of rate limits failed");
                fail_all(
                    evaluation,
                    &ErrorReason::new(ErrorSource::Store, error.to_string()),
                );
            }
        }
    }
}

fn network(address: Ipv6Addr, prefix: u8) -> Ipv6Addr {
    // `prefix` is 16 to 128, so the shift is 0 to 112.
    Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - u32::from(prefix))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_the_upper_bits() {
        let address: Ipv6Addr = "2001:db8:1:2:3:4:5:6".parse().unwrap();
        for (prefix, expected) in [
            (64, "2001:db8:1:2::"),
            (48, "2001:db8:1::"),
            (128, "2001:db8:1:2:3:4:5:6"),
            (16, "2001::"),
        ] {
            assert_eq!(network(address, prefix), expected.parse::<Ipv6Addr>().unwrap());
        }
    }
}
