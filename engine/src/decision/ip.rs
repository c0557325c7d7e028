//! What is known about a client's address.

use std::borrow::Cow;

/// A text that most addresses share with many others, so that it is rarely a copy.
pub(crate) type Text = Cow<'static, str>;

/// What is known about a client's address: where it is, whose it is, what it is used for.
///
/// Everything is optional. `None` means that nothing is known, whether because no table was given or because none lists
/// the address. The official SDKs' `hasCountry()` is `country().is_some()` here.
///
/// ```
/// # use arcjet_engine::{IpFlag, reputation::{Kind, Reputation, Source}};
/// let reputation = Reputation::builder()
///     .source(Source::text(Kind::Country, "offices", "192.0.2.0/24,AT"))
///     .source(Source::text(Kind::Vpn, "example-vpn", "192.0.2.128/25").service("Example VPN"))
///     .build()?;
/// let details = reputation.lookup("192.0.2.129".parse().unwrap());
/// assert_eq!(details.country(), Some("AT"));
/// assert_eq!(details.country_name(), Some("Austria"));
/// assert!(details.is_vpn());
/// assert_eq!(details.service(), Some("Example VPN"));
/// assert_eq!(details.sources().collect::<Vec<_>>(), ["example-vpn"]);
/// // No list of Tor exits was given.
/// assert_eq!(details.flag(IpFlag::Tor), None);
/// # Ok::<(), arcjet_engine::reputation::ReputationError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IpDetails {
    pub(crate) location: Option<Location>,
    pub(crate) timezone: Option<Text>,
    pub(crate) postal_code: Option<Text>,
    pub(crate) city: Option<Text>,
    pub(crate) region: Option<Text>,
    pub(crate) country: Option<Text>,
    pub(crate) country_name: Option<Text>,
    pub(crate) continent: Option<Text>,
    pub(crate) continent_name: Option<Text>,
    pub(crate) asn: Option<Text>,
    pub(crate) asn_name: Option<Text>,
    pub(crate) asn_domain: Option<Text>,
    pub(crate) asn_type: Option<Text>,
    pub(crate) asn_country: Option<Text>,
    pub(crate) service: Option<Text>,
    pub(crate) crawler: Option<Text>,
    pub(crate) flags: Flags,
    pub(crate) sources: Vec<Text>,
    pub(crate) threat: Option<Box<ThreatIntelligence>>,
}

/// A place on earth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Location {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    /// In kilometres; 0 if unknown.
    pub(crate) accuracy_radius: u32,
}

impl IpDetails {
    /// The latitude in degrees, -90 to 90, north is positive.
    pub fn latitude(&self) -> Option<f64> {
        self.location.map(|location| location.latitude)
    }

    /// The longitude in degrees, -180 to 180, east is positive.
    pub fn longitude(&self) -> Option<f64> {
        self.location.map(|location| location.longitude)
    }

    /// The radius around latitude and longitude, in kilometres, in which the client probably is.
    pub fn accuracy_radius(&self) -> Option<u32> {
        let radius = self.location?.accuracy_radius;
        (radius > 0).then_some(radius)
    }

    /// The time zone by its name in the tz database, as in `Europe/Vienna`.
    pub fn timezone(&self) -> Option<&str> {
        self.timezone.as_deref()
    }

    /// The postal code, or its beginning.
    pub fn postal_code(&self) -> Option<&str> {
        self.postal_code.as_deref()
    }

    /// The city's name in English.
    pub fn city(&self) -> Option<&str> {
        self.city.as_deref()
    }

    /// The state, province or county, by its name in English.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The country: two capital letters of ISO 3166-1, as in `AT`.
    pub fn country(&self) -> Option<&str> {
        self.country.as_deref()
    }

    /// The country's name in English.
    pub fn country_name(&self) -> Option<&str> {
        self.country_name.as_deref()
    }

    /// The continent: `AF`, `AN`, `AS`, `EU`, `NA`, `OC` or `SA`.
    pub fn continent(&self) -> Option<&str> {
        self.continent.as_deref()
    }

    /// The continent's name in English.
    pub fn continent_name(&self) -> Option<&str> {
        self.continent_name.as_deref()
    }

    /// The number of the autonomous system that announces the address, as in `64500`.
    pub fn asn(&self) -> Option<&str> {
        self.asn.as_deref()
    }

    /// The name of the autonomous system or of its operator.
    pub fn asn_name(&self) -> Option<&str> {
        self.asn_name.as_deref()
    }

    /// The domain of the autonomous system's operator.
    pub fn asn_domain(&self) -> Option<&str> {
        self.asn_domain.as_deref()
    }

    /// What the autonomous system is used for: `isp`, `hosting`, `business` or `education`.
    pub fn asn_type(&self) -> Option<&str> {
        self.asn_type.as_deref()
    }

