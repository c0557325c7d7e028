//! The rule that detects bots by their user agent, and by other headers if asked to: which of the bots found may pass.

use crate::{
    bots::{self, Bot, Category, Findings, UNKNOWN_BOT},
    config::{BotList, ConfigError, DetectBot, MissingUserAgent, UnknownIds},
    needs::Needs,
    outcome::{BotReason, Conclusion, MissingInput, Outcome, Reason},
    request::Request,
};

/// The header that is always read.
const HEADER: &str = "user-agent";
/// The signal of a request without that header.
const MISSING_USER_AGENT: &str = "missing-user-agent";
/// How much of a wrong entry an error repeats, in characters.
const MAX_QUOTED: usize = 64;

/// A list of bots, compiled: judging a bot is two look-ups of a bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BotFilter {
    listed_pass: bool,
    ids: bots::BotSet,
    categories: u64,
    unknown: bool,
    missing_user_agent: MissingUserAgent,
    consistency: bool,
}

/// What the user agent of a request says, found once for all rules.
#[derive(Debug)]
pub(crate) struct Client<'a> {
    user_agent: &'a [u8],
    findings: Findings,
}

impl<'a> Client<'a> {
    pub(crate) fn examine(request: &Request<'a>) -> Self {
        let user_agent = request.header(HEADER).unwrap_or_default();
        Self {
            user_agent,
            findings: if user_agent.is_empty() {
                Findings::default()
            } else {
                bots::examine(user_agent)
            },
        }
    }
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
            unknown: false,
            missing_user_agent: config.missing_user_agent,
            consistency: config.consistency,
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
            let Some(category) = Category::from_name(entry) else {
                return Err((format!("unknown category {}", quoted(entry)), categories()));
            };
            self.categories |= category.mask();
        } else if entry == UNKNOWN_BOT {
            self.unknown = true;
        } else if let Some(bot) = Bot::from_id(entry) {
            self.ids.insert(bot);
        } else if reject {
            let hint = match bots::nearest(entry) {
                Some(bot) => format!(", did you mean {}?", bot.id()),
                None => String::new(),
            };
            return Err((format!("unknown bot id {}{hint}", quoted(entry)), entries()));
        }
        Ok(())
    }

    /// Adds the headers that are read.
    pub(crate) fn needs(&self, needs: &mut Needs) {
        needs.header(HEADER);
        if self.consistency {
            bots::HEADERS.iter().for_each(|name| needs.header(name));
        }
    }

    /// Judges a client: the bots of the list that it names, or the unknown one that it looks like.
    pub(crate) fn judge(&self, client: &Client<'_>, request: &Request<'_>) -> Outcome {
        let signals = if !client.user_agent.is_empty() {
            let mut signals = client.findings.signals.clone();
            if self.consistency && client.findings.bots.is_empty() {
                signals.extend(bots::contradictions(request, client.user_agent));
            }
            signals
        } else if self.missing_user_agent == MissingUserAgent::Bot {
            vec![MISSING_USER_AGENT]
        } else {
            return Outcome::missing(MissingInput::UserAgent);
        };
        let (mut listed, mut others) = (Vec::new(), Vec::new());
        let mut matched = 0;
        for bot in &client.findings.bots {
            let by_category = bot.category_mask() & self.categories;
            matched |= by_category;
            let is_listed = by_category != 0 || self.ids.contains(*bot);
            if is_listed { &mut listed } else { &mut others }.push(bot.id());
        }
        if !signals.is_empty() {
            if self.unknown { &mut listed } else { &mut others }.push(UNKNOWN_BOT);
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
                signals,
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
        "one of {} ids of bots, such as CURL or GOOGLE_CRAWLER (ids of https://github.com/arcjet/well-known-bots in upper case with _ for -), {UNKNOWN_BOT}, or a category: {}",
        bots::ids().len(),
        categories(),
    )
}
