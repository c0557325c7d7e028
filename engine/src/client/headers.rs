//! Which headers a client reads, so that adapters need copy no others.

use super::Arcjet;
use crate::client_ip::AddressSources;
use crate::fingerprint::FingerprintPlan;
use crate::rule::{Characteristic, Judge, RuleKind, RuleSet};

/// The headers that somebody reads between a request's description and its decision.
#[derive(Debug)]
pub(super) enum ReadHeaders {
    All,
    /// By name in lower case.
    Only(Vec<String>),
}

impl ReadHeaders {
    pub(super) fn of(set: &RuleSet, sources: &AddressSources) -> Self {
        // Who reads bodies reads what headers say about them.
        let reads_all = set.body_window() > 0
            || set.local.as_ref().is_some_and(|local| local.reads_all_headers())
            || set.rules.iter().any(|rule| is_custom(&rule.judge));
        if reads_all {
            return Self::All;
        }
        let mut names = Vec::new();
        if let Some(local) = &set.local {
            names.extend(local.headers().iter().cloned());
        }
        // The deny cache tells bots apart by it.
        if set.rules.iter().any(|rule| rule.kind == RuleKind::DetectBot) {
            names.push("user-agent".to_owned());
        }
        names.extend(sources.headers().map(str::to_owned));
        for characteristic in set.plans.iter().flat_map(FingerprintPlan::characteristics) {
            match characteristic {
                Characteristic::Header(name) => names.push(name.clone()),
                Characteristic::Cookie(_) => names.push("cookie".to_owned()),
                _ => {}
            }
        }
        names.sort_unstable();
        names.dedup();
        Self::Only(names)
    }

    #[inline]
    fn contain(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|read| read.eq_ignore_ascii_case(name)),
        }
    }
}

/// What a rule of the application's own reads is not known.
fn is_custom(judge: &Judge) -> bool {
    #[cfg(feature = "custom-rules")]
    return matches!(judge, Judge::Custom(_));
    #[cfg(not(feature = "custom-rules"))]
    {
        let _ = judge;
        false
    }
}

impl Arcjet {
    /// Whether anything reads this header when this client judges a request; `name` in any case. An adapter leaves the others
    /// out of a description that only this client will see: copying all headers takes as long as a rate limit.
    ///
    /// ```
    /// use arcjet_engine::{Arcjet, DetectBot, FixedWindow, Shield};
    /// use std::time::Duration;
    ///
    /// let limit = FixedWindow::new(100, Duration::from_secs(60));
    /// let limited = Arcjet::builder().rule(limit).build()?;
    /// assert!(!limited.reads_header("user-agent"));
    /// assert!(limited.with_rule(DetectBot::deny(["CURL"]))?.reads_header("User-Agent"));
    /// assert!(limited.with_rule(Shield::new())?.reads_header("x-any"));
    /// # Ok::<(), arcjet_engine::ConfigError>(())
    /// ```
    #[inline]
    pub fn reads_header(&self, name: &str) -> bool {
        self.rules.headers.contain(name)
    }
}
