//! Details of an address, looked up when somebody asks for them: most requests are decided without.

use std::fmt;
use std::net::IpAddr;
use std::sync::OnceLock;

use super::ip::IpDetails;
use crate::reputation::Snapshot;

/// What is known about an address, found out when it is first asked for.
#[derive(Clone, Default)]
pub(crate) struct LazyDetails {
    /// What to look it up in: the tables as they were when the request came.
    lookup: Option<(Snapshot, IpAddr)>,
    found: OnceLock<Option<Box<IpDetails>>>,
}

impl LazyDetails {
    /// Details that are looked up when they are asked for.
    pub(crate) fn of(tables: Snapshot, ip: IpAddr) -> Self {
        Self {
            lookup: Some((tables, ip)),
            found: OnceLock::new(),
        }
    }

    /// The details; `None` if nothing is known.
    pub(crate) fn get(&self) -> Option<&IpDetails> {
        let found = self.found.get_or_init(|| {
            let (tables, ip) = self.lookup.as_ref()?;
            let details = tables.lookup(*ip);
            (!details.is_empty()).then(|| Box::new(details))
        });
        found.as_deref()
    }
}

/// Details that came from elsewhere.
impl From<Box<IpDetails>> for LazyDetails {
    fn from(details: Box<IpDetails>) -> Self {
        Self {
            lookup: None,
            found: OnceLock::from(Some(details)),
        }
    }
}

/// Shows what was asked for, and asks for nothing itself.
impl fmt::Debug for LazyDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.found.get() {
            Some(found) => found.fmt(f),
            None => f.write_str("<not asked for>"),
        }
    }
}
