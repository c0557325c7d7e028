//! The sites of a server: which there are, who may ask as which, and how all of them are exchanged while it runs.

mod config;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use arcjet_engine::decider::protocol::{ProtocolDecider, SiteRules};
use arcjet_engine::{Clock, ConfigError, Timestamp};
use http::HeaderMap;

pub use self::config::SiteConfig;
use crate::auth::{KeyHash, Keys, bearer};
use crate::code::Fault;
use crate::generated::decide_service_server::DecideServiceServer;
use crate::generated::v2::decide_service_server::DecideServiceServer as GuardServiceServer;
use crate::site::Site;
use crate::store::Store;

/// The sites that a server serves. Cheap to clone; clones share the sites, so that [`replace`](Self::replace) on one of them
/// changes the sites of a running server.
///
/// A request is of the site that its key opens, and stays with the site as it was when the request came. Limits count by the
/// site's name: they go on counting when sites are replaced, and however the keys change.
#[derive(Clone)]
pub struct Sites {
    decider: ProtocolDecider<Store>,
    clock: Clock,
    table: Arc<ArcSwap<Table>>,
}

/// All sites of one moment.
struct Table {
    /// The site of every request, if there are no keys.
    open: Option<Arc<Tenant>>,
    tenants: Vec<Arc<Tenant>>,
    /// The look-up takes the same few steps however many keys there are. Its time may depend on the digest: an attacker cannot
    /// choose digests, because that is what SHA-256 prevents, and knowing a part of a digest brings him no nearer to a key.
    /// What he can choose, the key, goes through SHA-256 alone, whose time depends on the length only.
    keys: HashMap<KeyHash, Entry>,
}

/// What a key opens.
struct Entry {
    /// Index into the tenants.
    site: usize,
    expires: Option<Timestamp>,
}

/// A site with its gRPC form.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) site: Arc<Site>,
    pub(crate) grpc: DecideServiceServer<Site>,
    pub(crate) guard_grpc: GuardServiceServer<Site>,
}

impl Sites {
    /// One site for everybody, with or without a key.
    pub fn open(decider: ProtocolDecider<Store>) -> Self {
        Self::of(decider, &[])
    }

    /// A site for each key, over the same decider; without keys, [`Sites::open`].
    pub(crate) fn with_keys(&self, keys: &Keys) -> Self {
        Self::of(self.decider.clone(), &keys.sites())
    }

    /// Sites that need no check and have no rules.
    fn of(decider: ProtocolDecider<Store>, configs: &[SiteConfig]) -> Self {
        let table = Table::new(&decider, configs, vec![SiteRules::NONE; configs.len()]);
        Self {
            decider,
            clock: Clock::default(),
            table: Arc::new(ArcSwap::from_pointee(table)),
        }
    }

    /// The sites of `configs`; without any, [`Sites::open`].
    ///
    /// # Errors
    /// The first fault: two sites of one name, a key that opens two sites, a site without a key, a rule that can't work.
    pub fn new(decider: ProtocolDecider<Store>, configs: &[SiteConfig]) -> Result<Self, ConfigError> {
        let sites = Self::open(decider);
        sites.replace(configs)?;
        Ok(sites)
    }

    /// Sets the clock by which keys expire, so that tests can move time.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Serves these sites from here on. Requests that are being answered keep the site that they came to.
    ///
    /// # Errors
    /// As those of [`Sites::new`]; the sites then stay as they are.
    pub fn replace(&self, configs: &[SiteConfig]) -> Result<(), ConfigError> {
        let table = self.table(configs)?;
        self.table.store(Arc::new(table));
        Ok(())
    }

    /// Whether [`Sites::replace`] would accept these sites.
    ///
    /// # Errors
    /// As those of [`Sites::new`].
    pub fn check(&self, configs: &[SiteConfig]) -> Result<(), ConfigError> {
        self.table(configs).map(drop)
    }

    /// Whether every request is accepted, with or without a key.
    pub fn is_open(&self) -> bool {
        self.table.load().open.is_some()
    }

    /// The names of the sites, in the order of their configuration.
    pub fn names(&self) -> Vec<String> {
        let table = self.table.load();
        table
            .tenants
            .iter()
            .map(|tenant| tenant.site.name().to_owned())
            .collect()
    }

    /// Checks the sites and makes them ready.
    fn table(&self, configs: &[SiteConfig]) -> Result<Table, ConfigError> {
        let mut rules = Vec::with_capacity(configs.len());
        let mut known = HashSet::new();
        for (index, config) in configs.iter().enumerate() {
            let within = |error: ConfigError| error.within(&format!("site[{index}]"));
            config.check().map_err(within)?;
            if configs[..index].iter().any(|other| other.name == config.name) {
                let problem = format!("a second site with the name {:?}", config.name);
                return Err(within(ConfigError::new("name", problem, "a name for each site")));
            }
            for (place, key) in config.keys.iter().enumerate() {
                if !known.insert(key.hash) {
                    let problem = format!("the key {}… is listed before", key.hash.short());
                    let field = format!("keys[{place}]");
                    return Err(within(ConfigError::new(
                        field,
                        problem,
                        "each key once, for one site",
                    )));
                }
            }
            rules.push(self.decider.site_rules(config.rules.clone()).map_err(within)?);
        }
        Ok(Table::new(&self.decider, configs, rules))
    }

    /// The site that the request's key opens.
    pub(crate) fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Tenant>, Fault> {
        let table = self.table.load();
        if let Some(open) = &table.open {
            return Ok(Arc::clone(open));
        }
        let presented = KeyHash::of_presented(bearer(headers).ok_or_else(Fault::unauthenticated)?);
        let entry = table.keys.get(&presented).ok_or_else(Fault::unauthenticated)?;
        if entry.expires.is_some_and(|expires| self.clock.now() >= expires) {
            return Err(Fault::expired_key());
        }
        table
            .tenants
            .get(entry.site)
            .cloned()
            .ok_or_else(Fault::unauthenticated)
    }
}

impl fmt::Debug for Sites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sites")
            .field("names", &self.names())
            .finish_non_exhaustive()
    }
}

impl Table {
    fn new(decider: &ProtocolDecider<Store>, configs: &[SiteConfig], rules: Vec<SiteRules>) -> Self {
        let entries = configs.iter().enumerate().flat_map(|(site, config)| {
            let entry = move |expires| Entry { site, expires };
            config.keys.iter().map(move |key| (key.hash, entry(key.expires)))
        });
        let tenants = configs
            .iter()
            .zip(rules)
            .map(|(config, rules)| Tenant::new(Site::new(&config.name, decider.clone()).rules(rules)));
        Self {
            keys: entries.collect(),
            tenants: tenants.collect(),
            open: configs
                .is_empty()
                .then(|| Tenant::new(Site::new("", decider.clone()))),
        }
    }
}

impl Tenant {
    fn new(site: Site) -> Arc<Self> {
        let site = Arc::new(site);
        Arc::new(Self {
            grpc: DecideServiceServer::from_arc(Arc::clone(&site)),
            guard_grpc: GuardServiceServer::from_arc(Arc::clone(&site)),
            site,
        })
    }
}

#[cfg(test)]
mod tests;
