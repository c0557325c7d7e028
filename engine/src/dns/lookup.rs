//! The questions themselves: records asked for, and what their absence means.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};

use super::config::DnsConfig;
use super::shared::{FAILURE, Kept};
use crate::error::ConfigError;

/// How long an answer is kept at least and at most, whatever its records say.
const POSITIVE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(3600));
/// Likewise for the certainty that something isn't there. Somebody may just be setting it up.
const NEGATIVE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(900));

/// What a question for records came to.
enum Records {
    /// The answer's records, at least one, and how long they hold.
    Some(Lookup, Duration),
    /// There are none of the type.
    None(Duration),
    /// There is no such name.
    NoName(Duration),
    /// No certain answer.
    Unknown,
}

pub(super) struct Resolver(TokioResolver);

impl Resolver {
    pub(super) fn new(config: &DnsConfig) -> Result<Self, ConfigError> {
        let mut builder = if config.servers.is_empty() {
            TokioResolver::builder_tokio().map_err(|error| unusable(&error))?
        } else {
            let servers = config.servers.iter().map(|server| {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                    connection.port = server.port();
                    connection
                });
                NameServerConfig::new(server.ip(), true, connections.into())
            });
            let config = ResolverConfig::from_name_servers(servers.collect());
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        set_options(builder.options_mut(), config.timeout);
        builder.build().map(Self).map_err(|error| unusable(&error))
    }

    /// Whether a domain takes mail.
    pub(super) async fn takes_mail(&self, domain: &str) -> Kept<bool> {
        let Some(name) = absolute(domain) else {
            // The DNS can't hold such a name.
            return certain(false, NEGATIVE.1);
        };
        match self.records(name.clone(), RecordType::MX).await {
            Records::Some(lookup, lifetime) => {
                let is_server = |data: &RData| matches!(data, RData::MX(mx) if !mx.exchange.is_root());
                let takes_mail = lookup.answers().iter().any(|record| is_server(&record.data));
                certain(takes_mail, lifetime)
            }
            Records::None(_) => {
                let Kept { answer, lifetime } = self.addresses_of(name).await;
                Kept {
                    answer: answer.map(|addresses| !addresses.is_empty()),
                    lifetime,
                }
            }
            Records::NoName(lifetime) => certain(false, lifetime),
            Records::Unknown => Kept::unknown(),
        }
    }

    /// The names that the reverse zone has for an address, in lower case and without the last dot.
    pub(super) async fn names(&self, address: IpAddr) -> Kept<Arc<[Box<str>]>> {
        match self.records(Name::from(address), RecordType::PTR).await {
            Records::Some(lookup, lifetime) => {
                let names = lookup.answers().iter().filter_map(|record| match &record.data {
                    RData::PTR(name) => {
                        let name = name.to_lowercase().to_ascii();
                        Some(name.trim_end_matches('.').into())
                    }
                    _ => None,
                });
                certain(names.collect(), lifetime)
            }
            Records::None(lifetime) | Records::NoName(lifetime) => certain(Arc::new([]), lifetime),
            Records::Unknown => Kept::unknown(),
        }
    }

    /// The addresses of a name, of both versions.
    pub(super) async fn addresses(&self, name: &str) -> Kept<Arc<[IpAddr]>> {
        match absolute(name) {
            Some(name) => self.addresses_of(name).await,
            None => certain(Arc::new([]), NEGATIVE.1),
        }
    }

    async fn addresses_of(&self, name: Name) -> Kept<Arc<[IpAddr]>> {
        let (v4, v6) = tokio::join!(
            self.records(name.clone(), RecordType::A),
            self.records(name, RecordType::AAAA)
        );
        let mut addresses = Vec::new();
        let mut lifetime = POSITIVE.1;
        let mut is_certain = true;
        for records in [v4, v6] {
            match records {
                Records::Some(lookup, own) => {
                    lifetime = lifetime.min(own);
                    addresses.extend(lookup.answers().iter().filter_map(|record| record.data.ip_addr()));
                }
                Records::None(own) | Records::NoName(own) => lifetime = lifetime.min(own),
                Records::Unknown => is_certain = false,
            }
        }
        match (is_certain, addresses.is_empty()) {
            (true, _) => certain(addresses.into(), lifetime),
            // Half an answer is good for yes, but not for long.
            (false, false) => certain(addresses.into(), FAILURE),
            (false, true) => Kept::unknown(),
        }
    }

    async fn records(&self, name: Name, kind: RecordType) -> Records {
        match self.0.lookup(name, kind).await {
            Ok(lookup) => {
                let own = lookup
                    .answers()
                    .iter()
                    .filter(|record| record.record_type() == kind);
                let is_there = own.count() > 0;
                let seconds = lookup.answers().iter().map(|record| record.ttl).min();
                let seconds = Duration::from_secs(seconds.unwrap_or(0).into());
                if is_there {
                    Records::Some(lookup, seconds.clamp(POSITIVE.0, POSITIVE.1))
                } else {
                    // An alias that leads to a name without such records.
                    Records::None(seconds.clamp(NEGATIVE.0, NEGATIVE.1))
                }
            }
            Err(NetError::Dns(DnsError::NoRecordsFound(none))) => {
                let seconds = none.negative_ttl.unwrap_or(0);
                let lifetime = Duration::from_secs(seconds.into()).clamp(NEGATIVE.0, NEGATIVE.1);
                match none.response_code {
                    ResponseCode::NXDomain => Records::NoName(lifetime),
                    ResponseCode::NoError => Records::None(lifetime),
                    _ => Records::Unknown,
                }
            }
            Err(error) => {
                tracing::debug!(%error, "a DNS question failed");
                Records::Unknown
            }
        }
    }
}

fn set_options(options: &mut ResolverOpts, timeout: Duration) {
    // One repetition within the deadline, since UDP loses packets.
    options.timeout = timeout / 2;
    options.attempts = 1;
    // The answers are kept in one place, and that is `Shared`.
    options.cache_size = 0;
    // What this machine calls an address is nobody's proof of anything.
    options.use_hosts_file = ResolveHosts::Never;
}

fn unusable(error: &NetError) -> ConfigError {
    ConfigError::new(
        "dns.servers",
        format!("the system's configuration of the DNS can't be used: {error}"),
        "addresses of DNS servers, or a readable configuration of the system",
    )
}

/// The name with its last dot, so that no search list of the system is tried; nothing if the DNS can't hold it.
fn absolute(name: &str) -> Option<Name> {
    let mut name = Name::from_ascii(name).ok().filter(|name| !name.is_root())?;
    name.set_fqdn(true);
    Some(name)
}

fn certain<V>(answer: V, lifetime: Duration) -> Kept<V> {
    Kept {
        answer: Some(answer),
        lifetime,
    }
}
