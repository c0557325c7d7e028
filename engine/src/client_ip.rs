//! The client's address: the peer's, or what trusted proxies and platforms say about it.

mod forwarded;
mod platform;
mod sources;
#[cfg(test)]
mod tests;

use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

pub use forwarded::ForwardedHeader;
pub use platform::Platform;
pub(crate) use sources::AddressSources;

use crate::request::RequestDetails;
use forwarded::{address, from_the_right};
use platform::Naming;

/// The header by which developers name a client; the official SDKs have the same.
const DEVELOPMENT_HEADER: &str = "x-arcjet-ip";

/// The client's address and where it came from.
#[derive(Clone)]
pub struct ClientIp {
    ip: Option<IpAddr>,
    /// What was given as text, or the address as text once somebody has asked for it.
    text: OnceLock<Box<str>>,
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
        self.text.get_or_init(|| match self.ip {
            Some(ip) => AddressText::of(ip).as_str().into(),
            None => "".into(),
        })
    }

    /// The address, unless it was given as text, which may not be the one that the address has.
    pub(crate) fn not_given_as_text(&self) -> Option<IpAddr> {
        self.ip.filter(|_| self.text.get().is_none())
    }

    /// Passes the text on, without keeping it.
    pub(crate) fn with_text<T>(&self, read: impl FnOnce(&str) -> T) -> T {
        match self.not_given_as_text() {
            Some(ip) => read(AddressText::of(ip).as_str()),
            None => read(self.as_str()),
        }
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
            ip: Some(ip),
            text: OnceLock::new(),
            provenance,
            header,
        }
    }

    /// Everything that tells it from another one.
    fn identity(&self) -> (&str, Option<IpAddr>, Provenance, Option<&'static str>) {
        (self.as_str(), self.ip, self.provenance, self.header)
    }
}

impl PartialEq for ClientIp {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for ClientIp {}

impl Hash for ClientIp {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl fmt::Debug for ClientIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?}", self.as_str(), self.provenance)?;
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
            ip: text.parse().ok(),
            text: OnceLock::from(Box::from(text)),
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

/// An address as text, on the stack: every request needs it, most for a moment.
pub(crate) struct AddressText {
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl AddressText {
    /// The length of an IPv6 address that ends with an IPv4 address, the longest that there is.
    const LONGEST: usize = 45;

    pub(crate) fn of(ip: IpAddr) -> Self {
        let mut text = Self {
            bytes: [0; Self::LONGEST],
            length: 0,
        };
        match ip {
            IpAddr::V4(ip) => text.push_ipv4(ip),
            // The longest address fits.
            IpAddr::V6(ip) => {
                let _ = write!(text, "{ip}");
            }
        }
        text
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    /// Does what `fmt` takes as long for as hashing the address does.
    fn push_ipv4(&mut self, ip: Ipv4Addr) {
        for (place, octet) in ip.octets().into_iter().enumerate() {
            if place > 0 {
                self.push(b'.');
            }
            if octet >= 100 {
                self.push(b'0' + octet / 100);
            }
            if octet >= 10 {
                self.push(b'0' + octet / 10 % 10);
            }
            self.push(b'0' + octet % 10);
        }
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }
}

impl fmt::Write for AddressText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.push(byte));
        Ok(())
    }
}
