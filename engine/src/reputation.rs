//! What is known about addresses: countries, autonomous systems, hosting providers, VPNs and more.
//!
//! [`Reputation`] holds tables in memory, made from [sources](Source): files that the application names, and tables that
//! are part of this crate (feature `ip-data`). A look-up is one search, however many sources there are. Users' own databases
//! in MaxMind's format (feature `mmdb`) are asked besides.
//!
//! ```
//! use arcjet_engine::{Arcjet, Filter, RequestDetails, reputation::{Kind, Reputation, Source}};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), arcjet_engine::ConfigError> {
//! let reputation = Reputation::builder()
//!     .source(Source::text(Kind::Country, "countries", "192.0.2.0/24,AT\n198.51.100.0/24,DE"))
//!     .source(Source::text(Kind::Tor, "exits", "198.51.100.7"))
//!     .build()?;
//! let arcjet = Arcjet::builder()
//!     .rule(Filter::deny([r#"ip.src.tor or not ip.src.country in {"AT" "DE"}"#]))
//!     .reputation(reputation)
//!     .build()?;
//!
//! let exit = RequestDetails::builder("GET", "/").peer("198.51.100.7".parse().unwrap()).build();
//! let decision = arcjet.protect(&exit).await;
//! assert!(decision.is_denied());
//! assert_eq!(decision.ip_details().and_then(|details| details.country()), Some("DE"));
//! # Ok(())
//! # }
//! ```

mod builder;
#[cfg(feature = "ip-data")]
mod bundled;
mod continent;
mod country;
mod error;
mod folder;
mod layer;
#[cfg(feature = "mmdb")]
mod mmdb;
#[cfg(feature = "ip-data")]
mod packed;
mod ranges;
mod read;
mod reload;
mod source;
mod table;
mod tables;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;

pub use builder::ReputationBuilder;
pub use error::ReputationError;
#[cfg(feature = "ip-data")]
#[doc(hidden)]
pub use packed::pack;
pub use source::{Kind, Source};
use tables::Tables;

use crate::decision::{IpDetails, LazyDetails};

/// What is known about addresses. Cheap to clone; clones share their tables.
///
/// The default is what is part of this crate (feature `ip-data`), unpacked when it is first needed.
#[derive(Clone, Default)]
pub struct Reputation(Inner);

#[derive(Clone)]
enum Inner {
    #[cfg(feature = "ip-data")]
    Bundled,
    Own(Arc<Shared>),
}

impl Default for Inner {
    #[cfg(feature = "ip-data")]
    fn default() -> Self {
        Self::Bundled
    }

    #[cfg(not(feature = "ip-data"))]
    fn default() -> Self {
        Reputation::empty().0
    }
}

struct Shared {
    tables: ArcSwap<Tables>,
    /// What the tables are read from, if they can be read again.
    files: Option<reload::Files>,
}

/// The tables as they are at a moment.
#[derive(Clone)]
pub(crate) enum Snapshot {
    #[cfg(feature = "ip-data")]
    Bundled,
    Own(Arc<Tables>),
}

impl Snapshot {
    pub(crate) fn lookup(&self, ip: IpAddr) -> IpDetails {
        match self {
            #[cfg(feature = "ip-data")]
            Self::Bundled => bundled::BUNDLED.tables.load().lookup(ip),
            Self::Own(tables) => tables.lookup(ip),
        }
    }
}

impl Reputation {
    /// Starts a configuration without any source.
    pub fn builder() -> ReputationBuilder {
        ReputationBuilder::default()
    }

    /// Nothing is known about any address.
    pub fn empty() -> Self {
        static EMPTY: LazyLock<Arc<Shared>> = LazyLock::new(|| Shared::fixed(Tables::new(&[])));
        Self(Inner::Own(Arc::clone(&EMPTY)))
    }

    /// What is known about an address. IPv4 addresses may be mapped to IPv6.
    pub fn lookup(&self, ip: IpAddr) -> IpDetails {
        self.shared().tables.load().lookup(ip)
    }

    /// The bytes that the tables take, without names and without databases in MaxMind's format.
    pub fn size(&self) -> usize {
        self.shared().tables.load().size()
    }

    /// The same, looked up when it is asked for.
    pub(crate) fn details_of(&self, ip: IpAddr) -> LazyDetails {
        match &self.0 {
            #[cfg(feature = "ip-data")]
            Inner::Bundled => LazyDetails::of(Snapshot::Bundled, ip),
            Inner::Own(shared) => {
                let tables = shared.tables.load();
                if tables.is_empty() {
                    return LazyDetails::default();
                }
                LazyDetails::of(Snapshot::Own(Arc::clone(&tables)), ip)
            }
        }
    }

    /// Makes the first look-up as fast as the others.
    pub(crate) fn warm_up(&self) {
        self.shared();
    }

    fn shared(&self) -> &Arc<Shared> {
        match &self.0 {
            #[cfg(feature = "ip-data")]
            Inner::Bundled => &bundled::BUNDLED,
            Inner::Own(shared) => shared,
        }
    }
}

impl Shared {
    /// Tables that stay as they are.
    fn fixed(tables: Tables) -> Arc<Self> {
        Arc::new(Self {
            tables: ArcSwap::from_pointee(tables),
            files: None,
        })
    }
}

impl fmt::Debug for Reputation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reputation").finish_non_exhaustive()
    }
}
