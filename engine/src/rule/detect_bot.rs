//! Bots by their user agent.

use super::Mode;

/// Detects well-known bots by their user agent and allows or denies them by a list.
///
/// The list holds ids of bots (`CURL`, `GOOGLE_CRAWLER`) and categories (`CATEGORY:AI`, `CATEGORY:SEARCH_ENGINE`)
/// of the public list [arcjet/well-known-bots](https://github.com/arcjet/well-known-bots). A request without a user
/// agent can't be judged: its result is an error.
///
/// ```
/// use arcjet_engine::{Arcjet, DetectBot};
///
/// // Search engines may come, no other bot that the list knows may.
/// let arcjet = Arcjet::builder().rule(DetectBot::allow(["CATEGORY:SEARCH_ENGINE"])).build()?;
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DetectBot {
    pub(crate) mode: Mode,
    pub(crate) list: BotList,
    pub(crate) unknown_ids: UnknownIds,
}

/// What the list of a [`DetectBot`] means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum BotList {
    Allow(Vec<String>),
    Deny(Vec<String>),
}

impl BotList {
    pub(crate) fn entries(&self) -> &[String] {
        match self {
            Self::Allow(list) | Self::Deny(list) => list,
        }
    }
}

/// What becomes of ids that the list of bots does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum UnknownIds {
    /// The configuration is refused: what this program's author wrote is a slip.
    Reject,
    /// They match nothing: the official SDKs know bots that the public list does not have.
    #[cfg_attr(
        not(feature = "wire"),
        expect(dead_code, reason = "only rules that came over the wire use it")
    )]
    Ignore,
}

impl DetectBot {
    /// Allows the bots and categories of the list and denies every other bot; an empty list denies all bots.
    pub fn allow<I>(bots: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self::new(BotList::Allow(bots.into_iter().map(Into::into).collect()))
    }

    /// Denies the bots and categories of the list and allows every other bot.
    pub fn deny<I>(bots: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self::new(BotList::Deny(bots.into_iter().map(Into::into).collect()))
    }

    fn new(list: BotList) -> Self {
        Self {
            mode: Mode::Live,
            list,
            unknown_ids: UnknownIds::Reject,
        }
    }

    /// Sets the mode; [`Mode::Live`] unless set.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }
}
