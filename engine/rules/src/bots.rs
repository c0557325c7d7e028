//! The well-known bots: their ids and categories, and how a user agent is searched for them.
//!
//! The list is [arcjet/well-known-bots](https://github.com/arcjet/well-known-bots); which version stands in `data/README.md` of this
//! crate. A user agent is a bot if all accepted patterns of the bot match and none of its forbidden ones does; it may be several bots
//! at once. Patterns are regular expressions that respect case, unless they say otherwise.

mod matcher;
mod suggest;
mod tables;

pub use matcher::{MAX_USER_AGENT, detect};
pub(crate) use suggest::nearest;

use tables::{BOTS, CATEGORIES};

/// What the name of a category starts with.
const CATEGORY_PREFIX: &str = "CATEGORY:";

/// One of the well-known bots. The order of bots is that of their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bot(u16);

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
