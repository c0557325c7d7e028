//! Lists of what passes, or of what doesn't.

/// What a list of a rule means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PassList<T> {
    /// What is listed passes, everything else is denied.
    Allow(Vec<T>),
    /// What is listed is denied, everything else passes.
    Deny(Vec<T>),
}

impl<T> PassList<T> {
    pub(crate) fn allow(entries: impl IntoIterator<Item = impl Into<T>>) -> Self {
        Self::Allow(entries.into_iter().map(Into::into).collect())
    }

    pub(crate) fn deny(entries: impl IntoIterator<Item = impl Into<T>>) -> Self {
        Self::Deny(entries.into_iter().map(Into::into).collect())
    }

    pub(crate) fn entries(&self) -> &[T] {
        match self {
            Self::Allow(list) | Self::Deny(list) => list,
        }
    }

    /// The same list with its entries as text.
    pub(crate) fn map<U>(&self, name: impl FnMut(&T) -> U) -> PassList<U> {
        match self {
            Self::Allow(list) => PassList::Allow(list.iter().map(name).collect()),
            Self::Deny(list) => PassList::Deny(list.iter().map(name).collect()),
        }
    }

    /// What is listed to pass, and what is listed to be denied; one of them is empty.
    pub(crate) fn sides(&self) -> (&[T], &[T]) {
        match self {
            Self::Allow(list) => (list, &[]),
            Self::Deny(list) => (&[], list),
        }
    }
}
