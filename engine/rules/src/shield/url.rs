//! Addresses as values: in `referer`, and in parameters that tell where to go next.

use super::{
    charset::{self, BACKSLASH, CONTROL, QUOTE, SPACE},
    inspector::{Encoding, Inspector},
    pairs,
    source::Source,
};
use crate::swar;

/// Whether a text begins like an address of the web.
pub(super) fn is_url(text: &[u8]) -> bool {
    [&b"http://"[..], b"https://"].into_iter().any(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// Looks at the parameters of an address. Returns whether the rest of it is an ordinary address, which no grammar has to read.
pub(super) fn inspect(url: &[u8], source: Source<'_>, inspector: &mut Inspector<'_>) -> bool {
    let start = |rest: &[u8]| swar::find(rest, [b'?', b'#', b';']);
    let end = start(url).unwrap_or(url.len());
    let (base, mut rest) = url.split_at(end);
    while let Some((_, tail)) = rest.split_first() {
        let end = swar::find(tail, [b'&', b'#']).unwrap_or(tail.len());
        let (name, value) = pairs::split(&tail[..end]);
        let (odd, value) = match value {
            Some(value) => (
                charset::classes(name) & (SPACE | CONTROL | QUOTE | BACKSLASH) != 0,
                value,
            ),
            None => (false, name),
        };
        // A name or a number was looked at with the address as a whole.
        if odd {
            inspector.value(&tail[..end], source, Encoding::Plain);
        } else if !charset::is_safe(charset::classes(value)) {
            inspector.value(value, source, Encoding::Plain);
        }
        rest = &tail[end..];
    }
    !charset::holds(base, &ODD)
}

/// The bytes that an ordinary address has not before its parameters.
static ODD: [bool; 256] = {
    let mut odd = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        odd[byte] = charset::class(byte as u8) & (SPACE | CONTROL | QUOTE | BACKSLASH) != 0
            || matches!(
                byte as u8,
                b'<' | b'>' | b'{' | b'}' | b'(' | b')' | b'|' | b'^' | b'*' | b'$' | b',' | b'!'
            );
        byte += 1;
    }
    odd
};
