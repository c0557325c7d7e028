//! The rule that looks for prompt injection in a message for a language model: attempts to override its instructions, to make it
//! reveal them, or to talk it out of its limits.
//!
//! It looks for known ways to say such things, after undoing the usual disguises, and adds up how much they say. That is quick,
//! local and explainable, and it is easily avoided by saying it in a new way: use it as one layer, never as the only one.

mod concepts;
mod encoded;
mod lexicon;
#[cfg(test)]
mod linear;
mod marks;
mod normalize;
mod patterns;
mod words;

use crate::{
    config::ConfigError,
    needs::Needs,
    outcome::{Conclusion, MissingInput, Outcome, Reason},
    request::Request,
};
use patterns::{PATTERNS, REACH};

/// Configures the detection of prompt injection.
///
/// What is searched is the message that the application hands over; without one, or with an empty one, the rule concludes
/// [`Error`](crate::Conclusion::Error).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DetectPromptInjection {
    /// The score from which on a message is denied, 1 to 100. The default is [`DEFAULT_THRESHOLD`]: one clear attempt, or several
    /// hints. Less denies hints as well.
    pub threshold: u32,
}

/// The score from which on a message is denied unless configured otherwise.
pub const DEFAULT_THRESHOLD: u32 = 50;

impl Default for DetectPromptInjection {
    fn default() -> Self {
        Self {
            threshold: DEFAULT_THRESHOLD,
        }
    }
}

/// What the detection of prompt injection found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromptInjectionReason {
    /// Whether the score reaches the threshold.
    pub detected: bool,
    /// How sure it is: the weights of all signals, at most 100 together.
    pub score: u32,
    /// What was found, such as `instruction-override`; docs/rules/prompt-injection.md lists all signals. Without duplicates.
    pub signals: Vec<&'static str>,
}

/// Something that speaks for an attempt. Of each, what says most counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    InstructionOverride,
    NewInstructions,
    PromptExtraction,
    SecretRequest,
    Jailbreak,
    Unrestricted,
    RolePlay,
    Authority,
    AddressesModel,
    FakeDelimiter,
    ToolCall,
    Exfiltration,
    HiddenText,
    Encoded,
}

const NAMES: [&str; 14] = [
    "instruction-override",
    "new-instructions",
    "prompt-extraction",
    "secret-request",
    "jailbreak",
    "unrestricted",
    "role-play",
    "authority",
    "addresses-model",
    "fake-delimiter",
    "tool-call",
    "exfiltration",
    "hidden-text",
    "encoded",
];
/// What an encoded text adds to what it says.
const ENCODED_WEIGHT: u8 = 25;

/// How much each signal says in a message.
#[derive(Clone, Copy, Debug, Default)]
struct Score([u8; NAMES.len()]);

impl Score {
    fn add(&mut self, signal: Signal, weight: u8) {
        let own = &mut self.0[signal as usize];
        *own = weight.max(*own);
    }

    fn total(&self) -> u32 {
        self.0
            .iter()
            .map(|weight| u32::from(*weight))
            .sum::<u32>()
            .min(100)
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|weight| *weight == 0)
    }

    fn signals(&self) -> Vec<&'static str> {
        let found = |(weight, name): (&u8, &'static str)| (*weight > 0).then_some(name);
        self.0.iter().zip(NAMES).filter_map(found).collect()
    }
}

/// Scores a message.
fn score(message: &str) -> Score {
    let mut score = Score::default();
    marks::add(message, &mut score);
    words::each(message, &mut Matcher::new(&mut score));
    // What is encoded in encoded text is not looked at.
    for text in encoded::texts(message) {
        let mut inner = Score::default();
        marks::add(&text, &mut inner);
        words::each(&text, &mut Matcher::new(&mut inner));
        if !inner.is_empty() {
            score.add(Signal::Encoded, ENCODED_WEIGHT);
            for (own, inner) in score.0.iter_mut().zip(inner.0) {
                *own = inner.max(*own);
            }
        }
    }
    score
}

/// Matches the patterns against the words of a text as they come.
struct Matcher<'s> {
    score: &'s mut Score,
    /// The meanings of the last words, in a circle.
    last: [u64; REACH],
    count: usize,
}

impl<'s> Matcher<'s> {
    fn new(score: &'s mut Score) -> Self {
        Self {
            score,
            last: [0; REACH],
            count: 0,
        }
    }

    /// The meaning of the word so many words ago.
    fn ago(&self, distance: usize) -> u64 {
        if distance < REACH.min(self.count) {
            self.last[(self.count - 1 - distance) % REACH]
        } else {
            0
        }
    }

    /// Whether the words end in this sequence, the last of it so many words ago.
    fn ends_in(&self, words: &[(u64, u8)], distance: usize) -> bool {
        let Some(((meaning, gap), before)) = words.split_last() else {
            return true;
        };
        self.ago(distance) & meaning != 0
            && (before.is_empty()
                || (1..=usize::from(*gap)).any(|step| self.ends_in(before, distance + step)))
    }
}

impl words::Meanings for Matcher<'_> {
    fn word(&mut self, meaning: u64) {
        work(1);
        self.last[self.count % REACH] = meaning;
        self.count += 1;
        if meaning == 0 {
            return;
        }
        for (signal, weight, words) in &PATTERNS {
            if self.ends_in(words, 0) {
                self.score.add(*signal, *weight);
            }
        }
    }
}

/// The rule, checked.
#[derive(Clone, Debug)]
pub(crate) struct PromptInjectionRule {
    threshold: u32,
}

impl PromptInjectionRule {
    /// Checks the rule at this place.
    pub(crate) fn new(rule: usize, config: &DetectPromptInjection) -> Result<Self, ConfigError> {
        let threshold = config.threshold;
        if !(1..=100).contains(&threshold) {
            return Err(ConfigError {
                rule,
                field: "threshold".to_owned(),
                message: format!("{threshold} is no score"),
                accepted: "1 to 100".to_owned(),
            });
        }
        Ok(Self { threshold })
    }

    pub(crate) fn needs(&self, needs: &mut Needs) {
        needs.message = true;
    }

    pub(crate) fn judge(&self, request: &Request<'_>) -> Outcome {
        let Some(message) = request.message.filter(|message| !message.is_empty()) else {
            return Outcome::missing(MissingInput::Message);
        };
        let found = score(message);
        let score = found.total();
        let detected = score >= self.threshold;
        Outcome {
            conclusion: if detected {
                Conclusion::Deny
            } else {
                Conclusion::Allow
            },
            reason: Reason::PromptInjection(PromptInjectionReason {
                detected,
                score,
                signals: found.signals(),
            }),
        }
    }
}

/// Counts steps, for the test that they grow with the message and not faster.
#[cfg(not(test))]
#[inline(always)]
fn work(_steps: usize) {}
#[cfg(test)]
use linear::work;
