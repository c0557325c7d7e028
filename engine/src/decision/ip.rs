//! What is known about a client's address.

/// What a decision server knows about the client's address. Empty text means unknown.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct IpDetails {
    /// Two letters of ISO 3166-1, as in `AT`.
    pub country: String,
    /// The country's name in English.
    pub country_name: String,
    /// The number of the autonomous system, as in `64500`.
    pub asn: String,
    /// The name of the autonomous system.
    pub asn_name: String,
    /// The address belongs to a hosting provider.
    pub is_hosting: bool,
    /// The address belongs to a VPN.
    pub is_vpn: bool,
    /// The address belongs to an open proxy.
    pub is_proxy: bool,
    /// The address is a Tor exit.
    pub is_tor: bool,
    /// The address belongs to a relay for private browsing.
    pub is_relay: bool,
    /// The address is on a list of known abusers.
    pub is_abuser: bool,
}
