//! How to replay, and what is said about what could not be.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroUsize;

use arcjet_engine::dns::DnsConfig;
use arcjet_engine::reputation::Reputation;

use super::input::{Format, Input};
use super::record::Unread;

/// How records are read and judged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// What the inputs are written in; found out from each unless set.
    pub format: Option<Format>,
    /// How many threads judge; as many as there are processors unless set. The output is the same for any number.
    pub threads: NonZeroUsize,
    /// The address of records that have none; none unless set.
    pub client_ip: Option<IpAddr>,
    /// Addresses and networks of proxies whose `X-Forwarded-For` is believed; none unless set.
    pub trusted_proxies: Vec<String>,
    /// The most clients that limits count at a time; 1,000,000 unless set, in about 60 bytes each.
    pub limit_capacity: usize,
    /// The length of the prefix by which limits count IPv6 clients, 16 to 128; 64 unless set.
    pub ipv6_prefix: u8,
    /// What is known about addresses; the tables that are part of the engine unless set.
    pub reputation: Reputation,
    /// How the DNS is asked about e-mail domains and the host names of bots; it is not asked unless set. What it says today is
    /// not what it said when the traffic was recorded, and an answer that comes too late is none: the output is then no longer
    /// the same every time.
    pub dns: Option<DnsConfig>,
    /// The most bytes of a record; 16 MiB unless set.
    pub most_record_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: None,
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            client_ip: None,
            trusted_proxies: Vec::new(),
            limit_capacity: 1_000_000,
            ipv6_prefix: 64,
            reputation: Reputation::default(),
            dns: None,
            most_record_bytes: 16 << 20,
        }
    }
}

/// Something that could not be judged. Prints as in `access.log:17: no request in quotes`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Complaint {
    /// What of it is to be thought.
    pub kind: ComplaintKind,
    /// The input's name.
    pub input: String,
    /// The line, or which element it is, from 1; `None` for the whole input.
    pub place: Option<u64>,
    /// Why.
    pub reason: String,
}

/// What is to be thought of something that could not be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ComplaintKind {
    /// A record is not what its format says.
    Bad,
    /// A record is well-formed, but not a request that rules could be asked about.
    Skipped,
    /// An input can't be read, or not to its end.
    Unreadable,
}

impl Complaint {
    pub(super) fn bad(input: &Input, place: u64, reason: String) -> Self {
        Self {
            kind: ComplaintKind::Bad,
            input: input.name(),
            place: Some(place),
            reason,
        }
    }

    pub(super) fn unread(input: &Input, place: u64, why: Unread) -> Self {
        match why {
            Unread::Bad(reason) => Self::bad(input, place, reason),
            Unread::Skipped(reason) => Self {
                kind: ComplaintKind::Skipped,
                ..Self::bad(input, place, reason.to_owned())
            },
        }
    }

    pub(super) fn unreadable(input: &Input, reason: String) -> Self {
        Self {
            kind: ComplaintKind::Unreadable,
            input: input.name(),
            place: None,
            reason,
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.input)?;
        if let Some(place) = self.place {
            write!(f, ":{place}")?;
        }
        write!(f, ": {}", self.reason)
    }
}
