//! Databases in MaxMind's format: what MaxMind sells as City, Country, Enterprise, ASN, ISP and Anonymous IP, and what IPinfo
//! and DB-IP give out in the same format under other names.

mod record;
mod scalar;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::path::Path;

use maxminddb::Reader;

use self::record::Record;
use super::ReputationError;
use crate::decision::{IpDetails, IpFlag};

/// What is accepted, for errors.
const ACCEPTED: &str = "a database in MaxMind's format (.mmdb)";

/// A database, read into memory: the file may be replaced at any time.
#[derive(Debug)]
pub(super) struct Database {
    reader: Reader<Vec<u8>>,
    /// What addresses that the database doesn't list are not.
    flags: &'static [IpFlag],
}

/// What the databases of anonymous addresses tell of every address.
const ANONYMOUS: &[IpFlag] = &[IpFlag::Hosting, IpFlag::Vpn, IpFlag::Proxy, IpFlag::Tor];

impl Database {
    pub(super) fn open(path: &Path) -> Result<Self, ReputationError> {
        let label = path.display().to_string();
        let content = std::fs::read(path).map_err(|error| {
            ReputationError::new(
                label.clone(),
                None,
                format!("it can't be read: {error}"),
                ACCEPTED,
            )
        })?;
        let reader = Reader::from_source(content)
            .map_err(|error| ReputationError::new(label, None, error.to_string(), ACCEPTED))?;
        let kind = reader.metadata().database_type.to_ascii_lowercase();
        let is_anonymous = ["anonymous", "privacy"].iter().any(|known| kind.contains(known));
        Ok(Self {
            reader,
            flags: if is_anonymous { ANONYMOUS } else { &[] },
        })
    }

    /// Adds what the database knows about an address, in place of what was known.
    pub(super) fn lookup(&self, ip: IpAddr, details: &mut IpDetails) {
        for flag in self.flags {
            details.flags.know(*flag);
        }
        let found = self
            .reader
            .lookup(ip)
            .and_then(|found| found.decode::<Record<'_>>());
        match found {
            Ok(Some(record)) => record.add_to(details),
            Ok(None) => {}
            // A database for IPv4 alone says so of every address of IPv6, and a record that is broken stays broken.
            Err(error) => tracing::debug!(%error, "a database of addresses could not be read"),
        }
    }
}
