//! Replaces sensitive information in a text by tokens, and tokens in other texts by what they stand for.
//!
//! Made for handing text to a service that must not see what is in it, such as a language model: send the redacted text, and put the
//! originals back into the answer.
//!
//! ```
//! use arcjet_rules::redact::redact;
//!
//! let redacted = redact("Write to jo@example.com");
//! assert_eq!(redacted.text(), "Write to <Redacted email #0>");
//! assert_eq!(redacted.unredact("I wrote to <Redacted email #0>."), "I wrote to jo@example.com.");
//! ```

mod tokens;

use crate::sensitive_info::{Entity, SensitiveSpan, detect, merge};
use std::{borrow::Cow, fmt};
use tokens::Tokens;

/// Replaces everything that [`detect`] finds by tokens: `<Redacted email #0>`.
///
/// As in `@arcjet/redact`, finds are numbered from 0 in the order of the text whatever their kind, and each gets a token of its own,
/// equal ones too. Other than there, numbers are left out whose token is in the text already, so that putting back gives the text
/// itself.
pub fn redact(text: &str) -> Redacted {
    Redactor::new().redact(text)
}

/// Finds the application's own kinds of information.
type Detect<'a> = Box<dyn Fn(&str) -> Vec<SensitiveSpan> + 'a>;
/// Says what to put in place of one find, if not its token.
type Replace<'a> = Box<dyn Fn(&Entity, &str) -> Option<String> + 'a>;

/// Redacts with options; without any, as [`redact`] does.
///
/// ```
/// use arcjet_rules::{redact::Redactor, sensitive_info::Entity};
///
/// let redactor = Redactor::new()
///     .entities([Entity::Email, Entity::PhoneNumber])
///     .replace(|entity, _| (*entity == Entity::Email).then(|| "somebody".to_owned()));
/// let redacted = redactor.redact("jo@example.com, +44 7700 900123, 203.0.113.7");
/// assert_eq!(redacted.text(), "somebody, <Redacted phone number #1>, 203.0.113.7");
/// assert_eq!(redacted.unredact("Dear somebody"), "Dear jo@example.com");
/// ```
#[derive(Default)]
pub struct Redactor<'a> {
    entities: Option<Vec<Entity>>,
    detect: Option<Detect<'a>>,
    replace: Option<Replace<'a>>,
}

impl<'a> Redactor<'a> {
    /// Redacts everything, by tokens.
    pub fn new() -> Self {
        Self::default()
    }

    /// Redacts only information of these kinds. Without this, all kinds, also those that a closure finds.
    #[must_use]
    pub fn entities(mut self, entities: impl IntoIterator<Item = Entity>) -> Self {
        self.entities = Some(entities.into_iter().collect());
        self
    }

    /// Lets a closure find further information. Where its finds overlap with others, the [longest](merge) stands; finds that don't
    /// lie within the text, or cut a character, are left out.
    #[must_use]
    pub fn detect(mut self, detect: impl Fn(&str) -> Vec<SensitiveSpan> + 'a) -> Self {
        self.detect = Some(Box::new(detect));
        self
    }

    /// Lets a closure say what is put in place of a find, by its kind and text; for `None` it is the token.
    ///
    /// What it says should occur nowhere else: where it does, [`unredact`](Redacted::unredact) can't tell. An empty replacement can't
    /// be put back at all, and of equal replacements the first find is what is put back.
    #[must_use]
    pub fn replace(mut self, replace: impl Fn(&Entity, &str) -> Option<String> + 'a) -> Self {
        self.replace = Some(Box::new(replace));
        self
    }

    /// Redacts a text.
    pub fn redact(&self, text: &str) -> Redacted {
        let mut found = detect(text);
        if let Some(detect) = &self.detect {
            let fits = |span: &SensitiveSpan| text.get(span.start as usize..span.end as usize).is_some();
            found.extend(detect(text).into_iter().filter(fits));
        }
        // What isn't redacted must not hide what is.
        if let Some(entities) = &self.entities {
            found.retain(|span| entities.contains(&span.entity));
        }
        let mut tokens = Tokens::new(text);
        let mut redacted = String::with_capacity(text.len());
        let mut redactions = Vec::new();
        let mut end = 0;
        for span in merge(found) {
            let original = &text[span.start as usize..span.end as usize];
            // A number is used up even if a closure says something else.
            let token = tokens.next(&span.entity);
            let replacement = match &self.replace {
                Some(replace) => replace(&span.entity, original).unwrap_or(token),
                None => token,
            };
            redacted.push_str(&text[end..span.start as usize]);
            redacted.push_str(&replacement);
            end = span.end as usize;
            redactions.push(Redaction {
                entity: span.entity,
                start: span.start,
                end: span.end,
                original: original.to_owned(),
                replacement,
            });
        }
        redacted.push_str(&text[end..]);
        Redacted {
            text: redacted,
            redactions,
        }
    }
}

impl fmt::Debug for Redactor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor")
            .field("entities", &self.entities)
            .field("detect", &self.detect.is_some())
            .field("replace", &self.replace.is_some())
            .finish()
    }
}

/// A redacted text, and what is needed to put the originals back. Its `Debug` shows no original.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted {
    text: String,
    redactions: Vec<Redaction>,
}

/// One find and what was put in its place. Its `Debug` doesn't show the original.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redaction {
    /// What was found.
    pub entity: Entity,
    /// Where it started in the original text, in bytes.
    pub start: u32,
    /// Where it ended there, exclusive.
    pub end: u32,
    /// What stood there.
    pub original: String,
    /// What stands in its place.
    pub replacement: String,
}

impl Redacted {
    /// The text without sensitive information.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What was replaced, in the order of the text.
    pub fn redactions(&self) -> &[Redaction] {
        &self.redactions
    }

    /// Replaces every token of this redaction in any text by what it stands for; anything else stays, tokens of other redactions and
    /// numbers included. What is put in is not searched again.
    pub fn unredact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        tokens::put_back(text, &self.redactions)
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, redactions } = self;
        f.debug_struct("Redacted")
            .field("text", text)
            .field("redactions", redactions)
            .finish()
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction")
            .field("entity", &self.entity)
            .field("start", &self.start)
            .field("end", &self.end)
            .field("replacement", &self.replacement)
            .finish_non_exhaustive()
    }
}
