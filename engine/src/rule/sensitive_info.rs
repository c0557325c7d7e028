//! Sensitive information in text.

mod detector;

use std::ops::Range;

use super::{Mode, PassList};
use crate::error::ConfigError;

pub(crate) use detector::{Detector, DetectorFault, Find};

/// The most detectors that are code, as many as regular expressions.
const MOST_DETECTORS: usize = 20;

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
    pub(crate) detectors: Vec<Detector>,
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
            detectors: Vec::new(),
        }
    }

    /// Adds a detector of the application's own: what the regular expression (of the crate `regex`) matches is of the
    /// type `label`.
    #[must_use]
    pub fn custom(mut self, label: impl Into<String>, pattern: impl Into<String>) -> Self {
        self.custom.push((label.into(), pattern.into()));
        self
    }

    /// Adds a detector of the application's own that is code: it is given the text and returns what it found, as ranges of
    /// bytes with a label each. A label has 1 to 64 ASCII letters, digits, `-`, `_` and `.`, and can stand in the lists, as the
    /// name of a built-in type can: `EMAIL`.
    ///
    /// What detectors find is merged with what the rule finds: of finds that overlap the longest counts, and the
    /// application's own if they are equally long. A rule has at most 20 detectors that are code; of each the first 1,000 finds
    /// count.
    ///
    /// Detectors run in this process, outside of the sandbox and without a deadline, before the other rules and on the thread
    /// that judges: they must be quick, and must not block. One that panics (and unwinds), returns a range that lies not within the
    /// text or cuts a character, or a label that is none, makes the result an error of [`ErrorSource::Application`](crate::ErrorSource::Application),
    /// unless what else was found is denied anyway. Take care that its panic message says nothing of the text.
    ///
    /// Two rules of a client with the same lists and as many detectors count as the same rule.
    ///
    /// ```
    /// use arcjet_engine::{Arcjet, RequestDetails, SensitiveInfo};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), arcjet_engine::ConfigError> {
    /// let rule = SensitiveInfo::deny(["PROJECT"]).detect(|text: &str| {
    ///     let found = text.match_indices("bluebird");
    ///     found.map(|(at, name)| (at..at + name.len(), "PROJECT")).collect::<Vec<_>>()
    /// });
    /// let arcjet = Arcjet::builder().rule(rule).build()?;
    ///
    /// let request = RequestDetails::builder("POST", "/chat").build();
    /// let request = request.with_ip("203.0.113.7").with_sensitive_text("how is bluebird doing?");
    /// assert!(arcjet.protect(&request).await.is_denied());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn detect<F, I, L>(mut self, detector: F) -> Self
    where
        F: Fn(&str) -> I + Send + Sync + 'static,
        I: IntoIterator<Item = (Range<usize>, L)>,
        L: Into<String>,
    {
        self.detectors.push(Detector::new(detector));
        self
    }

    /// Sets the mode; [`Mode::Live`] unless set.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Refuses more code than a rule may have.
    pub(crate) fn check_detectors(&self) -> Result<(), ConfigError> {
        if self.detectors.len() > MOST_DETECTORS {
            let problem = format!("{} detectors", self.detectors.len());
            return Err(ConfigError::new(
                "detect",
                problem,
                format!("at most {MOST_DETECTORS}"),
            ));
        }
        Ok(())
    }
}
