//! What hosting platforms and content delivery networks say about clients, and from where.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::forwarded::ForwardedHeader;

/// A platform in front of the application that names the client in a way of its own.
///
/// A preset is the networks from which the platform's edge speaks to the application, and the header in which it names
/// the client. The header counts only if the connection comes from these networks, or from trusted proxies that name an
/// address in them. Whoever else can connect from there can claim any address: where the networks are private ones,
/// that is everything in the same private network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Platform {
    /// Cloudflare's proxy: `CF-Connecting-IP` from the ranges that it publishes. With "Pseudo IPv4" it is
    /// `CF-Connecting-IPv6`, where that stands beside an address of 240.0.0.0/4.
    Cloudflare,
    /// Fly.io: `Fly-Client-IP` from the private network 172.16.0.0/12. Fly.io does not publish from where its proxy calls:
    /// check with a decision's [`ClientIp::provenance`](crate::ClientIp::provenance). With another proxy in front of
    /// Fly.io, the header holds that proxy's address.
    FlyIo,
    /// Application Load Balancer: the last entry of `X-Forwarded-For` from private IPv4 networks (10.0.0.0/8,
    /// 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10). The load balancer must append to the header
    /// (`routing.http.xff_header_processing.mode` is `append` unless changed). In a VPC with other addresses, IPv6 among
    /// them, use [`trusted_proxies`](crate::ArcjetBuilder::trusted_proxies) with the subnets of the load balancer
    /// instead.
    AwsAlb,
    /// Google Cloud's global and classic external Application Load Balancer: the last entry but one of
    /// `X-Forwarded-For`, behind which it adds its own address, from the ranges of Google's front ends. Regional load
    /// balancers speak from a subnet of yours and Cloud Run from elsewhere: name these in
    /// [`trusted_proxies`](crate::ArcjetBuilder::trusted_proxies) instead, and with a load balancer its address too.
    GoogleCloud,
    /// Render: `True-Client-IP` from the private network 10.0.0.0/8, in which your other services are too. Render does not
    /// publish from where its proxy calls: check with a decision's
    /// [`ClientIp::provenance`](crate::ClientIp::provenance).
    Render,
    /// Vercel: `X-Vercel-Forwarded-For`. It does not publish from which addresses it calls:
    /// [`build`](crate::ArcjetBuilder::build) asks for them in
    /// [`trusted_proxies`](crate::ArcjetBuilder::trusted_proxies), and the header counts only from there.
    Vercel,
}

impl Platform {
    pub(super) fn preset(self) -> &'static Preset {
        match self {
            Self::Cloudflare => &CLOUDFLARE,
            Self::FlyIo => &FLY_IO,
            Self::AwsAlb => &AWS_ALB,
            Self::GoogleCloud => &GOOGLE_CLOUD,
            Self::Render => &RENDER,
            Self::Vercel => &VERCEL,
        }
    }
}

/// From where a platform speaks, and how it names the client.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Preset {
    /// Empty: the trusted proxies are the platform's edge.
    networks: &'static [IpNet],
    pub(super) naming: Naming,
}

/// How a platform names the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// In a header that it overwrites. Where that holds an address of 240.0.0.0/4, which no client has, it stands for
    /// an IPv6 address in the other header.
    Header {
        name: &'static str,
        ipv6: Option<&'static str>,
    },
    /// In `X-Forwarded-For`, to which it appends: so many entries stand behind the client's.
    XForwardedFor { behind: usize },
}

impl Preset {
    pub(super) fn contains(&self, ip: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&ip))
    }

    /// Whether it is useless until somebody says from where the platform speaks.
    pub(super) fn needs_proxies(&self) -> bool {
        self.networks.is_empty()
    }

    /// Whether it reads the header that proxies maintain, and then which one.
    pub(super) fn list(&self) -> Option<ForwardedHeader> {
        match self.naming {
            Naming::XForwardedFor { .. } => Some(ForwardedHeader::XForwardedFor),
            Naming::Header { .. } => None,
        }
    }
}

