//! Where a value was found.

use super::{finding::Place, reason::Part};

/// Where a value was found: the part of the request, the kind of place, and the name that it goes by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub part: Part,
    pub place: Place,
    /// The name of the parameter; empty if there is none.
    pub parameter: &'a [u8],
}

impl<'a> Source<'a> {
    pub(super) const fn new(part: Part, place: Place, parameter: &'a [u8]) -> Self {
        Self {
            part,
            place,
            parameter,
        }
    }

    /// The place of the names of what has values here.
    pub(super) const fn name_place(self) -> Place {
        match self.place {
            Place::QueryValue | Place::QueryName => Place::QueryName,
            Place::Cookie => Place::Cookie,
            _ => Place::BodyName,
        }
    }
}
