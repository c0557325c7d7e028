//! The rule that looks for sensitive information in a text that the application hands over, and the search itself.
//!
//! The search reads the text once. Numbers are told apart by their check digits, the ranges that are given out, their grouping and
//! the words around them; nothing is looked up anywhere, and nothing found leaves the process.
//!
//! ```
//! use arcjet_rules::sensitive_info::{Entity, detect};
//!
//! let found = detect("Call +44 7700 900123 or write to jo@example.com.");
//! let kinds: Vec<_> = found.iter().map(|span| &span.entity).collect();
//! assert_eq!(kinds, [&Entity::PhoneNumber, &Entity::Email]);
//! ```

mod card;
mod context;
mod custom;
mod dates;
mod detect;
mod digits;
mod email;
mod entity;
mod iban;
mod ip;
#[cfg(test)]
mod linear;
mod merge;
mod national_id;
mod phone;
mod token;

pub use custom::CustomDetector;
pub use detect::detect;
pub use entity::{Entity, SensitiveSpan};
pub use merge::merge;

use crate::{
    config::ConfigError,
    needs::Needs,
    outcome::{Conclusion, MissingInput, Outcome, Reason},
    request::Request,
};
use custom::CustomPatterns;

/// How many finds each list of a [`SensitiveInfoReason`] holds at most: the first ones.
pub const MAX_SPANS: usize = 100;

/// How many finds of one kind are kept until they are merged: the verdict is the same for all of them, and memory is bounded.
const MAX_FOUND: usize = 1000;

/// Configures the search for sensitive information.
///
/// What is searched is the text that the application hands over; without one, the rule concludes
/// [`Error`](crate::Conclusion::Error).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensitiveInfo {
    /// Which kinds of information may pass.
    pub entities: EntityList,
    /// The application's own kinds, besides the built-in ones. At most 20.
    pub custom: Vec<CustomDetector>,
}

/// Which kinds of sensitive information may pass. Repeating an entry is harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntityList {
    /// These kinds pass, any other kind that is detected is denied. An empty list denies all kinds.
    Allow(Vec<Entity>),
    /// These kinds are denied, any other passes. An empty list denies none.
    Deny(Vec<Entity>),
}

/// What the search for sensitive information found: places, never the text itself. Both lists are sorted by place, don't overlap,
/// and hold at most [`MAX_SPANS`] entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SensitiveInfoReason {
    /// What was found and may pass.
    pub allowed: Vec<SensitiveSpan>,
    /// What was found and is denied.
    pub denied: Vec<SensitiveSpan>,
}

impl EntityList {
    /// Whether information of this kind is denied.
    pub fn denies(&self, entity: &Entity) -> bool {
        match self {
            Self::Allow(list) => !list.contains(entity),
            Self::Deny(list) => list.contains(entity),
        }
    }

    /// Sorts finds into allowed and denied ones, after [merging](merge) them. This is how finds of a closure join those of the rule.
    pub fn judge(&self, found: Vec<SensitiveSpan>) -> SensitiveInfoReason {
        let mut reason = SensitiveInfoReason::default();
        for span in merge(found) {
            let list = if self.denies(&span.entity) {
                &mut reason.denied
            } else {
                &mut reason.allowed
            };
            if list.len() < MAX_SPANS {
                list.push(span);
            }
        }
        reason
    }
}

/// The rule, compiled.
#[derive(Clone, Debug)]
pub(crate) struct SensitiveInfoRule {
    /// The place of this rule, by which the application's finds name it.
    place: usize,
    entities: EntityList,
    custom: CustomPatterns,
}

impl SensitiveInfoRule {
    /// Compiles the rule at this place.
    pub(crate) fn new(rule: usize, config: &SensitiveInfo) -> Result<Self, ConfigError> {
        Ok(Self {
            place: rule,
            entities: config.entities.clone(),
            custom: CustomPatterns::new(rule, &config.custom)?,
        })
    }

    pub(crate) fn needs(&self, needs: &mut Needs) {
        needs.sensitive_text = true;
    }

    pub(crate) fn judge(&self, request: &Request<'_>) -> Outcome {
        let Some(text) = request.sensitive_text else {
            return Outcome::missing(MissingInput::SensitiveText);
        };
        let mut found = detect::find(text, MAX_FOUND);
        self.custom.find(text, MAX_FOUND, &mut found);
        self.add_application_spans(request, text, &mut found);
        let reason = self.entities.judge(found);
        Outcome {
            conclusion: if reason.denied.is_empty() {
                Conclusion::Allow
            } else {
                Conclusion::Deny
            },
            reason: Reason::SensitiveInfo(reason),
        }
    }
}

impl SensitiveInfoRule {
    /// Adds what the application found by itself for this rule.
    fn add_application_spans(&self, request: &Request<'_>, text: &str, found: &mut Vec<SensitiveSpan>) {
        let mine = request.application_spans.iter().filter(|span| {
            span.rule as usize == self.place && text.get(span.start as usize..span.end as usize).is_some()
        });
        found.extend(mine.map(|span| SensitiveSpan {
            start: span.start,
            end: span.end,
            entity: Entity::from_name(span.label),
        }));
    }
}

/// Counts how many bytes detectors look at, for the test that this grows with the text and not faster.
#[cfg(not(test))]
#[inline(always)]
fn work(_bytes: usize) {}
#[cfg(test)]
use linear::work;
