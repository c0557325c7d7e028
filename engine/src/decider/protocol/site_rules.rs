//! Rules of a site: judged for each of its requests, in addition to the rules that the request brings.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::ConfigError;
use crate::rule::{MOST_RULES, Rule, RuleKind, RuleSet};
use crate::sandbox::Sandbox;

/// Rules that hold for every request of a site, whatever its clients ask for. Cheap to clone; the default has none.
///
/// Their results follow those of the rules that a client sent. They are made by
/// [`ProtocolDecider::site_rules`](super::ProtocolDecider::site_rules).
#[derive(Clone, Debug, Default)]
pub struct SiteRules(Option<Arc<Ready>>);

#[derive(Debug)]
struct Ready {
    /// Tells sets of rules apart: no two of a process have the same.
    number: u64,
    rules: Vec<Rule>,
}

impl SiteRules {
    /// The most rules of a site.
    pub const MOST: usize = MOST_RULES;
    /// The names of the rules that a site may have.
    pub const KINDS: &'static str = "filter, shield, detect_bot, fixed_window, sliding_window";
    /// No rules.
    pub const NONE: Self = Self(None);

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rules().len()
    }

    /// Which kinds of rules a site may have: those that need nothing of a client but the request.
    ///
    /// Not those that read what only a client's rule asks for: an e-mail address, a text, a message, units to take from a bucket.
    pub fn accepts(kind: RuleKind) -> bool {
        matches!(
            kind,
            RuleKind::Filter
                | RuleKind::Shield
                | RuleKind::DetectBot
                | RuleKind::FixedWindow
                | RuleKind::SlidingWindow
        )
    }

    pub(super) fn new(rules: Vec<Rule>, sandbox: &Sandbox) -> Result<Self, ConfigError> {
        for (position, rule) in rules.iter().enumerate() {
            if !Self::accepts(rule.kind()) {
                return Err(ConfigError::new(
                    format!("rules[{position}]"),
                    format!("{} can't be a rule of a site", rule.kind()),
                    Self::KINDS,
                ));
            }
        }
        if rules.is_empty() {
            return Ok(Self::NONE);
        }
        // Not by the characteristics of whatever request comes: the counters would change with them.
        let address = ["ip.src".to_owned()];
        let rules: Vec<Rule> = rules
            .into_iter()
            .map(|rule| rule.or_characteristics(&address))
            .collect();
        // What can't work is refused here, so that no decision has to say so.
        RuleSet::compile(&rules, &[], sandbox)?;
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Ok(Self(Some(Arc::new(Ready {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            rules,
        }))))
    }

    pub(super) fn rules(&self) -> &[Rule] {
        self.0.as_ref().map_or(&[], |ready| &ready.rules)
    }

    /// A number that no other set of rules has; `None` without rules.
    pub(super) fn number(&self) -> Option<u64> {
        self.0.as_ref().map(|ready| ready.number)
    }
}
