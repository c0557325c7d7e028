//! The path: as a whole, as file systems and routers read it, and its segments, as applications do.

use super::{
    charset::{self, SLASH},
    finding::Place,
    inspector::{Encoding, Inspector},
    reason::Part,
    source::Source,
};
use crate::swar;

/// Looks at the path as sent.
pub(super) fn inspect(path: &[u8], inspector: &mut Inspector<'_>) {
    let source = Source::new(Part::Path, Place::Path, b"");
    if path.len() < 2 {
        return;
    }
    inspector.value(path, source, Encoding::Plain);
    let inside = path.strip_prefix(b"/").unwrap_or(path);
    let classes = charset::classes(inside);
    // What follows the first slash as one value: a payload may hold slashes of its own.
    if !charset::is_safe(classes & !SLASH) {
        inspector.value(inside, source, Encoding::Plain);
    }
    for segment in swar::split(inside, b'/') {
        if charset::is_safe(charset::classes(segment)) {
            inspector.encoded(segment, source);
        } else if segment.len() < inside.len() {
            inspector.value(segment, source, Encoding::Plain);
        }
    }
}
