//! Looks at one value after the other: decodes it, makes the views of it, and runs the detectors on them.

mod scratch;

use super::{
    body::{graphql, json},
    charset::{self, BACKSLASH, CODE, HIGH, PERCENT, PLUS, SLASH},
    config::Settings,
    decode::{self, Decoded, base64},
    detectors,
    finding::{Category, Finding, ViewKind},
    known::{Circumstances, Known},
    line_breaks,
    reason::{Part, ShieldReason},
    session::{self, Origin},
    signatures,
    source::Source,
    sql::Token,
    tally::Tally,
    url, views, work,
};
use scratch::Scratch;
use std::mem;

/// How much of the beginning of a long value is looked at, in bytes.
const HEAD: usize = 8 * 1024;
/// How much of its end.
const TAIL: usize = 2 * 1024;
/// How long a name is at least that can matter.
const MIN_NAME: usize = 4;
/// How many values inside values are opened: JSON in a form, base64 in that, a URL in that.
const MAX_NESTING: usize = 3;
/// How many bytes of names and values are looked at besides the body. Most servers limit the head of a request to less, and no browser
/// sends as much; what goes beyond is a finding, so that nothing hides behind it.
const HEAD_BUDGET: usize = 64 * 1024;
const LONG_HEAD: Finding = Finding {
    detector: "protocol.long-head",
    category: Category::Protocol,
    score: 5,
};

/// How long a body is at least that is expected to repeat values.
const MIN_REPETITIVE: usize = 256;
/// How a value has to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As in a query or a form: a plus sign is a space.
    Form,
    /// As it is.
    Plain,
}

/// What a value was opened as.
enum Nested {
    /// Nothing of it is left to look at.
    Done,
    /// An address: its parameters were looked at, and no grammar has to read the rest.
    Address,
    Nothing,
}

/// Looks at the values of one request.
#[derive(Debug)]
pub(super) struct Inspector<'c> {
    pub settings: &'c Settings,
    /// Where the request comes from.
    origin: Origin,
    tally: Tally<'c>,
    /// The buffers of each level that was needed; taken out while they are in use.
    scratch: [Option<Box<Scratch>>; MAX_NESTING + 1],
    hits: Vec<Finding>,
    tokens: Vec<Token>,
    level: usize,
    /// How many bytes are still looked at. Values inside values cost nothing: on each level they are no longer than on the one above.
    budget: usize,
    /// The values of the body that are harmless, if it is long enough to repeat any.
    known: Option<Known>,
    /// How many findings there were.
    found: usize,
    /// How many values were opened that had a format of their own.
    opened: usize,
}

impl<'c> Inspector<'c> {
    pub(super) fn new(settings: &'c Settings, origin: Origin) -> Self {
        Self {
            settings,
            origin,
            tally: Tally::new(settings),
            scratch: Default::default(),
            hits: Vec::new(),
            tokens: Vec::new(),
            level: 0,
            budget: HEAD_BUDGET,
            known: None,
            found: 0,
            opened: 0,
        }
    }

    /// Begins with the body, which takes nothing from what the head may use. A body that isn't what it says is looked at twice.
    pub(super) fn begin_body(&mut self, length: usize) {
        self.known = (length >= MIN_REPETITIVE).then(Known::default);
        self.budget = 2 * self.settings.body_limit;
    }

    /// Adds something that was found without a detector for values.
    pub(super) fn report(&mut self, finding: Finding, source: Source<'_>) {
        self.found += 1;
        self.tally.add(finding, source.part, source.parameter);
    }

    pub(super) fn finish(self) -> ShieldReason {
        self.tally.finish()
    }

    /// Whether values of this name are not looked at.
    pub(super) fn is_excluded(&self, parameter: &[u8]) -> bool {
        self.settings.parameters.contains(parameter)
    }

    /// Looks at a value as sent.
    pub(super) fn value(&mut self, value: &[u8], source: Source<'_>, encoding: Encoding) {
        if let Some((head, tail)) = ends(value) {
            // What is long about JSON is seldom one string.
            if self.json(value, source, encoding) {
                return;
            }
            self.short_value(head, source, encoding);
            self.short_value(tail, source, encoding);
        } else {
            self.short_value(value, source, encoding);
        }
    }

    /// Opens a value that is JSON and nothing else; false if it isn't.
    pub(super) fn json(&mut self, value: &[u8], source: Source<'_>, encoding: Encoding) -> bool {
        if self.level == MAX_NESTING {
            return false;
        }
        let mut decoded = Vec::new();
        let text = match (value, encoding) {
            ([b'{' | b'[', ..], Encoding::Plain) => value,
            ([b'{' | b'[', ..] | [b'%', b'5' | b'7', b'b' | b'B', ..], Encoding::Form) => {
                decode::form(value, &mut decoded);
                &decoded
            }
            _ => return false,
        };
        self.level += 1;
        self.opened += 1;
        let is_json = json::inspect(text, source, self);
        self.level -= 1;
        if is_json && self.level == 0 {
            self.spend(value.len(), source);
        }
        is_json
    }

