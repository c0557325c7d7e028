//! Flags for questions to the DNS.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use arcjet_engine::ConfigError;
use arcjet_engine::decider::protocol::ProtocolDeciderBuilder;
use arcjet_engine::dns::DnsConfig;
use clap::{Args, ValueEnum};

use super::serve::time;

/// The port of the DNS.
const PORT: u16 = 53;

/// How the DNS is asked.
#[derive(Debug, Args)]
pub(super) struct DnsArgs {
    /// Server to ask, as 192.0.2.53 or [2001:db8::53]:5353; repeat for more. Those of the system (/etc/resolv.conf) unless
    /// given.
    #[arg(long = "dns-server", env = "ARCJET_DECIDE_DNS_SERVERS", value_name = "ADDRESS", value_delimiter = ',', value_parser = server)]
    dns_servers: Vec<SocketAddr>,

    /// How long a request waits for an answer. One that comes later is kept for the next request.
    #[arg(long, env = "ARCJET_DECIDE_DNS_TIMEOUT", value_name = "TIME", default_value = "1s", value_parser = timeout)]
    dns_timeout: Duration,

    /// Answers of each kind that are kept.
    #[arg(long, env = "ARCJET_DECIDE_DNS_CACHE_CAPACITY", value_name = "COUNT", default_value_t = 10_000, value_parser = cache_capacity)]
    dns_cache_capacity: u64,

    /// Questions that may be open at the same time; what is asked beyond that is unknown at once.
    #[arg(long, env = "ARCJET_DECIDE_DNS_MAX_CONCURRENT", value_name = "COUNT", default_value_t = 256, value_parser = max_concurrent)]
    dns_max_concurrent: usize,
}

/// What the DNS is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DnsLookups {
    /// Nothing: no address is denied because its domain takes no mail.
    None,
    /// Whether domains take mail, for rules that deny NO_MX_RECORDS.
    Mail,
    /// Also which host names the addresses of bots have: calls that are about such a bot wait for the answer.
    All,
}

impl DnsArgs {
    pub(super) fn config(&self) -> DnsConfig {
        DnsConfig::new()
            .servers(self.dns_servers.iter().copied())
            .timeout(self.dns_timeout)
            .cache_capacity(self.dns_cache_capacity)
            .max_concurrent(self.dns_max_concurrent)
    }

    /// Tells a decider what to ask.
    pub(super) fn configure(
        &self,
        lookups: DnsLookups,
        builder: ProtocolDeciderBuilder,
    ) -> ProtocolDeciderBuilder {
        match lookups {
            DnsLookups::None => builder.without_dns(),
            DnsLookups::All => builder.dns(self.config()),
            // What nobody asked for must not keep a server from starting on a system without a DNS.
            DnsLookups::Mail if self.config() == DnsConfig::new() => builder,
            DnsLookups::Mail => builder.dns(self.config().verify_bots(false)),
        }
    }
}

fn server(text: &str) -> Result<SocketAddr, String> {
    let address = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, PORT));
    let address = address.or_else(|_| text.parse());
    address.ok().filter(|address| address.port() != 0).ok_or_else(|| {
        "expected an IP address, with its port unless that is 53, for example 192.0.2.53 or [2001:db8::53]:5353".to_owned()
    })
}

fn timeout(text: &str) -> Result<Duration, String> {
    let timeout = time(text)?;
    checked(timeout, &DnsConfig::new().timeout(timeout))
}

fn cache_capacity(text: &str) -> Result<u64, String> {
    let capacity = number(text)?;
    checked(capacity, &DnsConfig::new().cache_capacity(capacity))
}

fn max_concurrent(text: &str) -> Result<usize, String> {
    let questions = number(text)?;
    checked(questions, &DnsConfig::new().max_concurrent(questions))
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "expected a whole number".to_owned())
}

fn checked<T>(value: T, config: &DnsConfig) -> Result<T, String> {
    let fault = |error: ConfigError| format!("expected {}", error.accepted());
    config.check().map_err(fault).map(|()| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_have_the_port_of_the_dns_unless_they_say_otherwise() {
        for (text, expected) in [
            ("192.0.2.53", "192.0.2.53:53"),
            ("192.0.2.53:5353", "192.0.2.53:5353"),
            ("2001:db8::53", "[2001:db8::53]:53"),
            ("[2001:db8::53]:5353", "[2001:db8::53]:5353"),
        ] {
            assert_eq!(server(text), Ok(expected.parse().unwrap()), "{text}");
        }
        for text in [
            "",
            "dns.example",
            "192.0.2.53:0",
            "[2001:db8::53]",
            "192.0.2.53:x",
        ] {
            assert!(server(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_engine() {
        let command = DnsArgs::augment_args(clap::Command::new("dns"));
        let matches = command
            .mut_args(|argument| argument.env(None))
            .get_matches_from(["dns"]);
        let args = <DnsArgs as clap::FromArgMatches>::from_arg_matches(&matches).unwrap();
        assert_eq!(args.config(), DnsConfig::new());
    }

    #[test]
    fn ranges_are_told() {
        for error in [
            timeout("31s").unwrap_err(),
            timeout("0ms").unwrap_err(),
            cache_capacity("10000001").unwrap_err(),
            max_concurrent("0").unwrap_err(),
        ] {
            assert!(
                error.starts_with("expected ") && error.contains(" to "),
                "{error}"
            );
        }
    }
}
