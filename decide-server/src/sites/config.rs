//! What a site is configured with.

use std::time::Duration;

use arcjet_engine::{ConfigError, Rule, Timestamp};

use crate::auth::KeyHash;

/// An application that asks the server: its name, its keys and its own rules.
#[derive(Debug, Clone)]
#[must_use]
pub struct SiteConfig {
    pub(super) name: String,
    pub(super) keys: Vec<SiteKey>,
    pub(super) rules: Vec<Rule>,
}

/// A key of a site.
#[derive(Debug, Clone)]
pub(super) struct SiteKey {
    pub(super) hash: KeyHash,
    pub(super) expires: Option<Timestamp>,
}

impl SiteConfig {
    /// What a name may be.
    pub const NAMES: &'static str = "1 to 64 of the characters a-z, A-Z, 0-9, '-', '_' and '.'";

    /// A site of this name, by which its limits count: a site that is renamed starts counting anew. The name stands in logs and
    /// metrics. [`NAMES`](Self::NAMES) says what it may be.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            keys: Vec::new(),
            rules: Vec::new(),
        }
    }

    /// Adds a key that opens the site. Several are valid at once, so that clients can change from one to the next.
    pub fn key(mut self, hash: KeyHash) -> Self {
        self.keys.push(SiteKey { hash, expires: None });
        self
    }

    /// Adds a key that opens the site before `expires`, and from then on no more.
    pub fn key_until(mut self, hash: KeyHash, expires: Timestamp) -> Self {
        self.keys.push(SiteKey {
            hash,
            expires: Some(expires),
        });
        self
    }

    /// Sets rules that are judged for every request of the site, after those that the request brings; see
    /// [`SiteRules`](arcjet_engine::decider::protocol::SiteRules) for which.
    pub fn rules(self, rules: Vec<Rule>) -> Self {
        Self { rules, ..self }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many keys there are.
    pub fn key_count(&self) -> usize {
        self.keys.len()
    }

    /// How many rules there are.
    pub fn rule_count(&self) -> usize {
        self.rules.len()
    }

    /// The keys that end within `span` of `now` or have ended, as the short forms of their hashes, each with its last instant.
    pub fn expiring(&self, now: Timestamp, span: Duration) -> impl Iterator<Item = (String, Timestamp)> {
        let until = now.saturating_add(span);
        self.keys.iter().filter_map(move |key| {
            let expires = key.expires.filter(|expires| *expires <= until)?;
            Some((key.hash.short(), expires))
        })
    }

    /// The instant at which the first of the keys ends that have an end.
    pub fn first_expiry(&self) -> Option<Timestamp> {
        self.keys.iter().filter_map(|key| key.expires).min()
    }

    /// Whether a site may have this name.
    pub fn is_name(name: &str) -> bool {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        (1..=64).contains(&name.len()) && name.bytes().all(allowed)
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if !Self::is_name(&self.name) {
            return Err(ConfigError::new("name", format!("{:?}", self.name), Self::NAMES));
        }
        if self.keys.is_empty() {
            return Err(ConfigError::new(
                "keys",
                "no key opens the site",
                "at least one key",
            ));
        }
        Ok(())
    }
}