    /// Takes so many bytes from the budget; returns whether there was enough.
    fn spend(&mut self, bytes: usize, source: Source<'_>) -> bool {
        let is_enough = bytes <= self.budget;
        self.budget = self.budget.saturating_sub(bytes);
        if !is_enough && source.part != Part::Body {
            self.report(LONG_HEAD, Source::new(source.part, source.place, b""));
        }
        is_enough
    }

    fn short_value(&mut self, value: &[u8], source: Source<'_>, encoding: Encoding) {
        if value.len() < 2 {
            return;
        }
        if self.level == 0 && !self.spend(value.len(), source) {
            return;
        }
        work::spend(value.len());
        let circumstances = self.circumstances(source, encoding);
        let filed = match self.known.as_ref().map(|known| known.find(value, circumstances)) {
            Some((_, true)) => return,
            Some((filed, false)) => filed,
            None => None,
        };
        let before = (self.found, self.opened);
        self.look(value, source, encoding);
        // What is excluded inside of a value depends on its own name.
        let is_same_everywhere = before.1 == self.opened || self.settings.parameters.is_empty();
        if let (Some(filed), Some(known)) = (filed, &mut self.known)
            && before.0 == self.found
            && is_same_everywhere
        {
            known.add(value, circumstances, filed);
        }
    }

    /// What a finding in a value depends on besides the value.
    fn circumstances(&self, source: Source<'_>, encoding: Encoding) -> Circumstances {
        // Each in bits of its own: there are four levels and less than 32 places.
        source.place as u16 | (self.level as u16) << 5 | (encoding as u16) << 8
    }

    fn look(&mut self, value: &[u8], source: Source<'_>, encoding: Encoding) {
        let classes = charset::classes(value);
        let is_safe = charset::is_safe(classes);
        if is_safe && (value.len() < MIN_NAME || value.iter().all(u8::is_ascii_digit)) {
            return;
        }
        let mut scratch = self.scratch[self.level].take().unwrap_or_default();
        let form = encoding == Encoding::Form;
        let Scratch {
            decoded,
            lower,
            view,
            spare,
        } = &mut *scratch;
        if is_safe {
            self.safe(value, classes, source, (lower, spare));
        } else if needs_decoding(classes, form) {
            let seen = decode::decode(value, classes, form, decoded, spare);
            self.decoded(decoded, seen, source, (lower, view, spare));
        } else {
            let seen = Decoded {
                classes,
                ..Decoded::default()
            };
            self.decoded(value, seen, source, (lower, view, spare));
        }
        self.scratch[self.level] = Some(scratch);
    }

    /// Looks at a value that holds nothing that needs decoding or could end a text: no grammar can be left with it, but it can
    /// still be a name that matters, or base64.
    fn safe(
        &mut self,
        value: &[u8],
        classes: u32,
        source: Source<'_>,
        (lower, spare): (&mut Vec<u8>, &mut Vec<u8>),
    ) {
        let lowered = lowered(value, classes, lower);
        self.hits
            .extend(session::detect(lowered, source.place, self.origin));
        detectors::word(value, classes, source.place, &mut self.tokens, &mut self.hits);
        signatures::scan(lowered, classes, ViewKind::ALL_MASK, source.place, &mut self.hits);
        self.flush(source);
        self.base64(value, source, spare);
    }

