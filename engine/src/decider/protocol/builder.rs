//! How a decider is configured and made.

use std::sync::Arc;

use moka::sync::Cache;

use super::super::{Embedded, IPV6_PREFIX, Lookups};
use super::{Inner, ProtocolDecider, guard};
use crate::error::ConfigError;
use crate::limit::{LimitStore, MemoryStore};
use crate::reputation::Reputation;
use crate::rule::RuleSet;
use crate::sandbox::{Sandbox, SandboxConfig};
use crate::telemetry::Telemetry;
use crate::time::Clock;

/// The most bytes of remembered rule sets, by the size of their wire form and a lump sum for each rule, which covers one
/// that is empty on the wire. A set with much in it takes a few times that in memory.
const REMEMBERED_RULE_BYTES: u64 = 16 << 20;

/// What a rule set weighs in the cache, in bytes.
fn weight(key: usize, rules: usize) -> u32 {
    u32::try_from(key.saturating_add(rules.saturating_add(1).saturating_mul(512))).unwrap_or(u32::MAX)
}

/// Configures a [`ProtocolDecider`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ProtocolDeciderBuilder {
    limit_capacity: usize,
    ipv6_prefix: u8,
    sandbox: SandboxConfig,
    clock: Clock,
    reputation: Option<Reputation>,
    #[cfg(feature = "dns")]
    dns: Option<crate::dns::DnsConfig>,
    #[cfg(feature = "dns")]
    asks_dns: bool,
}

impl ProtocolDecider {
    /// Starts a configuration.
    pub fn builder() -> ProtocolDeciderBuilder {
        ProtocolDeciderBuilder {
            limit_capacity: 1_000_000,
            ipv6_prefix: IPV6_PREFIX,
            sandbox: SandboxConfig::default(),
            clock: Clock::default(),
            reputation: None,
            #[cfg(feature = "dns")]
            dns: None,
            #[cfg(feature = "dns")]
            asks_dns: true,
        }
    }
}

impl ProtocolDeciderBuilder {
    /// Sets the most clients that the limits count; 1,000,000 unless set.
    pub fn limit_capacity(mut self, clients: usize) -> Self {
        self.limit_capacity = clients;
        self
    }

    /// Sets the length of the prefix by which limits count IPv6 clients; 64 unless set, accepted: 16 to 128.
    pub fn ipv6_prefix(mut self, length: u8) -> Self {
        self.ipv6_prefix = length;
        self
    }

    /// Sets the limits of the sandbox.
    pub fn sandbox(mut self, sandbox: SandboxConfig) -> Self {
        self.sandbox = sandbox;
        self
    }

    /// Sets what is known about addresses, for the details in every answer and for filters. Unless set, the tables that
    /// are part of this crate (feature `ip-data`).
    pub fn reputation(mut self, reputation: Reputation) -> Self {
        self.reputation = Some(reputation);
        self
    }

    /// Sets the clock, so that tests can move time.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets how the DNS is asked, and unless [`DnsConfig::verify_bots`](crate::dns::DnsConfig::verify_bots) says otherwise, has it
    /// asked also whether bots that prove by their host name who they are, as Googlebot does, are who they say. Unless set, the
    /// DNS is asked only for the domains of e-mail addresses, as the system is configured.
    #[cfg(feature = "dns")]
    pub fn dns(mut self, config: crate::dns::DnsConfig) -> Self {
        self.dns = Some(config);
        self.asks_dns = true;
        self
    }

    /// Has the DNS never asked: no address is denied for a domain that takes no mail.
    #[cfg(feature = "dns")]
    pub fn without_dns(mut self) -> Self {
        self.asks_dns = false;
        self
    }

    /// Builds a decider over a store in memory.
    ///
    /// # Errors
    ///
    /// A setting can't work: the error names the field and what it accepts.
    pub fn build(self) -> Result<ProtocolDecider, ConfigError> {
        let store = MemoryStore::builder().capacity(self.limit_capacity).build()?;
        self.build_over(store)
    }

    /// Builds a decider over a store of the caller's; [`limit_capacity`](Self::limit_capacity) is then the store's affair.
    ///
    /// # Errors
    ///
    /// A setting can't work: the error names the field and what it accepts.
    pub fn build_over<S: LimitStore>(self, store: S) -> Result<ProtocolDecider<S>, ConfigError> {
        #[cfg(feature = "dns")]
        let lookups = match self.asks_dns {
            true => Lookups::new(self.dns.as_ref())?,
            false => Lookups::default(),
        };
        #[cfg(not(feature = "dns"))]
        let lookups = Lookups::default();
        let reputation = self.reputation.unwrap_or_default();
        // Every answer carries details.
        reputation.warm_up();
        Ok(ProtocolDecider {
            inner: Arc::new(Inner {
                sandbox: Sandbox::new(self.sandbox)?,
                embedded: Embedded::new(store, self.ipv6_prefix)?,
                rule_sets: Cache::<Arc<[u8]>, Arc<RuleSet>>::builder()
                    .max_capacity(REMEMBERED_RULE_BYTES)
                    .weigher(|key, set| weight(key.len(), set.rules.len()))
                    .build(),
                lookups,
                telemetry: Telemetry::new(),
                clock: self.clock,
                reputation,
                reports: metrics::counter!("arcjet_reports_total"),
                guard: guard::GuardMetrics::default(),
            }),
        })
    }
}
