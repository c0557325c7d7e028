use super::super::*;

/// Who a request from `peer` with these headers comes from: address, provenance and header.
fn resolve(
    peer: &str,
    headers: &[(&str, &str)],
    sources: &AddressSources,
) -> (String, Provenance, Option<&'static str>) {
    let mut builder = RequestDetails::builder("GET", "/").peer(peer.parse().unwrap());
    for (name, value) in headers {
        builder = builder.header(name, value.as_bytes());
    }
    let ip = client_ip(&builder.build(), sources).unwrap();
    (ip.as_str().to_owned(), ip.provenance(), ip.header())
}

fn sources(proxies: &[&str], header: ForwardedHeader, platform: Option<Platform>) -> AddressSources {
    let proxies: Vec<String> = proxies.iter().map(|text| (*text).to_owned()).collect();
    AddressSources::new(&proxies, header, platform).unwrap()
}

#[test]
fn lists_of_trusted_proxies() {
    use Provenance::{Peer, TrustedProxy};
    let private = &["10.0.0.0/8", "fd00::/8", "192.0.2.1"][..];
    for (peer, lines, proxies, expected, provenance) in [
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
        let headers: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        let (ip, found, header) = resolve(
            peer,
            &headers,
            &sources(proxies, ForwardedHeader::XForwardedFor, None),
        );
        assert_eq!(
            (&*ip, found),
            (expected, provenance),
            "peer {peer}, lines {lines:?}"
        );
        assert_eq!(header, (provenance == TrustedProxy).then_some("x-forwarded-for"));
    }
}

#[test]
fn only_the_configured_header_counts() {
    let headers = [
        ("x-forwarded-for", "6.6.6.6"),
        ("forwarded", "for=9.9.9.9, for=\"[2001:db8::1]:4711\""),
        ("x-real-ip", "7.7.7.7"),
    ];
    let found = |header| resolve("10.0.0.1", &headers, &sources(&["10.0.0.0/8"], header, None));
    assert_eq!(
        found(ForwardedHeader::Forwarded),
        (
            "2001:db8::1".to_owned(),
            Provenance::TrustedProxy,
            Some("forwarded")
        )
    );
    assert_eq!(
        found(ForwardedHeader::XForwardedFor),
        (
            "6.6.6.6".to_owned(),
            Provenance::TrustedProxy,
            Some("x-forwarded-for")
        )
    );
    // A proxy that hides the client vouches for nobody.
    for hidden in [
        "for=6.6.6.6, for=unknown",
        "for=6.6.6.6, for=_hidden",
        "for=6.6.6.6, by=10.0.0.1",
    ] {
        let sources = sources(&["10.0.0.0/8"], ForwardedHeader::Forwarded, None);
        let found = resolve("10.0.0.1", &[("forwarded", hidden)], &sources);
        assert_eq!(found, ("10.0.0.1".to_owned(), Provenance::Peer, None), "{hidden}");
    }
}

