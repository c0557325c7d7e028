//! The client: what a rule set is judged with, and clients derived from it.

mod body_rules;
mod builder;
mod headers;
mod judgement;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use builder::ArcjetBuilder;
use headers::ReadHeaders;

use crate::body::BodyPolicy;
use crate::cache::DenyCache;
use crate::client_ip::AddressSources;
use crate::decider::{Decider, Lookups};
use crate::decision::AnswerPolicy;
use crate::error::ConfigError;
use crate::reputation::Reputation;
use crate::rule::{Rule, RuleSet};
use crate::sandbox::Sandbox;
use crate::telemetry::Telemetry;
use crate::time::Clock;

/// Judges requests. Cheap to clone; all clones and all clients derived from it share one deny cache, one sandbox, and
/// one decider.
///
/// ```
/// use arcjet_engine::{Arcjet, DetectBot, FixedWindow, RequestDetails};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), arcjet_engine::ConfigError> {
/// let arcjet = Arcjet::builder()
///     .rule(DetectBot::deny(["CURL"]))
///     .rule(FixedWindow::new(100, Duration::from_secs(60)))
///     .build()?;
///
/// let request = RequestDetails::builder("GET", "/")
///     .header("user-agent", b"curl/8.5.0")
///     .peer("203.0.113.7".parse().unwrap())
///     .build();
/// let decision = arcjet.protect(&request).await;
/// assert!(decision.is_denied() && decision.reason().is_bot());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Arcjet {
    // One count of references, not two: every request takes one, on all cores at once.
    rules: Arc<Rules>,
}

/// What derived clients share.
#[derive(Debug)]
struct Shared {
    sandbox: Sandbox,
    cache: DenyCache,
    decider: Decider,
    lookups: Lookups,
    telemetry: Telemetry,
    address_sources: AddressSources,
    reputation: Reputation,
    characteristics: Vec<String>,
    answers: AnswerPolicy,
    clock: Clock,
    body_policy: BodyPolicy,
}

/// What a derived client has of its own.
#[derive(Debug)]
struct Rules {
    shared: Arc<Shared>,
    configured: Vec<Rule>,
    set: Arc<RuleSet>,
    headers: ReadHeaders,
    /// Whether a judgement may have to wait for somebody outside this process.
    waits: bool,
}

impl Rules {
    fn new(configured: Vec<Rule>, set: RuleSet, shared: Arc<Shared>) -> Self {
        Self {
            configured,
            headers: ReadHeaders::of(&set, &shared.address_sources),
            waits: !matches!(shared.decider, Decider::Embedded(_)) || shared.lookups.may_be_asked(&set),
            set: Arc::new(set),
            shared,
        }
    }
}

impl Arcjet {
    /// Starts the configuration of a client.
    pub fn builder() -> ArcjetBuilder {
        ArcjetBuilder::default()
    }

    /// A client with one more rule, for instance one that only some routes or users have.
    ///
    /// Deriving is cheap enough for every request: the sandbox remembers the rule sets that it has seen.
    ///
    /// # Errors
    ///
    /// The rule can't work, is there already, or is the eleventh.
    pub fn with_rule(&self, rule: impl Into<Rule>) -> Result<Self, ConfigError> {
        let mut configured = self.rules.configured.clone();
        configured.push(rule.into());
        self.derive(configured)
    }

    /// A client with this rule instead of its own ones, for a second judgement of the same request: a limit per user
    /// inside a handler must not count the request again for the rules of the middleware.
    ///
    /// # Errors
    ///
    /// The rule can't work.
    pub fn with_only(&self, rule: impl Into<Rule>) -> Result<Self, ConfigError> {
        self.derive(vec![rule.into()])
    }

    fn judging(configured: Vec<Rule>, set: RuleSet, shared: Arc<Shared>) -> Self {
        Self {
            rules: Arc::new(Rules::new(configured, set, shared)),
        }
    }

    fn derive(&self, configured: Vec<Rule>) -> Result<Self, ConfigError> {
        let set = RuleSet::compile(
            &configured,
            &self.rules.shared.characteristics,
            &self.rules.shared.sandbox,
        )?;
        self.rules.shared.lookups.check(&set)?;
        if set.reads_ip_details() {
            self.rules.shared.reputation.warm_up();
        }
        Ok(Self::judging(configured, set, Arc::clone(&self.rules.shared)))
    }

    /// How many bytes of a body the rules read, from its beginning; 0 if they read none. A middleware holds back so much
    /// of it and passes it to [`RequestDetails::with_body`](crate::RequestDetails::with_body).
    pub fn body_window(&self) -> usize {
        self.rules.set.body_window()
    }

    pub(crate) fn body_policy(&self) -> &BodyPolicy {
        &self.rules.shared.body_policy
    }
}