    /// The country in which the autonomous system is registered: two capital letters of ISO 3166-1.
    pub fn asn_country(&self) -> Option<&str> {
        self.asn_country.as_deref()
    }

    /// The name of the service that the address belongs to, such as a cloud or a relay.
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// The name of the crawler that the address belongs to.
    pub fn crawler_name(&self) -> Option<&str> {
        self.crawler.as_deref()
    }

    /// Whether the address is on the lists for this; `None` if no list for it was given.
    pub fn flag(&self, flag: IpFlag) -> Option<bool> {
        self.flags.get(flag)
    }

    /// Whether the address is known to belong to a hosting provider.
    pub fn is_hosting(&self) -> bool {
        self.flags.is_set(IpFlag::Hosting)
    }

    /// Whether the address is known to belong to a VPN.
    pub fn is_vpn(&self) -> bool {
        self.flags.is_set(IpFlag::Vpn)
    }

    /// Whether the address is known to be a proxy.
    pub fn is_proxy(&self) -> bool {
        self.flags.is_set(IpFlag::Proxy)
    }

    /// Whether the address is known to be a Tor exit.
    pub fn is_tor(&self) -> bool {
        self.flags.is_set(IpFlag::Tor)
    }

    /// Whether the address is known to belong to a relay for private browsing, such as Apple's.
    pub fn is_relay(&self) -> bool {
        self.flags.is_set(IpFlag::Relay)
    }

    /// Whether the address is on a list of known abusers.
    pub fn is_abuser(&self) -> bool {
        self.flags.is_set(IpFlag::Abuser)
    }

    /// Whether the address is known to belong to a crawler.
    pub fn is_crawler(&self) -> bool {
        self.flags.is_set(IpFlag::Crawler)
    }

    /// Whether the address is known to belong to a mobile network.
    pub fn is_mobile(&self) -> bool {
        self.flags.is_set(IpFlag::Mobile)
    }

    /// The names of the lists that the address is on, in the order in which they were given.
    pub fn sources(&self) -> impl ExactSizeIterator<Item = &str> {
        self.sources.iter().map(AsRef::as_ref)
    }

    /// An assessment of the address. Only decision servers that make one send it.
    pub fn threat(&self) -> Option<&ThreatIntelligence> {
        self.threat.as_deref()
    }

    /// Whether nothing at all is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What an address may be known as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IpFlag {
    /// It belongs to a hosting provider.
    Hosting,
    /// It belongs to a VPN.
    Vpn,
    /// It is a proxy.
    Proxy,
    /// It is a Tor exit.
    Tor,
    /// It belongs to a relay for private browsing.
    Relay,
    /// It is on a list of known abusers.
    Abuser,
    /// It belongs to a crawler.
    Crawler,
    /// It belongs to a mobile network.
    Mobile,
}

impl IpFlag {
    /// All flags.
    pub const ALL: [Self; 8] = [
        Self::Hosting,
        Self::Vpn,
        Self::Proxy,
        Self::Tor,
        Self::Relay,
        Self::Abuser,
        Self::Crawler,
        Self::Mobile,
    ];

    /// The name in configurations, as in `hosting`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hosting => "hosting",
            Self::Vpn => "vpn",
            Self::Proxy => "proxy",
            Self::Tor => "tor",
            Self::Relay => "relay",
            Self::Abuser => "abuser",
            Self::Crawler => "crawler",
            Self::Mobile => "mobile",
        }
    }
}

/// Flags with three values: set, not set, not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    known: u8,
    set: u8,
}

impl Flags {
    pub(crate) fn get(self, flag: IpFlag) -> Option<bool> {
        (self.known & bit(flag) != 0).then_some(self.is_set(flag))
    }

    pub(crate) fn is_set(self, flag: IpFlag) -> bool {
        self.set & bit(flag) != 0
    }

    /// Notes that it is known whether the flag is set.
    pub(crate) fn know(&mut self, flag: IpFlag) {
        self.known |= bit(flag);
    }

    pub(crate) fn set(&mut self, flag: IpFlag) {
        self.know(flag);
        self.set |= bit(flag);
    }
}

fn bit(flag: IpFlag) -> u8 {
    1 << flag as u8
}

/// An assessment of an address by a decision server. Empty means unknown; the values are the server's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreatIntelligence {
    /// How risky requests from the address are.
    pub risk_level: String,
    /// How certain that is.
    pub confidence: String,
    /// What the address is known for.
    pub reputation: String,
    /// Whether the address is known to be harmless.
    pub is_safe: bool,
    /// The kinds of networks that the address belongs to.
    pub network_types: Vec<String>,
    /// What was seen coming from the address.
    pub activities: Vec<String>,
    /// The kinds of owners that the address has.
    pub entities: Vec<String>,
    /// The owner's name.
    pub entity_name: Option<String>,
    /// The name of the service that the address belongs to.
    pub service: Option<String>,
    /// How much traffic without a target comes from the address.
    pub background_noise: i32,
}
