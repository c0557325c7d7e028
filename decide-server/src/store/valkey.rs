//! Counts in a Valkey or Redis server, shared by all decision servers that use it.

mod cluster;
mod config;
mod connect;
mod error;
mod metrics;
mod node;
mod parts;
mod plan;
mod script;
mod source;
mod url;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use arcjet_engine::limit::{Judgement, LimitCheck, LimitOutcomes, LimitStore, StoreError};
use arcjet_engine::{ConfigError, Timestamp};
use redis::Value;
use smallvec::SmallVec;
use tokio::runtime::Handle;
use tokio::time::Instant as Deadline;

use self::cluster::{Cluster, slot};
use self::config::Servers;
use self::connect::Dialer;
use self::error::CallError;
use self::metrics::Metrics;
use self::node::Node;
use self::plan::{Found, Limit, Plan, blocked};
use self::script::Invocation;
use self::source::Source;

pub use self::config::{TimeSource, ValkeyConfig};

/// Keeps counts in Valkey (or Redis 6.2 and newer): one server, one behind sentinels, or a cluster. Cheap to clone.
///
/// # What it promises
///
/// All decision servers that share a Valkey count as one: they behave as the
/// [module documentation of limits](arcjet_engine::limit) says, by Valkey's clock, exactly, however many ask at once.
///
/// - A decision is **one call of one script**, in one round trip, which judges all its limits and counts all or nothing.
/// - On a cluster that holds as long as the limits are of one client, whose counts are kept in one slot. A decision whose
///   limits have different [groups](arcjet_engine::limit::LimitKey::in_group) in different slots takes two round trips:
///   all slots are looked at first, so that a denied decision counts nothing anywhere; then each slot judges again and
///   counts. If one of them denies now, because other decisions came between, the others give back what they counted,
///   before the denial is answered. **No limit is ever exceeded.** What can happen is the opposite: for the milliseconds
///   until units are given back, other decisions find them missing; and if a node fails in just that time, or a bucket
///   was refilled in it, they stay missing until their window ends or the bucket fills.
/// - Counts expire with their windows, ten seconds late, and need no cleaning.
/// - A restart without persistence, or a failover to a replica that had not received the latest writes, forgets counts:
///   what it forgets is admitted again.
///
/// # When it is down
///
/// A call fails after the [deadline](ValkeyConfig::deadline); after a few in a row, or when the connection breaks, calls
/// fail at once, until the store has reconnected, which it tries every second and more often at first. Calls are not
/// repeated: a request that got no answer may have been counted. What a failure means is the policy of whoever asked.
#[derive(Clone)]
pub struct ValkeyStore {
    inner: Arc<Inner>,
}

struct Inner {
    prefix: String,
    config: ValkeyConfig,
    topology: Topology,
    metrics: Arc<Metrics>,
}

enum Topology {
    /// Every key is here.
    One(Node),
    Cluster(Cluster),
}

impl ValkeyStore {
    /// Makes the store. Within a Tokio runtime it connects at once, in the background; otherwise the first call makes it
    /// connect. A server that cannot be reached is no error: the store keeps trying.
    ///
    /// # Errors
    ///
    /// A setting can't work, or a file with certificates can't be read.
    pub fn new(config: ValkeyConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let metrics = Arc::new(Metrics::new());
        let one = |source| {
            Topology::One(Node::new(
                source,
                config.failures,
                config.deadline,
                Arc::clone(&metrics),
            ))
        };
        let topology = match &config.servers {
            Servers::One(address) => one(Source::Fixed {
                dialer: Arc::new(Dialer::new(&config)?),
                address: address.clone(),
            }),
            Servers::Sentinel { addresses, master } => one(Source::Sentinel {
                dialer: Dialer::new(&config)?,
                sentinels: Dialer::sentinels(&config)?,
                addresses: addresses.clone(),
                master: master.clone(),
            }),
            Servers::Cluster(seeds) => {
                Topology::Cluster(Cluster::new(&config, seeds.clone(), Arc::clone(&metrics))?)
            }
        };
        if Handle::try_current().is_ok() {
            match &topology {
                Topology::One(node) => node.start(),
                Topology::Cluster(cluster) => cluster.start(),
            }
        }
        Ok(Self {
            inner: Arc::new(Inner {
                prefix: config.prefix.clone(),
                config,
                topology,
                metrics,
            }),
        })
    }
}

impl Inner {
    async fn decide(
        self: &Arc<Self>,
        checks: &[LimitCheck],
        now: Timestamp,
    ) -> Result<LimitOutcomes, CallError> {
        let deadline = Deadline::now() + self.config.deadline;
        let now = (self.config.time == TimeSource::Caller).then_some(now);
        let plan = Plan::new(checks);
        let judgements = match &self.topology {
            Topology::One(_) => self.take(0, &plan.limits, now, false, deadline).await?,
            Topology::Cluster(_) => {
                let mut parts: BTreeMap<u16, Part> = BTreeMap::new();
                for (index, limit) in plan.limits.iter().enumerate() {
                    parts.entry(slot(limit.group)).or_default().push(index, *limit);
                }
                match parts.first_key_value() {
                    Some((slot, part)) if parts.len() == 1 => {
                        self.take(*slot, &part.limits, now, false, deadline).await?
                    }
                    _ => return self.decide_in_parts(plan, parts, now, deadline).await,
                }
            }
        };
        let counted = !blocked(&plan.limits, &judgements);
        Ok(plan.outcomes(&judgements, counted))
    }

    /// Judges limits of one slot, and counts unless it is only to `look`.
    async fn take(
        &self,
        slot: u16,
        limits: &[Limit],
        now: Option<Timestamp>,
        look: bool,
        deadline: Deadline,
    ) -> Result<SmallVec<[Judgement; 4]>, CallError> {
        let invocation = Invocation::take(&self.prefix, limits, now, look);
        let answer = self.run(slot, &invocation, deadline).await?;
        let found: Option<Found> = invocation.found(&answer);
        Ok(found
            .ok_or_else(|| CallError::refused("the script answered something else"))?
            .judge(limits))
    }

    async fn run(&self, slot: u16, invocation: &Invocation, deadline: Deadline) -> Result<Value, CallError> {
        match &self.topology {
            Topology::One(node) => node.run(invocation, false, deadline).await,
            Topology::Cluster(cluster) => cluster.run(slot, invocation, deadline).await,
        }
    }
}

/// The limits of a decision that are in one slot.
#[derive(Debug, Default)]
struct Part {
    limits: SmallVec<[Limit; 4]>,
    /// Their places among all limits of the decision.
    indices: SmallVec<[usize; 4]>,
}

impl Part {
    fn push(&mut self, index: usize, limit: Limit) {
        self.limits.push(limit);
        self.indices.push(index);
    }
}

impl LimitStore for ValkeyStore {
    async fn check(&self, checks: &[LimitCheck], now: Timestamp) -> Result<LimitOutcomes, StoreError> {
        if checks.is_empty() {
            return Ok(LimitOutcomes::new());
        }
        let started = Instant::now();
        match self.inner.decide(checks, now).await {
            Ok(outcomes) => {
                self.inner.metrics.answered(started.elapsed());
                Ok(outcomes)
            }
            Err(error) => {
                self.inner.metrics.failed(error.kind);
                tracing::debug!(%error, "no answer from the store of rate limits");
                Err(error.into())
            }
        }
    }
}

/// Shows where it is and no secrets.
impl fmt::Debug for ValkeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ValkeyStore").field(&self.inner.config).finish()
    }
}
