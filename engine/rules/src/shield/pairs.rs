//! Names with values, as queries and forms hold them.

use super::{
    charset::{self, SAFE},
    command, decode,
    finding::Place,
    inspector::{Encoding, Inspector},
    reason::Part,
    source::Source,
};
use crate::swar;
use std::borrow::Cow;

/// Looks at all names and values.
pub(super) fn inspect(
    text: &[u8],
    separator: u8,
    part: Part,
    (name_place, value_place): (Place, Place),
    inspector: &mut Inspector<'_>,
) {
    for pair in swar::split(text, separator) {
        let (name, value) = split(pair);
        let parameter = decoded(name);
        if inspector.is_excluded(&parameter) {
            continue;
        }
        inspector.value(name, Source::new(part, name_place, &parameter), Encoding::Form);
        if let Some(value) = value {
            let source = Source::new(part, value_place, &parameter);
            if command::is_name(&parameter)
                && let Some(finding) = command::detect(&decoded(value))
            {
                inspector.report(finding, source);
            }
            inspector.value(value, source, Encoding::Form);
        }
    }
}

/// Splits a pair at its first `=`.
pub(super) fn split(pair: &[u8]) -> (&[u8], Option<&[u8]>) {
    match swar::find(pair, [b'=']) {
        Some(at) => (&pair[..at], Some(&pair[at + 1..])),
        None => (pair, None),
    }
}

/// A name as it is excluded and shown, or a value.
pub(super) fn decoded(text: &[u8]) -> Cow<'_, [u8]> {
    let classes = charset::classes(text);
    if classes & (charset::PERCENT | charset::PLUS) == SAFE {
        return Cow::Borrowed(text);
    }
    let mut buffer = Vec::new();
    decode::form(text, &mut buffer);
    Cow::Owned(buffer)
}
