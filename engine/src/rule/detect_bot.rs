//! Bots by their user agent.

use super::{Mode, PassList};

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
    pub(crate) list: PassList<String>,
    pub(crate) unknown_ids: UnknownIds,
    pub(crate) missing_user_agent: MissingUserAgent,
    pub(crate) consistency: bool,
}

/// What a request without a user agent is for a [`DetectBot`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MissingUserAgent {
    /// A request that can't be judged: the result is an error, as in the official SDKs. The default.
    #[default]
    Error,
    /// A bot of no known name, `UNKNOWN_BOT`.
    Bot,
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
        Self::new(PassList::allow(bots))
    }

    /// Denies the bots and categories of the list and allows every other bot.
    pub fn deny<I>(bots: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self::new(PassList::deny(bots))
    }

    pub(crate) fn new(list: PassList<String>) -> Self {
        Self {
            mode: Mode::Live,
            list,
            unknown_ids: UnknownIds::Reject,
            missing_user_agent: MissingUserAgent::default(),
            consistency: false,
        }
    }

    /// Sets what a request without a user agent is; [`MissingUserAgent::Error`] unless set.
    #[must_use]
    pub fn missing_user_agent(mut self, what: MissingUserAgent) -> Self {
        self.missing_user_agent = what;
        self
    }

    /// Sets whether other headers count: a request whose user agent claims a browser and whose headers contradict it is
    /// `UNKNOWN_BOT`. Off unless set, because proxies and extensions change headers.
    #[must_use]
    pub fn consistency(mut self, counts: bool) -> Self {
        self.consistency = counts;
        self
    }

    /// Sets the mode; [`Mode::Live`] unless set.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }
}
