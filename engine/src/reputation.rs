//! What is known about addresses: countries, autonomous systems, hosting providers, VPNs and more.
//!
//! [`Reputation`] holds tables in memory, made from [sources](Source): files that the application names. A look-up is one
//! search, however many sources there are.
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
mod country;
mod error;
mod layer;
mod read;
mod source;
mod table;
mod tables;

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;

pub use builder::ReputationBuilder;
pub use error::ReputationError;
pub use source::{Kind, Source};
pub(crate) use tables::Tables;

use crate::decision::{IpDetails, LazyDetails};

/// What is known about addresses. Cheap to clone; clones share their tables.
#[derive(Clone)]
pub struct Reputation(Arc<Shared>);

struct Shared {
    tables: ArcSwap<Tables>,
}

impl Reputation {
    /// Starts a configuration without any source.
    pub fn builder() -> ReputationBuilder {
        ReputationBuilder::default()
    }

    /// Nothing is known about any address.
    pub fn empty() -> Self {
        static EMPTY: LazyLock<Reputation> = LazyLock::new(|| Reputation::from(Tables::new(&[])));
        EMPTY.clone()
    }

    /// What is known about an address. IPv4 addresses may be mapped to IPv6.
    pub fn lookup(&self, ip: IpAddr) -> IpDetails {
        self.0.tables.load().lookup(ip)
    }

    /// The same, looked up when it is asked for.
    pub(crate) fn details_of(&self, ip: IpAddr) -> LazyDetails {
        let tables = self.0.tables.load();
        if tables.is_empty() {
            return LazyDetails::default();
        }
        LazyDetails::of(Arc::clone(&tables), ip)
    }

    /// Makes the first look-up as fast as the others.
    pub(crate) fn warm_up(&self) {
        self.0.tables.load();
    }
}

impl Default for Reputation {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<Tables> for Reputation {
    fn from(tables: Tables) -> Self {
        Self(Arc::new(Shared {
            tables: ArcSwap::from_pointee(tables),
        }))
    }
}

impl fmt::Debug for Reputation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reputation").finish_non_exhaustive()
    }
}
