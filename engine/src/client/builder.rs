//! The configuration of a client.

use std::sync::Arc;
use std::time::Duration;

use super::{Arcjet, Shared};
use crate::body::BodyPolicy;
use crate::cache::DenyCache;
use crate::client_ip::{AddressSources, ForwardedHeader, Platform};
#[cfg(feature = "remote-tls")]
use crate::decider::remote::DecideTls;
#[cfg(feature = "remote")]
use crate::decider::remote::{Remote, RemoteConfig};
use crate::decider::{Decider, Embedded, Lookups};
use crate::decision::{AnswerPolicy, FailPolicy};
use crate::error::ConfigError;
use crate::limit::MemoryStore;
use crate::reputation::Reputation;
use crate::rule::{Rule, RuleSet};
use crate::sandbox::{Sandbox, SandboxConfig};
use crate::telemetry::Telemetry;
use crate::time::Clock;

/// Configures and builds an [`Arcjet`] client.
///
/// Without [`decide_at`](Self::decide_at) everything is decided inside this process, and nothing else is needed.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ArcjetBuilder {
    rules: Vec<Rule>,
    characteristics: Vec<String>,
    trusted_proxies: Vec<String>,
    forwarded_header: ForwardedHeader,
    platform: Option<Platform>,
    development: bool,
    body_policy: BodyPolicy,
    answers: AnswerPolicy,
    sandbox: SandboxConfig,
    cache_capacity: u64,
    limit_capacity: usize,
    ipv6_prefix: u8,
    clock: Clock,
    reputation: Option<Reputation>,
    #[cfg(feature = "dns")]
    dns: Option<crate::dns::DnsConfig>,
    #[cfg(feature = "remote")]
    remote: Option<RemoteConfig>,
    #[cfg(feature = "remote")]
    decide_timeout: Duration,
    #[cfg(feature = "remote-tls")]
    decide_tls: DecideTls,
}

impl Default for ArcjetBuilder {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            characteristics: Vec::new(),
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            platform: None,
            development: false,
            body_policy: BodyPolicy::default(),
            answers: AnswerPolicy::default(),
            sandbox: SandboxConfig::default(),
            cache_capacity: 100_000,
            limit_capacity: 1_000_000,
            ipv6_prefix: crate::decider::IPV6_PREFIX,
            clock: Clock::default(),
            reputation: None,
            #[cfg(feature = "dns")]
            dns: None,
            #[cfg(feature = "remote")]
            remote: None,
            #[cfg(feature = "remote")]
            decide_timeout: Duration::from_millis(500),
            #[cfg(feature = "remote-tls")]
            decide_tls: DecideTls::default(),
        }
    }
}

impl ArcjetBuilder {
    /// Adds a rule; at most 10. The order of adding matters only among rules of one kind.
    pub fn rule(mut self, rule: impl Into<Rule>) -> Self {
        self.rules.push(rule.into());
        self
    }

