//! Forms: `name=value&name=value`.

use crate::shield::{finding::Place, inspector::Inspector, pairs, reason::Part};

/// Looks at the names and values of a form.
pub(super) fn inspect(body: &[u8], inspector: &mut Inspector<'_>) {
    pairs::inspect(
        body,
        b'&',
        Part::Body,
        (Place::BodyName, Place::BodyValue),
        inspector,
    );
}
