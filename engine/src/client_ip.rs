//! The client's address: the peer's, or what trusted proxies say about it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::error::ConfigError;
use crate::request::RequestDetails;

/// The client's address and where it came from.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ClientIp {
    text: String,
    ip: Option<IpAddr>,
    provenance: Provenance,
}

impl ClientIp {
    /// The address; `None` if whoever described the request gave text that is not an address.
    pub fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// The address as text, as fingerprints hash it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where the address came from.
    pub fn provenance(&self) -> Provenance {
        self.provenance
    }

    fn new(ip: IpAddr, provenance: Provenance) -> Self {
        // A dual-stack socket shows IPv4 peers as ::ffff:a.b.c.d; proxies and lists write them as IPv4.
        let ip = ip.to_canonical();
        Self {
            text: text(ip),
            ip: Some(ip),
            provenance,
        }
    }
}

impl fmt::Debug for ClientIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.text, self.provenance)
    }
}

/// Where the client's address came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Provenance {
    /// It is the other end of the connection.
    Peer,
    /// A trusted proxy named it in `X-Forwarded-For`.
    TrustedProxy,
    /// Whoever described the request set it.
    Manual,
}

/// The networks of proxies whose word about the client's address is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Parses addresses and networks in CIDR notation.
    pub(crate) fn parse(proxies: &[String]) -> Result<Self, ConfigError> {
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

/// Determines the client's address.
///
/// `X-Forwarded-For` counts only if the peer is a trusted proxy. It is read from the right, because each proxy
/// appends the address that it saw: entries of trusted proxies are passed over, and the first other one is the client.
/// What stands further left was written by the client. An entry that is no address ends the walk: the last
/// address that a trusted proxy vouches for is taken.
pub(crate) fn client_ip(request: &RequestDetails, proxies: &TrustedProxies) -> Option<ClientIp> {
    if let Some(text) = request.ip() {
        let ip = text.parse().ok();
        return Some(ClientIp {
            text: text.into(),
            ip,
            provenance: Provenance::Manual,
        });
    }
    let peer = request.peer()?.to_canonical();
    if !proxies.contains(peer) {
        return Some(ClientIp::new(peer, Provenance::Peer));
    }
    let forwarded: Vec<&[u8]> = request
        .headers()
        .filter(|(name, _)| *name == "x-forwarded-for")
        .map(|(_, value)| value)
        .collect();
    let mut client = ClientIp::new(peer, Provenance::Peer);
    for entry in forwarded
        .iter()
        .rev()
        .flat_map(|value| value.rsplit(|byte| *byte == b','))
    {
        let Some(ip) = parse_entry(entry) else { break };
        client = ClientIp::new(ip, Provenance::TrustedProxy);
        if !proxies.contains(ip) {
            break;
        }
    }
    Some(client)
}

/// The address as text. Every request needs it, and `fmt` takes as long for an IPv4 address as hashing it does.
fn text(ip: IpAddr) -> String {
    let IpAddr::V4(ip) = ip else { return ip.to_string() };
    let mut text = String::with_capacity("255.255.255.255".len());
    for (place, octet) in ip.octets().into_iter().enumerate() {
        if place > 0 {
            text.push('.');
        }
        if octet >= 100 {
            text.push(char::from(b'0' + octet / 100));
        }
        if octet >= 10 {
            text.push(char::from(b'0' + octet / 10 % 10));
        }
        text.push(char::from(b'0' + octet % 10));
    }
    text
}

/// Reads `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]` and `[::1]:80`.
fn parse_entry(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry.trim_ascii()).ok()?;
    let ip = text
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()))
        .or_else(|_| {
            text.strip_prefix('[')
                .and_then(|text| text.strip_suffix(']'))
                .unwrap_or("")
                .parse()
        })
        .ok()?;
    Some(ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(peer: &str, forwarded: &[&str], proxies: &[&str]) -> (String, Provenance) {
        let proxies: Vec<String> = proxies.iter().map(|text| (*text).to_owned()).collect();
        let mut builder = RequestDetails::builder("GET", "/").peer(peer.parse().unwrap());
        for value in forwarded {
            builder = builder.header("x-forwarded-for", value.as_bytes());
        }
        let ip = client_ip(&builder.build(), &TrustedProxies::parse(&proxies).unwrap()).unwrap();
        (ip.as_str().to_owned(), ip.provenance())
    }

    #[test]
    fn table() {
        use Provenance::{Peer, TrustedProxy};
        let private = &["10.0.0.0/8", "fd00::/8", "192.0.2.1"][..];
        for (peer, forwarded, proxies, expected, provenance) in [
            // Nobody is trusted unless configured.
            ("203.0.113.9", &["1.1.1.1"][..], &[][..], "203.0.113.9", Peer),
            // The peer is not a proxy, so the header is the client's own invention.
            ("203.0.113.9", &["1.1.1.1"], private, "203.0.113.9", Peer),
            ("10.0.0.1", &["1.1.1.1"], private, "1.1.1.1", TrustedProxy),
            // What stands left of the first untrusted address was written by the client.
            (
                "10.0.0.1",
                &["6.6.6.6, 1.1.1.1"],
                private,
                "1.1.1.1",
                TrustedProxy,
            ),
            (
                "10.0.0.1",
                &["6.6.6.6, 1.1.1.1, 10.2.2.2 ,192.0.2.1"],
                private,
                "1.1.1.1",
                TrustedProxy,
            ),
            // Several header lines are one list.
            (
                "10.0.0.1",
                &["6.6.6.6", "1.1.1.1, 10.3.3.3", "10.2.2.2"],
                private,
                "1.1.1.1",
                TrustedProxy,
            ),
            // All of them are proxies: the farthest is the client.
            (
                "10.0.0.1",
                &["10.9.9.9, 10.8.8.8"],
                private,
                "10.9.9.9",
                TrustedProxy,
            ),
            // An entry that is no address ends the walk.
            ("10.0.0.1", &["1.1.1.1, unknown"], private, "10.0.0.1", Peer),
            (
                "10.0.0.1",
                &["1.1.1.1, unknown, 10.8.8.8"],
                private,
                "10.8.8.8",
                TrustedProxy,
            ),
            ("10.0.0.1", &[""], private, "10.0.0.1", Peer),
            ("10.0.0.1", &[], private, "10.0.0.1", Peer),
            // Ports, brackets, IPv6, mapped IPv4.
            ("10.0.0.1", &["1.1.1.1:4711"], private, "1.1.1.1", TrustedProxy),
            (
                "fd00::1",
                &["[2001:db8::7]:4711"],
                private,
                "2001:db8::7",
                TrustedProxy,
            ),
            (
                "fd00::1",
                &["[2001:db8::7]"],
                private,
                "2001:db8::7",
                TrustedProxy,
            ),
            (
                "::ffff:10.0.0.1",
                &["::ffff:1.1.1.1"],
                private,
                "1.1.1.1",
                TrustedProxy,
            ),
        ] {
            let found = resolve(peer, forwarded, proxies);
            assert_eq!(
                found,
                (expected.to_owned(), provenance),
                "peer {peer}, forwarded {forwarded:?}"
            );
        }
    }

    #[test]
    fn addresses_are_written_as_everyone_writes_them() {
        for bits in [0, 0x0100_0a0a, 0x0909_6364, 0xc0a8_00ff, 0x7f00_0001, u32::MAX] {
            let ip = IpAddr::V4(bits.into());
            assert_eq!(text(ip), ip.to_string());
        }
        assert_eq!(text("2001:db8::1".parse().unwrap()), "2001:db8::1");
    }

    #[test]
    fn manual_text_is_kept_verbatim() {
        let request = RequestDetails::builder("GET", "/")
            .peer([127, 0, 0, 1].into())
            .build()
            .with_ip("2001:DB8::1");
        let ip = client_ip(&request, &TrustedProxies::default()).unwrap();
        assert_eq!(
            (ip.as_str(), ip.provenance()),
            ("2001:DB8::1", Provenance::Manual)
        );
        assert_eq!(ip.ip(), "2001:db8::1".parse().ok());
    }

    #[test]
    fn refuses_what_is_no_network() {
        for text in ["10.0.0.0/33", "example.com", "", "10.0.0", "0.0.0.0/0", "::/0"] {
            let error = TrustedProxies::parse(&["10.0.0.1".to_owned(), text.to_owned()]).unwrap_err();
            assert_eq!(error.field(), "trusted_proxies[1]", "{text}");
            assert!(error.accepted().contains("10.0.0.0/8"));
        }
    }
}