#[test]
fn platforms() {
    use Platform::{AwsAlb, Cloudflare, FlyIo, GoogleCloud, Render, Vercel};
    let (cf, xff) = ("cf-connecting-ip", "x-forwarded-for");
    for (platform, proxies, peer, headers, expected) in [
        (
            Cloudflare,
            &[][..],
            "172.64.0.1",
            &[(cf, "1.1.1.1"), (xff, "6.6.6.6")][..],
            ("1.1.1.1", Some(cf)),
        ),
        (
            Cloudflare,
            &[],
            "2606:4700::1",
            &[(cf, "2001:db8::1")],
            ("2001:db8::1", Some(cf)),
        ),
        // From elsewhere the header is the client's own invention.
        (
            Cloudflare,
            &[],
            "203.0.113.9",
            &[(cf, "1.1.1.1")],
            ("203.0.113.9", None),
        ),
        // What Cloudflare overwrites stands there once; it has no other header that would count instead.
        (
            Cloudflare,
            &[],
            "172.64.0.1",
            &[(cf, "1.1.1.1"), (cf, "2.2.2.2")],
            ("172.64.0.1", None),
        ),
        (
            Cloudflare,
            &[],
            "172.64.0.1",
            &[(xff, "6.6.6.6")],
            ("172.64.0.1", None),
        ),
        (
            Cloudflare,
            &[],
            "172.64.0.1",
            &[(cf, "unknown")],
            ("172.64.0.1", None),
        ),
        // Pseudo IPv4; without it, the other header may be the client's.
        (
            Cloudflare,
            &[],
            "172.64.0.1",
            &[(cf, "243.1.2.3"), ("cf-connecting-ipv6", "2001:db8::1")],
            ("2001:db8::1", Some("cf-connecting-ipv6")),
        ),
        (
            Cloudflare,
            &[],
            "172.64.0.1",
            &[(cf, "1.1.1.1"), ("cf-connecting-ipv6", "2001:db8::1")],
            ("1.1.1.1", Some(cf)),
        ),
        // A trusted proxy behind Cloudflare saw its edge, or somebody else.
        (
            Cloudflare,
            &["127.0.0.1"],
            "127.0.0.1",
            &[(cf, "1.1.1.1"), (xff, "1.1.1.1, 172.64.0.1")],
            ("1.1.1.1", Some(cf)),
        ),
        (
            Cloudflare,
            &["127.0.0.1"],
            "127.0.0.1",
            &[(cf, "1.1.1.1"), (xff, "9.9.9.9")],
            ("9.9.9.9", Some(xff)),
        ),
        (
            Cloudflare,
            &[],
            "127.0.0.1",
            &[(cf, "1.1.1.1"), (xff, "172.64.0.1")],
            ("127.0.0.1", None),
        ),
        (
            FlyIo,
            &[],
            "172.16.3.2",
            &[("fly-client-ip", "1.1.1.1")],
            ("1.1.1.1", Some("fly-client-ip")),
        ),
        (
            FlyIo,
            &[],
            "8.8.8.8",
            &[("fly-client-ip", "1.1.1.1")],
            ("8.8.8.8", None),
        ),
        (
            Render,
            &[],
            "10.21.1.1",
            &[("true-client-ip", "1.1.1.1"), (cf, "2.2.2.2")],
            ("1.1.1.1", Some("true-client-ip")),
        ),
        // The load balancer appends one entry: what stands left of it is the client's, also if the client is inside.
        (
            AwsAlb,
            &[],
            "10.0.7.7",
            &[(xff, "6.6.6.6, 1.1.1.1")],
            ("1.1.1.1", Some(xff)),
        ),
        (
            AwsAlb,
            &[],
            "10.0.7.7",
            &[(xff, "6.6.6.6, 10.0.0.9")],
            ("10.0.0.9", Some(xff)),
        ),
        (AwsAlb, &[], "8.8.8.8", &[(xff, "6.6.6.6")], ("8.8.8.8", None)),
        (AwsAlb, &[], "10.0.7.7", &[], ("10.0.7.7", None)),
        // In front of the load balancer there is a proxy, and behind it another one.
        (
            AwsAlb,
            &["198.51.100.0/24", "127.0.0.1"],
            "127.0.0.1",
            &[(xff, "6.6.6.6, 1.1.1.1, 198.51.100.1, 10.0.7.7")],
            ("1.1.1.1", Some(xff)),
        ),
        (
            GoogleCloud,
            &[],
            "35.191.0.1",
            &[(xff, "6.6.6.6, 1.1.1.1, 34.1.2.3")],
            ("1.1.1.1", Some(xff)),
        ),
        (
            GoogleCloud,
            &[],
            "35.191.0.1",
            &[(xff, "34.1.2.3")],
            ("35.191.0.1", None),
        ),
        (
            Vercel,
            &["198.51.100.1"],
            "198.51.100.1",
            &[("x-vercel-forwarded-for", "1.1.1.1"), (xff, "6.6.6.6")],
            ("1.1.1.1", Some("x-vercel-forwarded-for")),
        ),
        (
            Vercel,
            &["198.51.100.1"],
            "198.51.100.1",
            &[(xff, "6.6.6.6")],
            ("198.51.100.1", None),
        ),
        (
            Vercel,
            &["198.51.100.1"],
            "198.51.100.2",
            &[("x-vercel-forwarded-for", "1.1.1.1")],
            ("198.51.100.2", None),
        ),
    ] {
        let sources = sources(proxies, ForwardedHeader::XForwardedFor, Some(platform));
        let (ip, provenance, header) = resolve(peer, headers, &sources);
        assert_eq!((&*ip, header), expected, "{platform:?}, peer {peer}, {headers:?}");
        assert_eq!(
            provenance == Provenance::Peer,
            header.is_none(),
            "{platform:?}, {headers:?}"
        );
    }
}

