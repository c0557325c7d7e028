//! Messages that try to make a language model forget its instructions.

use super::Mode;

/// Detects attempts to override the instructions of a language model in the message that a request brings along,
/// see [`RequestDetails::with_message`](crate::RequestDetails::with_message).
///
/// The detection is made of explainable heuristics: phrases, forged chat delimiters, hidden text. It finds what is
/// common and costs microseconds; it does not understand language, and someone who rephrases gets past it. The reason
/// names what was seen.
///
/// ```
/// use arcjet_engine::{Arcjet, DetectPromptInjection};
///
/// let arcjet = Arcjet::builder().rule(DetectPromptInjection::new()).build()?;
/// # Ok::<(), arcjet_engine::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DetectPromptInjection {
    pub(crate) mode: Mode,
    pub(crate) threshold: u32,
}

/// The score from which a message is denied unless another is set.
const THRESHOLD: u32 = 50;

impl Default for DetectPromptInjection {
    fn default() -> Self {
        Self::new()
    }
}

impl DetectPromptInjection {
    /// Denies messages of a score of 50 and more.
    pub fn new() -> Self {
        Self {
            mode: Mode::Live,
            threshold: THRESHOLD,
        }
    }

    /// Sets the score from which a message is denied; 50 unless set, accepted: 1 to 100. Less finds more and errs more.
    #[must_use]
    pub fn threshold(mut self, score: u32) -> Self {
        self.threshold = score;
        self
    }

    /// Sets the mode; [`Mode::Live`] unless set.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }
}
