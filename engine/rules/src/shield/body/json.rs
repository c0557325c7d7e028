//! JSON: one walk over the text that hands on keys and strings, without building anything and without recursion.

use crate::shield::{
    decode,
    finding::Place,
    inspector::{Encoding, Inspector},
    source::Source,
    work,
};
use crate::swar;

/// How many levels of keys a name is made of; deeper values go by the name of the level above.
const MAX_DEPTH: usize = 64;
/// How long a name made of keys gets, in bytes.
const MAX_PATH: usize = 256;

/// How many levels there is room for from the beginning.
const USUAL_DEPTH: usize = 8;

/// What stands next in a text.
enum Token<'a> {
    /// A string, without its quotes.
    String {
        /// With its escapes.
        text: &'a [u8],
        /// Whether it has any.
        is_escaped: bool,
    },
    Open,
    Close,
    /// A number, `true`, `false` or `null`; a comma or a colon.
    Other,
    /// Something that JSON doesn't have.
    Wrong,
}

/// Whether a text that begins with a bracket is JSON rather than something else that does.
pub(super) fn is_likely(text: &[u8]) -> bool {
    let mut rest = text.trim_ascii();
    let ends = matches!(rest.last(), Some(b'}' | b']'));
    rest = rest.get(1..).unwrap_or_default().trim_ascii_start();
    ends && matches!(
        rest.first(),
        Some(b'"' | b'{' | b'[' | b']' | b'}' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n')
    )
}

/// Looks at the keys and strings of a JSON text. Returns whether it was one, or the beginning of one: then nothing else is in it. If
/// not, it was not looked at as a whole.
pub(in crate::shield) fn inspect(text: &[u8], source: Source<'_>, inspector: &mut Inspector<'_>) -> bool {
    let mut walk = Walk {
        rest: text,
        path: Vec::with_capacity(MAX_PATH),
        levels: Vec::with_capacity(USUAL_DEPTH),
        beyond: 0,
    };
    walk.path
        .extend_from_slice(&source.parameter[..source.parameter.len().min(MAX_PATH)]);
    walk.levels.push(walk.path.len());
    walk.run(source, inspector)
}

struct Walk<'a> {
    rest: &'a [u8],
    /// The keys that lead to the present value, joined by dots.
    path: Vec<u8>,
    /// How long the path of each open level is, without the keys in it.
    levels: Vec<usize>,
    /// How many levels are open beyond those.
    beyond: usize,
}

impl Walk<'_> {
    fn run(&mut self, source: Source<'_>, inspector: &mut Inspector<'_>) -> bool {
        let mut decoded = Vec::new();
        let mut right = true;
        let mut closed = true;
        let name_place = source.name_place();
        while let Some((token, rest)) = next(self.rest) {
            self.rest = rest;
            // One text may follow another, as in streams of JSON lines; what else follows makes it something else.
            right &= !closed || matches!(token, Token::Open);
            match token {
                Token::Open => self.open(),
                Token::Close => right &= self.close(),
                Token::String { text, is_escaped } => {
                    // What follows a string, mostly, is taken with it.
                    let (is_key, rest) = match rest.trim_ascii_start() {
                        [b':', rest @ ..] => (true, rest),
                        [b',', rest @ ..] => (false, rest),
                        rest => (false, rest),
                    };
                    self.rest = rest;
                    let text = match is_escaped {
                        true => {
                            decode::json(text, &mut decoded);
                            &decoded
                        }
                        false => text,
                    };
                    self.string(text, is_key, (name_place, source), inspector);
                }
                Token::Other => {}
                Token::Wrong => return false,
            }
            closed = self.levels.len() == 1 && self.beyond == 0;
        }
        right
    }

    fn open(&mut self) {
        if self.levels.len() < MAX_DEPTH && self.beyond == 0 {
            self.levels.push(self.path.len());
        } else {
            self.beyond += 1;
        }
    }

    fn close(&mut self) -> bool {
        if self.beyond > 0 {
            self.beyond -= 1;
        } else if self.levels.len() > 1 {
            if let Some(path) = self.levels.pop() {
                self.path.truncate(path);
            }
        } else {
            return false;
        }
        true
    }

    fn string(
        &mut self,
        text: &[u8],
        is_key: bool,
        (name_place, source): (Place, Source<'_>),
        inspector: &mut Inspector<'_>,
    ) {
        if is_key {
            let level = self.levels.last().copied().unwrap_or_default();
            self.path.truncate(level);
            if self.beyond == 0 {
                if level > 0 {
                    self.path.push(b'.');
                }
                let room = MAX_PATH.saturating_sub(self.path.len());
                self.path.extend_from_slice(&text[..text.len().min(room)]);
            }
        }
        if inspector.is_excluded(&self.path) {
            return;
        }
        let place = if is_key { name_place } else { source.place };
        inspector.value(text, Source::new(source.part, place, &self.path), Encoding::Plain);
    }
}

/// The next token of a text, and what follows it.
fn next(text: &[u8]) -> Option<(Token<'_>, &[u8])> {
    let trimmed = text.trim_ascii_start();
    work::spend(1 + text.len() - trimmed.len());
    let text = trimmed;
    let (first, rest) = text.split_first()?;
    let token = match first {
        b'"' => {
            let (end, is_escaped) = string_end(rest);
            // Without a quote it is cut off by the limit, or no JSON: what there is of it is a value all the same.
            let (text, after) = match end {
                Some(end) => (&rest[..end], &rest[end + 1..]),
                None => (rest, &[][..]),
            };
            return Some((Token::String { text, is_escaped }, after));
        }
        // The braces of a template are no object in an object.
        b'{' if rest.first() == Some(&b'{') => Token::Wrong,
        b'{' | b'[' => Token::Open,
        b'}' | b']' => Token::Close,
        b',' | b':' => Token::Other,
        b'-' | b'0'..=b'9' => {
            let end = number_end(rest);
            // A sum is no number.
            let is_sum = matches!(rest.get(end), Some(b'+' | b'-'));
            let token = if is_sum { Token::Wrong } else { Token::Other };
            return Some((token, &rest[end..]));
        }
        _ => {
            let word = [&b"true"[..], b"false", b"null"]
                .into_iter()
                .find(|word| text.starts_with(word));
            return Some(match word {
                Some(word) => (Token::Other, &text[word.len()..]),
                None => (Token::Wrong, rest),
            });
        }
    };
    Some((token, rest))
}

/// Where the number ends whose first character stands before a text.
fn number_end(text: &[u8]) -> usize {
    let mut is_exponent = false;
    let ends = |byte: &u8| {
        let is_part =
            matches!(byte, b'.' | b'e' | b'E' | b'0'..=b'9') || (is_exponent && matches!(byte, b'+' | b'-'));
        is_exponent = matches!(byte, b'e' | b'E');
        !is_part
    };
    text.iter().position(ends).unwrap_or(text.len())
}

/// Where the string ends whose inside a text begins with, and whether it holds an escape.
fn string_end(text: &[u8]) -> (Option<usize>, bool) {
    let mut at = 0;
    let mut is_escaped = false;
    while let Some(rest) = text.get(at..)
        && let Some(found) = swar::find(rest, [b'"', b'\\'])
    {
        at += found;
        if text[at] == b'"' {
            return (Some(at), is_escaped);
        }
        is_escaped = true;
        at += 2;
    }
    (None, is_escaped)
}