#[test]
fn developers_name_any_client_from_their_own_machine() {
    let sources = sources(&["10.0.0.0/8"], ForwardedHeader::XForwardedFor, None).development(true);
    let named = [("x-arcjet-ip", "1.1.1.1"), ("x-forwarded-for", "2.2.2.2")];
    for (peer, headers, expected, provenance) in [
        ("127.0.0.1", &named[..], "1.1.1.1", Provenance::Development),
        ("::1", &named[..], "1.1.1.1", Provenance::Development),
        ("::ffff:127.0.0.1", &named[..], "1.1.1.1", Provenance::Development),
        ("127.0.0.1", &named[1..], "127.0.0.1", Provenance::Peer),
        (
            "127.0.0.1",
            &[("x-arcjet-ip", "me")],
            "127.0.0.1",
            Provenance::Peer,
        ),
        ("10.0.0.1", &named[..], "2.2.2.2", Provenance::TrustedProxy),
        ("203.0.113.9", &named[..], "203.0.113.9", Provenance::Peer),
    ] {
        let (ip, found, _) = resolve(peer, headers, &sources);
        assert_eq!((&*ip, found), (expected, provenance), "{peer} {headers:?}");
    }
    let nobody = RequestDetails::builder("GET", "/").build();
    let ip = client_ip(&nobody, &sources).unwrap();
    assert_eq!(
        (ip.as_str(), ip.provenance()),
        ("127.0.0.1", Provenance::Development)
    );
    assert_eq!(client_ip(&nobody, &AddressSources::default()), None);
    let (ip, found, _) = resolve("127.0.0.1", &named, &AddressSources::default());
    assert_eq!((&*ip, found), ("127.0.0.1", Provenance::Peer));
}

#[test]
fn addresses_are_written_as_everyone_writes_them() {
    for bits in [0, 0x0100_0a0a, 0x0909_6364, 0xc0a8_00ff, 0x7f00_0001, u32::MAX] {
        let ip = IpAddr::V4(bits.into());
        assert_eq!(AddressText::of(ip).as_str(), ip.to_string());
    }
    for ip in [
        "2001:db8::1",
        "::ffff:255.255.255.255",
        "2001:db8:1111:2222:3333:4444:5555:6666",
    ] {
        let address: IpAddr = ip.parse().unwrap();
        assert_eq!(AddressText::of(address).as_str(), address.to_string());
    }
}

#[test]
fn manual_text_is_kept_verbatim() {
    let request = RequestDetails::builder("GET", "/")
        .peer([127, 0, 0, 1].into())
        .build()
        .with_ip("2001:DB8::1");
    let ip = client_ip(&request, &AddressSources::default()).unwrap();
    assert_eq!(
        (ip.as_str(), ip.provenance()),
        ("2001:DB8::1", Provenance::Manual)
    );
    assert_eq!(ip.ip(), "2001:db8::1".parse().ok());
}
