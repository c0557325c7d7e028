//! Bots: those of a list, with their ids and categories, and clients that no list knows by name but that look like programs.
//!
//! The list is [arcjet/well-known-bots](https://github.com/arcjet/well-known-bots); which version stands in `data/README.md` of this
//! crate, with the bots that the official SDKs know besides. A user agent is a bot if all accepted patterns of the bot match and none of its forbidden ones does; it may be several bots
//! at once. Patterns are regular expressions that respect case, unless they say otherwise.
//!
//! A user agent that is none of them is examined further: other public lists, the words that programs call themselves by, and the shape
//! that the user agents of browsers have. What speaks for a program is a signal; one is enough to make it an [`UNKNOWN_BOT`].

mod generic;
mod matcher;
mod suggest;
mod tables;
mod words;

pub use generic::MAX_BROWSER_USER_AGENT;
pub(crate) use generic::{HEADERS, contradictions};
pub use matcher::MAX_USER_AGENT;
pub(crate) use suggest::nearest;

use crate::browser;
use tables::{BOTS, CATEGORIES};

/// The id of clients that look like a bot of no known name. It belongs to no category.
pub const UNKNOWN_BOT: &str = "UNKNOWN_BOT";

/// What the name of a category starts with.
const CATEGORY_PREFIX: &str = "CATEGORY:";

/// One of the well-known bots. The order of bots is that of their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bot(u16);

/// What a user agent says about its client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Findings {
    /// The bots of the list that it names, in the order of their ids.
    pub bots: Vec<Bot>,
    /// What speaks for a bot of no known name, such as `token:crawl`; empty if nothing does, or if there is a bot of the list. At most
    /// [`MAX_SIGNALS`], each once.
    pub signals: Vec<&'static str>,
}

/// The most signals that are reported; more would not say more.
pub const MAX_SIGNALS: usize = 8;

/// The bots of the list that a user agent names, in the order of their ids; usually none. Allocates only if there are any.
pub fn detect(user_agent: &[u8]) -> Vec<Bot> {
    matcher::search(user_agent).bots
}

/// What a user agent says about its client. Allocates only if it says something.
pub fn examine(user_agent: &[u8]) -> Findings {
    if browser::is_widespread(user_agent) {
        return Findings::default();
    }
    search_whole(user_agent)
}

/// The same, without the short cut for widespread browsers.
pub(crate) fn search_whole(user_agent: &[u8]) -> Findings {
    let matcher::Found { mut bots, mut listed } = matcher::search(user_agent);
    // A phone may be called like a bot: Cherry Sonic.
    if (listed || !bots.is_empty())
        && let Some(text) = generic::without_models(&user_agent[..user_agent.len().min(MAX_USER_AGENT)])
    {
        matcher::Found { bots, listed } = matcher::search(&text);
    }
    if !bots.is_empty() {
        return Findings {
            bots,
            signals: Vec::new(),
        };
    }
    Findings {
        bots,
        signals: generic::signals(user_agent, listed),
    }
}

/// A category of bots; a bot belongs to at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Category(u8);

/// All bots, sorted by id.
pub fn all() -> impl ExactSizeIterator<Item = Bot> {
    (0..BOTS.len()).map(|index| Bot(index as u16))
}

/// The ids of all bots, sorted: `GOOGLE_CRAWLER`.
pub fn ids() -> impl ExactSizeIterator<Item = &'static str> {
    BOTS.iter().map(|bot| bot.id)
}

/// All categories, sorted by name.
pub fn categories() -> impl ExactSizeIterator<Item = Category> {
    (0..CATEGORIES.len()).map(|index| Category(index as u8))
}

/// Whether an entry of a list of bots names a category, known or not, rather than a bot.
pub(crate) fn is_category(entry: &str) -> bool {
    entry
        .get(..CATEGORY_PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(CATEGORY_PREFIX))
}

impl Bot {
    /// The bot with this id, as written in the list.
    pub fn from_id(id: &str) -> Option<Self> {
        let index = BOTS.binary_search_by(|bot| bot.id.cmp(id)).ok()?;
        Some(Self(index as u16))
    }

    /// Its id: `GOOGLE_CRAWLER`.
    pub fn id(self) -> &'static str {
        BOTS[usize::from(self.0)].id
    }

    /// Whether it can be detected. Of some bots that the official SDKs know, nothing is public but the id and the categories: they can be
    /// listed, and never match.
    pub fn is_detectable(self) -> bool {
        BOTS[usize::from(self.0)].detected
    }

    /// The categories it belongs to.
    pub fn categories(self) -> impl Iterator<Item = Category> {
        categories().filter(move |category| category.mask() & self.category_mask() != 0)
    }

    /// The [masks](Category::mask) of its categories together.
    pub(crate) fn category_mask(self) -> u64 {
        BOTS[usize::from(self.0)].categories
    }
}

impl Category {
    /// The category of this name, in any case: `CATEGORY:SEARCH_ENGINE`.
    pub fn from_name(name: &str) -> Option<Self> {
        categories().find(|category| category.name().eq_ignore_ascii_case(name))
    }

    /// Its name: `CATEGORY:SEARCH_ENGINE`.
    pub fn name(self) -> &'static str {
        CATEGORIES[usize::from(self.0)]
    }

    /// One bit, another one for each category.
    pub(crate) fn mask(self) -> u64 {
        1 << self.0
    }
}

/// A set of bots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BotSet([u64; BOTS.len().div_ceil(64)]);

impl BotSet {
    pub(crate) fn insert(&mut self, bot: Bot) {
        self.0[usize::from(bot.0) / 64] |= 1 << (bot.0 % 64);
    }

    pub(crate) fn contains(&self, bot: Bot) -> bool {
        self.0[usize::from(bot.0) / 64] >> (bot.0 % 64) & 1 == 1
    }
}
