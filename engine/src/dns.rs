//! What rules ask the DNS: whether a domain takes mail, and which names an address has that lead back to it.
//!
//! Every question has a deadline, is asked once however many requests wait for the answer, and its answer is kept for as long as the
//! records say, within bounds. What can't be answered is [unknown](DnsAnswer::Unknown) and never a reason to deny.

mod config;
mod lookup;
mod shared;
#[cfg(test)]
pub(crate) mod tests;

pub use config::DnsConfig;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::error::ConfigError;
use lookup::Resolver;
use shared::Shared;

/// The answer to a question with yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DnsAnswer {
    /// The DNS says yes.
    Yes,
    /// The DNS says no: the records aren't there, and that is certain.
    No,
    /// The DNS didn't answer in time, failed, refused, or too many questions were open.
    Unknown,
}

/// The names of an address that lead back to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostNames {
    /// These names, in lower case and without the last dot; at least one.
    Confirmed(Vec<String>),
    /// The address has no such name.
    Unconfirmed,
    /// The DNS didn't answer in time, failed, refused, or too many questions were open.
    Unknown,
}

/// How many names of one address are followed. Whoever has the address writes them, and may write thousands.
const MAX_NAMES: usize = 8;

/// Asks the DNS. Clones share cache and connections.
#[derive(Clone)]
pub struct Dns {
    resolver: Arc<Resolver>,
    timeout: Duration,
    mail: Arc<Shared<Box<str>, bool>>,
    reverse: Arc<Shared<IpAddr, Arc<[Box<str>]>>>,
    forward: Arc<Shared<Box<str>, Arc<[IpAddr]>>>,
}

impl Dns {
    /// Checks the configuration and, unless it names servers, reads the system's. Asks nothing yet.
    ///
    /// # Errors
    /// If a value is out of its range, or the system's configuration can't be read.
    pub fn new(config: &DnsConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let permits = Arc::new(Semaphore::new(config.max_concurrent));
        Ok(Self {
            resolver: Arc::new(Resolver::new(config)?),
            timeout: config.timeout,
            mail: Arc::new(Shared::new("mx", config, Arc::clone(&permits))),
            reverse: Arc::new(Shared::new("reverse", config, Arc::clone(&permits))),
            forward: Arc::new(Shared::new("forward", config, permits)),
        })
    }

    /// Whether a domain, in ASCII, takes mail (RFC 5321, 5.1): it has an MX record that names a server, or no MX record but an
    /// address. A domain whose only MX record is the null MX of RFC 7505 doesn't, even with an address.
    ///
    /// Must be called inside a tokio runtime; outside of one the answer is unknown.
    pub async fn has_mx(&self, domain: &str) -> DnsAnswer {
        let key: Box<str> = domain.trim_end_matches('.').to_ascii_lowercase().into();
        let resolver = Arc::clone(&self.resolver);
        let look_up = |name: Box<str>| async move { resolver.takes_mail(&name).await };
        match self.mail.get(key, self.deadline(), look_up).await {
            Some(true) => DnsAnswer::Yes,
            Some(false) => DnsAnswer::No,
            None => DnsAnswer::Unknown,
        }
    }

    /// The names of an address, by reverse look-up, that are wanted and have that address themselves: forward-confirmed reverse DNS,
    /// by which operators of bots let their bots be recognised. Names that aren't wanted are not followed, and of the others only the
    /// first few; `is_wanted` sees them in lower case and without the last dot.
    ///
    /// Must be called inside a tokio runtime; outside of one the answer is unknown.
    pub async fn forward_confirmed(&self, address: IpAddr, is_wanted: impl Fn(&str) -> bool) -> HostNames {
        let address = address.to_canonical();
        let deadline = self.deadline();
        let resolver = Arc::clone(&self.resolver);
        let look_up = |address| async move { resolver.names(address).await };
        let Some(names) = self.reverse.get(address, deadline, look_up).await else {
            return HostNames::Unknown;
        };
        let mut confirmed = Vec::new();
        let mut is_certain = true;
        for name in names.iter().filter(|name| is_wanted(name)).take(MAX_NAMES) {
            let resolver = Arc::clone(&self.resolver);
            let look_up = |name: Box<str>| async move { resolver.addresses(&name).await };
            match self.forward.get(name.clone(), deadline, look_up).await {
                Some(addresses) if addresses.contains(&address) => confirmed.push(name.to_string()),
                Some(_) => {}
                None => is_certain = false,
            }
        }
        match (confirmed.is_empty(), is_certain) {
            (false, _) => HostNames::Confirmed(confirmed),
            (true, true) => HostNames::Unconfirmed,
            (true, false) => HostNames::Unknown,
        }
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }
}

impl fmt::Debug for Dns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dns")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