    /// Looks at a decoded value.
    fn decoded(
        &mut self,
        value: &[u8],
        seen: Decoded,
        source: Source<'_>,
        (lower, view, spare): (&mut Vec<u8>, &mut Vec<u8>, &mut Vec<u8>),
    ) {
        let (value, seen) = without_padding(value, seen);
        line_breaks::detect(value, seen, source.place, &mut self.hits);
        self.flush(source);
        let is_url = match self.nested(value, source) {
            Nested::Done => return,
            Nested::Address => true,
            Nested::Nothing => false,
        };
        let classes = seen.classes;
        let lowered = lowered(value, classes, lower);
        self.hits
            .extend(session::detect(lowered, source.place, self.origin));
        if !is_url {
            detectors::grammars(value, classes, source.place, &mut self.tokens, &mut self.hits);
        }
        // A view that is no different from the value is not searched on its own.
        let mut kinds = ViewKind::Decoded.mask();
        let mut is_other = views::has_shell(classes) && views::shell(lowered, view);
        if views::has_padding(classes)
            && let Some(first) = views::padding(if is_other { view } else { lowered }, 0)
        {
            if !is_other {
                view.clear();
                view.extend_from_slice(lowered);
            }
            views::unpad(view, first);
            is_other = true;
        }
        if is_other {
            self.scan(view, ViewKind::Shell, source);
        } else {
            kinds |= ViewKind::Shell.mask();
        }
        if views::has_compact(classes) && views::compact(lowered, view) {
            self.scan(view, ViewKind::Compact, source);
        } else {
            kinds |= ViewKind::Compact.mask();
        }
        if classes & (SLASH | BACKSLASH) != 0 {
            let segments = views::segments(lowered);
            let path = if segments.unusual && views::path(lowered, view) {
                self.scan(view, ViewKind::Path, source);
                &*view
            } else {
                kinds |= ViewKind::Path.mask();
                lowered
            };
            if (segments.unusual || segments.parent) && views::resolve(path, spare) {
                self.scan(spare, ViewKind::Path, source);
            }
        } else {
            kinds |= ViewKind::Path.mask();
        }
        signatures::scan(lowered, classes, kinds, source.place, &mut self.hits);
        if !self.hits.is_empty() && line_breaks::is_header_list(value, source.place) {
            self.hits.retain(|hit| hit.category != Category::HeaderInjection);
        }
        if classes & BACKSLASH != 0 && classes & CODE != 0 && decode::css(value, view) {
            detectors::markup(view, source.place, &mut self.hits);
        }
        self.flush(source);
        if charset::is_safe(classes & !base64::CLASSES) {
            self.base64(value, source, spare);
        }
    }

    /// Looks for the signatures of one view.
    fn scan(&mut self, view: &[u8], kind: ViewKind, source: Source<'_>) {
        let classes = charset::classes(view);
        signatures::scan(view, classes, kind.mask(), source.place, &mut self.hits);
    }

    /// Opens a value that has a format of its own.
    fn nested(&mut self, value: &[u8], source: Source<'_>) -> Nested {
        if self.level == MAX_NESTING {
            return Nested::Nothing;
        }
        self.level += 1;
        let mut opened = true;
        let done = match value.trim_ascii_start() {
            [b'{' | b'[', ..] if json::inspect(value, source, self) => Nested::Done,
            text if url::is_url(text) && url::inspect(text, source, self) => Nested::Address,
            text if graphql::is_document(text) => {
                graphql::inspect(text, source, self);
                Nested::Done
            }
            _ => {
                opened = false;
                Nested::Nothing
            }
        };
        self.opened += usize::from(opened);
        self.level -= 1;
        done
    }

    /// Looks at the text that a value is the base64 of.
    fn base64(&mut self, value: &[u8], source: Source<'_>, out: &mut Vec<u8>) {
        if self.level < MAX_NESTING && base64::text(value, out) {
            let text = mem::take(out);
            self.level += 1;
            self.opened += 1;
            self.value(&text, source, Encoding::Plain);
            self.level -= 1;
            *out = text;
        }
    }

    /// Looks at the text that a value is the base64 of, and at nothing else.
    pub(super) fn encoded(&mut self, value: &[u8], source: Source<'_>) {
        let mut scratch = self.scratch[self.level].take().unwrap_or_default();
        self.base64(value, source, &mut scratch.spare);
        self.scratch[self.level] = Some(scratch);
    }

    fn flush(&mut self, source: Source<'_>) {
        self.found += self.hits.len();
        for finding in self.hits.drain(..) {
            self.tally.add(finding, source.part, source.parameter);
        }
    }
}

/// The beginning and the end of a value that is too long to be looked at as a whole.
fn ends(value: &[u8]) -> Option<(&[u8], &[u8])> {
    (value.len() > HEAD + TAIL).then(|| (&value[..HEAD], &value[value.len() - TAIL..]))
}

/// The value without the blanks around it, which most applications take away before they read it. Line ends stay: they separate.
fn without_padding(value: &[u8], seen: Decoded) -> (&[u8], Decoded) {
    let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    if !is_blank(value.first()) && !is_blank(value.last()) {
        return (value, seen);
    }
    let mut value = value;
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    let classes = charset::classes(value);
    (value, Decoded { classes, ..seen })
}

fn needs_decoding(classes: u32, form: bool) -> bool {
    classes & (PERCENT | charset::AMPERSAND | BACKSLASH | HIGH) != 0
        || classes & charset::CONTROL != 0
        || (form && classes & PLUS != 0)
}

/// A value of these classes in lower case: itself, or made in `out`.
fn lowered<'v>(value: &'v [u8], classes: u32, out: &'v mut Vec<u8>) -> &'v [u8] {
    if classes & charset::UPPER == 0 {
        return value;
    }
    out.clear();
    out.extend_from_slice(value);
    out.make_ascii_lowercase();
    out
}
