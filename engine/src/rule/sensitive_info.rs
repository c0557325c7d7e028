//! Sensitive information in text.

use super::{Mode, PassList};

/// Detects sensitive information in the text that a request brings along, see
/// [`RequestDetails::with_sensitive_text`](crate::RequestDetails::with_sensitive_text), and allows or denies it by its
/// type. The text never leaves the process and is never logged; results hold positions only.
///
/// An entry of the list is a type of information or the label of a [custom detector](Self::custom); what types there
/// are is in `docs/rules/sensitive-info.md` of the repository, `EMAIL` and `CREDIT_CARD_NUMBER` among them.
///
/// ```
/// use arcjet_engine::{Arcjet, SensitiveInfo};
///
/// let rule = SensitiveInfo::deny(["CREDIT_CARD_NUMBER", "TICKET"]).custom("TICKET", r"\bTICKET-\d{6}\b");
/// let arcjet = Arcjet::builder().rule(rule).build()?;
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SensitiveInfo {
    pub(crate) mode: Mode,
    pub(crate) entities: PassList<String>,
    /// Labels with their regular expressions.
    pub(crate) custom: Vec<(String, String)>,
}

impl SensitiveInfo {
    /// Allows the listed types and denies text with any other.
    pub fn allow<I>(entities: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self::new(PassList::allow(entities))
    }

    /// Denies text with one of the listed types.
    pub fn deny<I>(entities: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self::new(PassList::deny(entities))
    }

    fn new(entities: PassList<String>) -> Self {
        Self {
            mode: Mode::Live,
            entities,
            custom: Vec::new(),
        }
    }

    /// Adds a detector of the application's own: what the regular expression (of the crate `regex`) matches is of the
    /// type `label`.
    #[must_use]
    pub fn custom(mut self, label: impl Into<String>, pattern: impl Into<String>) -> Self {
        self.custom.push((label.into(), pattern.into()));
        self
    }

    /// Sets the mode; [`Mode::Live`] unless set.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }
}