    /// Adds rules, as those of a [`ProtectSignup`](crate::ProtectSignup).
    pub fn rules(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// Sets what tells clients apart, as in `["ip.src"]` or `["userId"]`, for the deny cache and for rate limits
    /// that don't say it themselves; the client's address unless set. See
    /// [`Characteristic`](crate::Characteristic) for what can be written.
    pub fn characteristics<I>(mut self, characteristics: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.characteristics = characteristics.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the proxies whose [forwarding header](Self::forwarded_header) is believed: addresses or networks in CIDR
    /// notation; none unless set.
    ///
    /// Name only what stands in front of the application. Whatever is named here can claim any address.
    pub fn trusted_proxies<I>(mut self, proxies: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.trusted_proxies = proxies.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the header in which trusted proxies name whom they forward for; [`ForwardedHeader::XForwardedFor`] unless set.
    ///
    /// Choose the one that the proxy writes. The other one is not read: it comes from the client, unchanged.
    pub fn forwarded_header(mut self, header: ForwardedHeader) -> Self {
        self.forwarded_header = header;
        self
    }

    /// Sets the platform in front of the application, which names the client in a way of its own; none unless set.
    ///
    /// ```
    /// use arcjet_engine::{Arcjet, Platform, Provenance, RequestDetails};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), arcjet_engine::ConfigError> {
    /// let arcjet = Arcjet::builder().platform(Platform::Cloudflare).build()?;
    /// let request = RequestDetails::builder("GET", "/")
    ///     .peer("172.64.0.1".parse().unwrap())
    ///     .header("cf-connecting-ip", b"203.0.113.7")
    ///     .build();
    /// let decision = arcjet.protect(&request).await;
    /// let client = decision.client_ip().unwrap();
    /// assert_eq!((client.as_str(), client.provenance()), ("203.0.113.7", Provenance::Platform));
    /// # Ok(())
    /// # }
    /// ```
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    /// Lets requests from this machine name their client in the header `x-arcjet-ip`, and takes requests without a peer's
    /// address for requests from 127.0.0.1.
    ///
    /// For development: in builds without debug assertions, as release builds are, it does nothing but log a warning.
    pub fn development(mut self) -> Self {
        self.development = true;
        self
    }

    /// Sets how long a request may take to send as much of its body as rules read; 10 s unless set, accepted: 1 ms to 60 s.
    ///
    /// Then the rules judge what came. Those that read bodies and do not deny report an error, so that the
    /// [`FailPolicy`] decides: otherwise a client could send the beginning of a body slowly to keep it from being searched.
    pub fn body_deadline(mut self, deadline: Duration) -> Self {
        self.body_policy.deadline = deadline;
        self
    }

    /// Unpacks bodies with a `Content-Encoding` of `gzip`, `deflate`, `br` or `zstd`, or two of them, for the rules that
    /// read bodies; off unless set. The handler gets the body as it came. For applications that unpack requests
    /// themselves, as with `tower_http`'s `RequestDecompressionLayer`: others read a body as it came, whatever it says.
    ///
    /// `budget` is the most bytes that a coding may yield, accepted: 1 to 1,048,576; no more than rules read is unpacked
    /// at all. So much a decompression bomb costs at most, and with `br` the window that it asks for, up to 16 MiB. A
    /// body that can't be unpacked is searched as it came, and a damaged one both ways. It takes the thread of the request
    /// 0.1 ms (gzip) to 0.6 ms (zstd) for 64 KiB of text.
    #[cfg(feature = "compressed-bodies")]
    pub fn inspect_compressed_bodies(mut self, budget: usize) -> Self {
        self.body_policy.budget = Some(budget);
        self
    }

    /// Sets what becomes of requests that can't be judged; [`FailPolicy::Open`] unless set.
    pub fn fail_policy(mut self, policy: FailPolicy) -> Self {
        self.answers.fail = policy;
        self
    }

    /// Sets whether answers tell clients where they stand with their rate limits, in the headers `RateLimit` and
    /// `RateLimit-Policy`; true unless set. `Retry-After` stays on denied requests, and
    /// [`Decision::rate_limits`](crate::Decision::rate_limits) tells the application the same in either case.
    ///
    /// ```
    /// use arcjet_engine::{Arcjet, FixedWindow};
    /// use std::time::Duration;
    ///
    /// let arcjet = Arcjet::builder()
    ///     .rule(FixedWindow::new(100, Duration::from_secs(60)))
    ///     .rate_limit_headers(false)
    ///     .build()?;
    /// # let _ = arcjet;
    /// # Ok::<(), arcjet_engine::ConfigError>(())
    /// ```
    pub fn rate_limit_headers(mut self, shown: bool) -> Self {
        self.answers.shows_limits = shown;
        self
    }

    /// Sets the limits of the sandbox.
    pub fn sandbox(mut self, sandbox: SandboxConfig) -> Self {
        self.sandbox = sandbox;
        self
    }

    /// Sets the most denials that are remembered; 100,000 unless set (about 250 bytes each).
    pub fn cache_capacity(mut self, denials: u64) -> Self {
        self.cache_capacity = denials;
        self
    }

    /// Sets the most clients that the embedded decider counts, over all limits and the points that [`Shield`](crate::Shield)s
    /// keep; 1,000,000 unless set (less than 100 bytes each). When it is full, the clients that were not seen for longest are forgotten.
    pub fn limit_capacity(mut self, clients: usize) -> Self {
        self.limit_capacity = clients;
        self
    }

    /// Sets the length of the prefix by which the embedded decider's limits count IPv6 clients; 64 unless set,
    /// accepted: 16 to 128.
    pub fn ipv6_prefix(mut self, length: u8) -> Self {
        self.ipv6_prefix = length;
        self
    }

    /// Sets what is known about addresses: what [`Decision::ip_details`](crate::Decision::ip_details) tells and what the
    /// fields `ip.src.country`, `ip.src.vpn` and so on of [`Filter`](crate::Filter) hold. Unless set, the tables that are
    /// part of this crate (feature `ip-data`): countries and hosting providers.
    pub fn reputation(mut self, reputation: Reputation) -> Self {
        self.reputation = Some(reputation);
        self
    }

    /// Sets the clock, so that tests can move time.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Has the DNS asked whether bots that prove by their host name who they are, as Googlebot does, are who they say: the
    /// result is in [`BotReason`](crate::BotReason). Requests that name such a bot wait for the answer, at most for the
    /// configured time. Not so with [`DnsConfig::verify_bots`](crate::dns::DnsConfig::verify_bots) false, or unless set: the DNS
    /// is then asked only for [`EmailType::NoMxRecords`](crate::EmailType::NoMxRecords), in the latter case as the system is
    /// configured.
    #[cfg(feature = "dns")]
    pub fn dns(mut self, config: crate::dns::DnsConfig) -> Self {
        self.dns = Some(config);
        self
    }

    /// Has a decision server decide what needs shared state: `url` as in `http://127.0.0.1:8787` or
    /// `https://decide.example.com`, `key` one of the server's keys. `https` is port 443 and `http` port 80 unless the URL
    /// says otherwise; `https` comes with the cargo feature `remote-tls`, which is on unless switched off.
    ///
    /// [`build`](Self::build) opens the connection in the background and must then be called inside a Tokio runtime.
    /// While the server can't be reached, rules that need it follow the [`FailPolicy`].
    #[cfg(feature = "remote")]
    pub fn decide_at(mut self, url: impl Into<String>, key: impl Into<String>) -> Self {
        self.remote = Some(RemoteConfig::new(url.into(), key.into()));
        self
    }

    /// Sets how long the decision server may take; 500 ms unless set, accepted: 1 ms to 60 s.
    #[cfg(feature = "remote")]
    pub fn decide_timeout(mut self, timeout: Duration) -> Self {
        self.decide_timeout = timeout;
        self
    }

    /// Sets whom to trust and what to show where [`decide_at`](Self::decide_at) names an `https` address; the system's
    /// certificate authorities and no certificate unless set.
    #[cfg(feature = "remote-tls")]
    pub fn decide_tls(mut self, tls: DecideTls) -> Self {
        self.decide_tls = tls;
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// A setting can't work: the error names the field and what it accepts.
    pub fn build(self) -> Result<Arcjet, ConfigError> {
        let sandbox = Sandbox::new(self.sandbox.clone())?;
        self.build_with(sandbox)
    }

    /// Builds the client with a sandbox that may hold other rules than the bundled ones.
    pub(super) fn build_with(self, sandbox: Sandbox) -> Result<Arcjet, ConfigError> {
        let set = RuleSet::compile(&self.rules, &self.characteristics, &sandbox)?;
        #[cfg(feature = "dns")]
        let lookups = Lookups::new(self.dns.as_ref())?;
        #[cfg(not(feature = "dns"))]
        let lookups = Lookups::default();
        lookups.check(&set)?;
        let reputation = self.reputation.unwrap_or_default();
        if set.reads_ip_details() {
            reputation.warm_up();
        }
        self.body_policy.validate()?;
        let mut address_sources =
            AddressSources::new(&self.trusted_proxies, self.forwarded_header, self.platform)?;
        if self.development {
            address_sources = address_sources.development(cfg!(debug_assertions));
        }
        let store = MemoryStore::builder()
            .capacity(self.limit_capacity)
            .build()
            .map_err(|error| ConfigError::new("limit_capacity", error.problem(), error.accepted()))?;
        let embedded = Embedded::new(store, self.ipv6_prefix)?;
        #[cfg(not(feature = "remote"))]
        let decider = Decider::Embedded(embedded);
        #[cfg(feature = "remote")]
        let decider = match self.remote {
            Some(remote) => {
                let remote = remote.timeout(self.decide_timeout);
                #[cfg(feature = "remote-tls")]
                let remote = remote.tls(self.decide_tls);
                Decider::Remote {
                    server: Box::new(Remote::start(&remote)?),
                    local: embedded,
                }
            }
            None => Decider::Embedded(embedded),
        };
        let shared = Shared {
            sandbox,
            cache: DenyCache::new(self.cache_capacity),
            decider,
            lookups,
            telemetry: Telemetry::new(),
            address_sources,
            reputation,
            characteristics: self.characteristics,
            answers: self.answers,
            clock: self.clock,
            body_policy: self.body_policy,
        };
        Ok(Arcjet::judging(self.rules, set, Arc::new(shared)))
    }
}
