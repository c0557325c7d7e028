//! Who besides the connection may name a client's address.

use std::net::IpAddr;

use ipnet::IpNet;

use super::DEVELOPMENT_HEADER;
use super::forwarded::ForwardedHeader;
use super::platform::{Naming, Platform, Preset};
use crate::error::ConfigError;

/// Whose word about a client's address is taken. By default nobody's: the address is the peer's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AddressSources {
    proxies: TrustedProxies,
    pub(super) header: ForwardedHeader,
    pub(super) platform: Option<&'static Preset>,
    pub(super) development: bool,
}

impl AddressSources {
    /// Trusts `proxies`, addresses and networks in CIDR notation, and what they write into `header`, and the edge of a
    /// `platform`.
    pub(crate) fn new(
        proxies: &[String],
        header: ForwardedHeader,
        platform: Option<Platform>,
    ) -> Result<Self, ConfigError> {
        let preset = platform.map(Platform::preset);
        if let (Some(platform), Some(preset)) = (platform, preset) {
            if preset.needs_proxies() && proxies.is_empty() {
                let problem = format!("empty, and from where {platform:?} calls is published nowhere");
                return Err(ConfigError::new("trusted_proxies", problem, ACCEPTED));
            }
            if let Some(list) = preset.list().filter(|list| *list != header) {
                let problem = format!("{platform:?} does not write `{}`", header.name());
                let accepted = format!("`{}`", list.name());
                return Err(ConfigError::new("forwarded_header", problem, accepted));
            }
        }
        Ok(Self {
            proxies: TrustedProxies::parse(proxies)?,
            header,
            platform: preset,
            development: false,
        })
    }

    /// Believes what developers say about clients, if this is a build for developers; otherwise it warns.
    #[must_use]
    pub(crate) fn development(mut self, debug_build: bool) -> Self {
        if !debug_build {
            tracing::warn!(
                "`ArcjetBuilder::development` does nothing: this build has no debug assertions, so it is none for development"
            );
        }
        self.development = debug_build;
        self
    }

    /// The headers that may name a client, in lower case.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &'static str> {
        let (list, named) = match self.platform.map(|preset| preset.naming) {
            Some(Naming::Header { name, ipv6 }) => (false, [Some(name), ipv6]),
            Some(Naming::XForwardedFor { .. }) => (true, [None, None]),
            None => (false, [None, None]),
        };
        let list = list || !self.proxies.0.is_empty();
        let development = self.development.then_some(DEVELOPMENT_HEADER);
        let list = list.then(|| self.header.name());
        [list, development].into_iter().chain(named).flatten()
    }

    pub(super) fn is_proxy(&self, ip: IpAddr) -> bool {
        self.proxies.contains(ip)
    }

    /// Whether an address is that of the platform's edge.
    pub(super) fn is_edge(&self, preset: &Preset, ip: IpAddr) -> bool {
        match preset.needs_proxies() {
            true => self.proxies.contains(ip),
            false => preset.contains(ip),
        }
    }
}

/// The networks of proxies whose word about the client's address is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Parses addresses and networks in CIDR notation.
    fn parse(proxies: &[String]) -> Result<Self, ConfigError> {
        let networks = proxies.iter().enumerate().map(|(index, text)| {
            let text = text.trim();
            let network = text
                .parse::<IpNet>()
                .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| {
                    ConfigError::new(format!("trusted_proxies[{index}]"), format!("`{text}`"), ACCEPTED)
                })?;
            if network.prefix_len() == 0 {
                let problem = format!("`{text}` trusts every address, so any client could name its own");
                return Err(ConfigError::new(
                    format!("trusted_proxies[{index}]"),
                    problem,
                    ACCEPTED,
                ));
            }
            Ok(network)
        });
        networks.collect::<Result<_, _>>().map(Self)
    }

    fn contains(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&ip))
    }
}

const ACCEPTED: &str = "addresses and networks such as 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32";

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(proxies: &[&str], platform: Platform, header: ForwardedHeader) -> Result<(), ConfigError> {
        let proxies: Vec<String> = proxies.iter().map(|text| (*text).to_owned()).collect();
        AddressSources::new(&proxies, header, Some(platform)).map(|_| ())
    }

    #[test]
    fn refuses_what_is_no_network() {
        for text in ["10.0.0.0/33", "example.com", "", "10.0.0", "0.0.0.0/0", "::/0"] {
            let error = TrustedProxies::parse(&["10.0.0.1".to_owned(), text.to_owned()]).unwrap_err();
            assert_eq!(error.field(), "trusted_proxies[1]", "{text}");
            assert!(error.accepted().contains("10.0.0.0/8"));
        }
    }

    #[test]
    fn refuses_presets_that_could_not_work() {
        let error = sources(&[], Platform::Vercel, ForwardedHeader::XForwardedFor).unwrap_err();
        assert_eq!(
            error.to_string(),
            "trusted_proxies: empty, and from where Vercel calls is published nowhere; accepted: addresses and networks such as \
             10.0.0.1, 10.0.0.0/8 or 2001:db8::/32"
        );
        let error = sources(&["10.0.0.1"], Platform::AwsAlb, ForwardedHeader::Forwarded).unwrap_err();
        assert_eq!(
            error.to_string(),
            "forwarded_header: AwsAlb does not write `forwarded`; accepted: `x-forwarded-for`"
        );
        sources(&["10.0.0.1"], Platform::Vercel, ForwardedHeader::Forwarded).unwrap();
    }

    #[test]
    fn the_override_is_out_of_reach_in_other_builds() {
        assert!(AddressSources::default().development(true).development);
        assert!(!AddressSources::default().development(false).development);
    }
}