/// Networks: <https://www.cloudflare.com/ips/>, as `@arcjet/ip` 1.5.0 (Apache-2.0) compared them on 2026-06-08.
/// Headers: <https://developers.cloudflare.com/fundamentals/reference/http-headers/>, 2026-11-22. Anybody's worker runs
/// inside these networks and may write any `X-Forwarded-For`, but not `CF-Connecting-IP`.
static CLOUDFLARE: Preset = Preset {
    networks: &[
        v4([173, 245, 48, 0], 20),
        v4([103, 21, 244, 0], 22),
        v4([103, 22, 200, 0], 22),
        v4([103, 31, 4, 0], 22),
        v4([141, 101, 64, 0], 18),
        v4([108, 162, 192, 0], 18),
        v4([190, 93, 240, 0], 20),
        v4([188, 114, 96, 0], 20),
        v4([197, 234, 240, 0], 22),
        v4([198, 41, 128, 0], 17),
        v4([162, 158, 0, 0], 15),
        v4([104, 16, 0, 0], 13),
        v4([104, 24, 0, 0], 14),
        v4([172, 64, 0, 0], 13),
        v4([131, 0, 72, 0], 22),
        v6([0x2400, 0xcb00, 0, 0], 32),
        v6([0x2606, 0x4700, 0, 0], 32),
        v6([0x2803, 0xf800, 0, 0], 32),
        v6([0x2405, 0xb500, 0, 0], 32),
        v6([0x2405, 0x8100, 0, 0], 32),
        v6([0x2a06, 0x98c0, 0, 0], 29),
        v6([0x2c0f, 0xf248, 0, 0], 32),
    ],
    naming: Naming::Header {
        name: "cf-connecting-ip",
        ipv6: Some("cf-connecting-ipv6"),
    },
};

/// Header: <https://fly.io/docs/networking/request-headers/>, 2026-11-22; `X-Forwarded-For` ends with the application's
/// own address there. Network: published nowhere; it is the one that applications see. The private network of an
/// organisation, fdaa::/16, is not among it: connections inside it don't pass the proxy.
static FLY_IO: Preset = Preset {
    networks: &[v4([172, 16, 0, 0], 12)],
    naming: Naming::Header {
        name: "fly-client-ip",
        ipv6: None,
    },
};

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html>, and for the networks
/// <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>, 2026-11-22.
static AWS_ALB: Preset = Preset {
    networks: &[
        v4([10, 0, 0, 0], 8),
        v4([172, 16, 0, 0], 12),
        v4([192, 168, 0, 0], 16),
        v4([100, 64, 0, 0], 10),
    ],
    naming: Naming::XForwardedFor { behind: 0 },
};

/// Header: <https://cloud.google.com/load-balancing/docs/https#x-forwarded-for_header>. Networks:
/// <https://cloud.google.com/load-balancing/docs/firewall-rules>. Both 2026-11-22.
static GOOGLE_CLOUD: Preset = Preset {
    networks: &[
        v4([35, 191, 0, 0], 16),
        v4([130, 211, 0, 0], 22),
        v6([0x2600, 0x2d00, 0x1, 0xb029], 64),
        v6([0x2600, 0x2d00, 0x1, 0x1], 64),
    ],
    naming: Naming::XForwardedFor { behind: 1 },
};

/// The header is the one that `@arcjet/ip` 1.5.0 reads on Render. The network is published nowhere; it is the one that
/// applications see (<https://rohitpaulk.com/articles/render-rails-remote-ip>, 2026-11-22).
static RENDER: Preset = Preset {
    networks: &[v4([10, 0, 0, 0], 8)],
    naming: Naming::Header {
        name: "true-client-ip",
        ipv6: None,
    },
};

/// <https://vercel.com/docs/headers/request-headers>, 2026-11-22.
static VERCEL: Preset = Preset {
    networks: &[],
    naming: Naming::Header {
        name: "x-vercel-forwarded-for",
        ipv6: None,
    },
};

/// A network; one that is none does not compile.
const fn v4([a, b, c, d]: [u8; 4], length: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length))
}

/// A network by its upper half; one that is none does not compile.
const fn v6([a, b, c, d]: [u16; 4], length: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_written_without_bits_of_hosts() {
        for preset in [&CLOUDFLARE, &FLY_IO, &AWS_ALB, &GOOGLE_CLOUD, &RENDER, &VERCEL] {
            for network in preset.networks {
                assert_eq!(network.trunc(), *network);
            }
        }
    }
}
