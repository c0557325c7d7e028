//! The client's address: the peer's, or what trusted proxies and platforms say about it.

mod forwarded;
mod platform;
mod sources;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

pub use forwarded::ForwardedHeader;
pub use platform::Platform;
pub(crate) use sources::AddressSources;

use crate::request::RequestDetails;
use forwarded::{address, from_the_right};
use platform::Naming;

/// The header by which developers name a client; the official SDKs have the same.
const DEVELOPMENT_HEADER: &str = "x-arcjet-ip";

/// The client's address and where it came from.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ClientIp {
    text: String,
    ip: Option<IpAddr>,
    provenance: Provenance,
    header: Option<&'static str>,
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

    /// The header that named the address, in lower case; `None` if none did.
    pub fn header(&self) -> Option<&'static str> {
        self.header
    }

    fn new(ip: IpAddr, provenance: Provenance, header: Option<&'static str>) -> Self {
        Self {
            text: text(ip),
            ip: Some(ip),
            provenance,
            header,
        }
    }
}

impl fmt::Debug for ClientIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?}", self.text, self.provenance)?;
        if let Some(header) = self.header {
            write!(f, ", {header}")?;
        }
        f.write_str(")")
    }
}

/// Where the client's address came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Provenance {
    /// It is the other end of the connection.
    Peer,
    /// A [trusted proxy](crate::ArcjetBuilder::trusted_proxies) named it.
    TrustedProxy,
    /// The [platform](crate::ArcjetBuilder::platform) named it.
    Platform,
    /// Whoever described the request set it.
    Manual,
    /// A developer named it, or nobody did: see [`ArcjetBuilder::development`](crate::ArcjetBuilder::development).
    Development,
}

/// Determines the client's address.
///
/// The walk starts at the peer. As long as the address is a trusted proxy's, the next entry from the right of the
/// configured header is the next one, because each proxy appends the address that it saw. At the edge of the platform,
/// it is the platform that names the client. What stands further left was written by the client. Where no address is
/// named the walk ends: the last address that somebody trusted vouches for is taken.
pub(crate) fn client_ip(request: &RequestDetails, sources: &AddressSources) -> Option<ClientIp> {
    if let Some(text) = request.ip() {
        return Some(ClientIp {
            text: text.into(),
            ip: text.parse().ok(),
            provenance: Provenance::Manual,
            header: None,
        });
    }
    if sources.development
        && let Some(client) = named_by_developer(request)
    {
        return Some(client);
    }
    Some(walk(request, canonical_peer(request)?, sources))
}

/// A dual-stack socket shows IPv4 peers as `::ffff:a.b.c.d`; proxies and lists write them as IPv4.
fn canonical_peer(request: &RequestDetails) -> Option<IpAddr> {
    request.peer().map(|peer| peer.to_canonical())
}

fn walk(request: &RequestDetails, peer: IpAddr, sources: &AddressSources) -> ClientIp {
    let list = sources.header.name();
    let mut entries = from_the_right(request, sources.header);
    let mut client = (peer, Provenance::Peer, None);
    // The edge is passed once: whoever it names from inside its own networks is a client.
    let mut platform = sources.platform;
    loop {
        let ip = client.0;
        let named = match platform.take_if(|preset| sources.is_edge(preset, ip)) {
            Some(preset) => match preset.naming {
                Naming::XForwardedFor { behind } => entries
                    .nth(behind)
                    .flatten()
                    .map(|ip| (ip, Provenance::Platform, Some(list))),
                Naming::Header { name, ipv6 } => {
                    let named = named_in(request, name, ipv6);
                    client = named.map_or(client, |(ip, name)| (ip, Provenance::Platform, Some(name)));
                    break;
                }
            },
            None if sources.is_proxy(ip) => entries
                .next()
                .flatten()
                .map(|ip| (ip, Provenance::TrustedProxy, Some(list))),
            None => None,
        };
        match named {
            Some(named) => client = named,
            None => break,
        }
    }
    let (ip, provenance, header) = client;
    ClientIp::new(ip, provenance, header)
}

/// The address in the header `name`, or in the header `ipv6` if the other one holds only a substitute for it.
fn named_in(
    request: &RequestDetails,
    name: &'static str,
    ipv6: Option<&'static str>,
) -> Option<(IpAddr, &'static str)> {
    let ip = only_address(request, name)?;
    if let (IpAddr::V4(substitute), Some(ipv6)) = (ip, ipv6)
        && substitute.octets()[0] >= 240
        && let Some(ip) = only_address(request, ipv6)
    {
        return Some((ip, ipv6));
    }
    Some((ip, name))
}

/// The address in a header that stands once; what an edge overwrites cannot stand there twice.
fn only_address(request: &RequestDetails, name: &str) -> Option<IpAddr> {
    let mut values = request.headers().filter(|(candidate, _)| *candidate == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => address(value),
        _ => None,
    }
}

/// During development, a connection from this machine may name any client, and one without an address is from this
/// machine.
fn named_by_developer(request: &RequestDetails) -> Option<ClientIp> {
    let peer = canonical_peer(request);
    if !peer.is_none_or(|peer| peer.is_loopback()) {
        return None;
    }
    match (only_address(request, DEVELOPMENT_HEADER), peer) {
        (Some(ip), _) => Some(ClientIp::new(
            ip,
            Provenance::Development,
            Some(DEVELOPMENT_HEADER),
        )),
        (None, Some(_)) => None,
        (None, None) => Some(ClientIp::new(
            Ipv4Addr::LOCALHOST.into(),
            Provenance::Development,
            None,
        )),
    }
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
