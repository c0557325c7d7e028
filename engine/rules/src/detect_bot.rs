//! The rule that detects bots by their user agent: which of the bots found may pass.

use crate::{
    bots::{self, Bot, Category},
    config::{BotList, ConfigError, DetectBot, UnknownIds},
    outcome::{BotReason, Conclusion, Outcome, Reason},
    request::Request,
};
use std::borrow::Cow;

/// The header that is read.
pub(crate) const HEADER: &str = "user-agent";

/// The id under which Arcjet reports clients that look like a bot of no known name. It takes more than the user agent.
const UNKNOWN_BOT: &str = "UNKNOWN_BOT";
/// A category of the official SDKs whose bots the public list doesn't hold.
const BOTNET: &str = "CATEGORY:BOTNET";
/// How much of a wrong entry an error repeats, in characters.
const MAX_QUOTED: usize = 64;

/// A list of bots, compiled: judging a bot is two look-ups of a bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BotFilter {
    listed_pass: bool,
    ids: bots::BotSet,
    categories: u64,
}

/// The bots that the request's user agent names, or nothing if it has none.
pub(crate) fn detect(request: &Request<'_>) -> Option<Vec<Bot>> {
    let user_agent = request.header(HEADER)?;
    (!user_agent.is_empty()).then(|| bots::detect(user_agent))
}

impl BotFilter {
    /// Compiles the list of the rule at this place.
    pub(crate) fn new(rule: usize, config: &DetectBot) -> Result<Self, ConfigError> {
        let (list, name, listed_pass) = match &config.entities {
            BotList::Allow(list) => (list, "allow", true),
            BotList::Deny(list) => (list, "deny", false),
        };
        let mut filter = Self {
            listed_pass,
            ids: bots::BotSet::default(),
            categories: 0,
        };
        for (place, entry) in list.iter().enumerate() {
            filter
                .add(entry, config.unknown_ids)
                .map_err(|(message, accepted)| ConfigError {
                    rule,
                    field: format!("{name}[{place}]"),
                    message,
                    accepted,
                })?;
        }
        Ok(filter)
    }

    /// Adds one entry, or says what is wrong with it and what would have been right.
    fn add(&mut self, entry: &str, unknown_ids: UnknownIds) -> Result<(), (String, String)> {
        let reject = unknown_ids == UnknownIds::Reject;
        if bots::is_category(entry) {
            if let Some(category) = Category::from_name(entry) {
                self.categories |= category.mask();
            } else if !entry.eq_ignore_ascii_case(BOTNET) {
                return Err((format!("unknown category {}", quoted(entry)), categories()));
            } else if reject {
                let message =
                    format!("{BOTNET} has no bot in the public list of bots, so it would never match");
                return Err((message, categories()));
            }
        } else if let Some(bot) = Bot::from_id(entry) {
            self.ids.insert(bot);
        } else if reject && entry == UNKNOWN_BOT {
            let message = format!(
                "{UNKNOWN_BOT} is not available: only bots of the list are detected, by their user agent"
            );
            return Err((message, entries()));
        } else if reject {
            let hint = match bots::nearest(entry) {
                Some(bot) => format!(", did you mean {}?", bot.id()),
                None => String::new(),
            };
            return Err((format!("unknown bot id {}{hint}", quoted(entry)), entries()));
        }
        Ok(())
    }

    /// Judges the bots that a request's user agent names; nothing stands for a request without one.
    pub(crate) fn judge(&self, detected: Option<&[Bot]>) -> Outcome {
        let Some(detected) = detected else {
            let message = "user-agent header is empty: bot detection requires user-agent header";
            return Outcome {
                conclusion: Conclusion::Error,
                reason: Reason::Error(Cow::Borrowed(message)),
            };
        };
        let (mut listed, mut others) = (Vec::new(), Vec::new());
        let mut matched = 0;
        for bot in detected {
            let by_category = bot.category_mask() & self.categories;
            matched |= by_category;
            let is_listed = by_category != 0 || self.ids.contains(*bot);
            if is_listed { &mut listed } else { &mut others }.push(bot.id());
        }
        listed.extend(
            bots::categories()
                .filter(|category| category.mask() & matched != 0)
                .map(|c| c.name()),
        );
        let (allowed, denied) = if self.listed_pass {
            (listed, others)
        } else {
            (others, listed)
        };
        let conclusion = if denied.is_empty() {
            Conclusion::Allow
        } else {
            Conclusion::Deny
        };
        Outcome {
            conclusion,
            reason: Reason::Bot(BotReason {
                allowed,
                denied,
                verified: false,
                spoofed: false,
            }),
        }
    }
}

fn quoted(entry: &str) -> String {
    let start: String = entry.chars().take(MAX_QUOTED).collect();
    let dots = if start.len() < entry.len() { "…" } else { "" };
    format!("{start:?}{dots}")
}

fn categories() -> String {
    bots::categories()
        .map(|category| category.name())
        .collect::<Vec<_>>()
        .join(", ")
}

fn entries() -> String {
    format!(
        "one of {} ids of bots, such as CURL or GOOGLE_CRAWLER (ids of https://github.com/arcjet/well-known-bots in upper case with _ for -), or a category: {}",
        bots::ids().len(),
        categories(),
    )
}
