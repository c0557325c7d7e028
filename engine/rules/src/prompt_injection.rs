//! The rule that looks for prompt injection in a message for a language model: attempts to override its instructions, to make it
//! reveal them, or to talk it out of its limits.
//!
//! It looks for known ways to say such things, after undoing the usual disguises, and adds up how much they say. A linear model over
//! the same words adds what training has seen besides. That is quick, local and explainable, and it can be avoided by saying it in
//! yet another way: use it as one layer, never as the only one.

mod concepts;
mod encoded;
mod features;
mod learned;
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
use features::Features;
use learned::{Blocks, MODEL, Model};
use patterns::{PATTERNS, REACH};
use words::Words;

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
    /// How sure it is: the weights of all signals together, 0 to 100.
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
    Learned,
}

const NAMES: [&str; 15] = [
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
    "learned",
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

    /// The score. What the model says and what the other signals say is in part the same, so only half of the lesser counts.
    fn total(&self) -> u32 {
        combined(self.named(), u32::from(self.0[Signal::Learned as usize]))
    }

    /// What the signals other than the model's say.
    fn named(&self) -> u32 {
        let named = &self.0[..Signal::Learned as usize];
        named.iter().map(|weight| u32::from(*weight)).sum()
    }

    fn signals(&self) -> Vec<&'static str> {
        let found = |(weight, name): (&u8, &'static str)| (*weight > 0).then_some(name);
        self.0.iter().zip(NAMES).filter_map(found).collect()
    }
}

/// The score for what the named signals and what the model says.
///
/// Where the model sees nothing at all, what words say counts for a sixth less, so that a single hint of 50 is none.
fn combined(named: u32, learned: u32) -> u32 {
    let named = if learned == 0 { named * 5 / 6 } else { named };
    (named.max(learned) + named.min(learned) / 2).min(100)
}

/// Scores a message.
fn score(message: &str, model: Option<Model<'_>>) -> Score {
    let mut score = read(message, model);
    // What is encoded in encoded text is not looked at.
    for text in encoded::texts(message) {
        let inner = read(&text, model);
        if inner.named() > 0 {
            score.add(Signal::Encoded, ENCODED_WEIGHT);
        }
        for (own, inner) in score.0.iter_mut().zip(inner.0) {
            *own = inner.max(*own);
        }
    }
    score
}

/// Scores a text as it stands.
fn read(text: &str, model: Option<Model<'_>>) -> Score {
    let mut reader = Reader {
        matcher: Matcher::default(),
        features: model.map(|model| Features::new(Blocks::new(model))),
    };
    marks::add(text, &mut reader.matcher.score);
    words::each(text, &mut reader);
    let mut score = reader.matcher.score;
    if let Some(features) = reader.features {
        score.add(Signal::Learned, features.finish().points());
    }
    score
}

/// Hands each word to the patterns and to the model.
struct Reader<'m> {
    matcher: Matcher,
    features: Option<Features<Blocks<'m>>>,
}

impl Words for Reader<'_> {
    fn word(&mut self, word: &str, meaning: u64) {
        self.matcher.word(meaning);
        if let Some(features) = &mut self.features {
            features.word(word, meaning);
        }
    }

    fn ideograph(&mut self, character: char) {
        self.matcher.ideograph();
        if let Some(features) = &mut self.features {
            features.ideograph(character);
        }
    }

    fn stop(&mut self) {
        self.matcher.stop();
        if let Some(features) = &mut self.features {
            features.stop();
        }
    }
}

/// Matches the patterns against the words of a text as they come.
#[derive(Default)]
struct Matcher {
    score: Score,
    /// The meanings of the last words, in a circle.
    last: [u64; REACH],
    count: usize,
    ideographs: usize,
}

impl Matcher {
    /// Two characters of no known word count as one without meaning.
    fn ideograph(&mut self) {
        self.ideographs += 1;
        if self.ideographs.is_multiple_of(2) {
            self.word(0);
        }
    }

    /// The end of a sentence counts as two words without meaning.
    fn stop(&mut self) {
        self.word(0);
        self.word(0);
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

/// What `cargo xtask data prompt-injection` trains the model with.
#[doc(hidden)]
pub mod training {
    pub use super::{
        features::{Sink, each},
        learned::{BUCKETS_LOG2, HEADER, Model, SIZE, WAYS, passages, place, strength},
    };

    /// The score for what the named signals and what a model says, in points.
    pub fn combined(named: u32, learned: u32) -> u32 {
        super::combined(named, learned)
    }

    /// What the named signals say of a message, in points.
    pub fn named(message: &str) -> u32 {
        super::score(message, None).named()
    }

    /// The score of a message with this model.
    pub fn score(message: &str, model: Model<'_>) -> u32 {
        super::score(message, Some(model)).total()
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
        let found = score(message, Some(MODEL));
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
