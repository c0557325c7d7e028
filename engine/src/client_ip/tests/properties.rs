use proptest::prelude::*;

use super::super::*;

/// Proxies, clients, and what is neither.
const NODES: [&str; 7] = [
    "10.0.0.1",
    "10.9.9.9",
    "fd00::1",
    "203.0.113.7",
    "2001:db8::7",
    "unknown",
    "",
];

fn is_trusted(ip: IpAddr) -> bool {
    ["10.0.0.0/8", "fd00::/8"]
        .iter()
        .any(|network| network.parse::<ipnet::IpNet>().unwrap().contains(&ip))
}

fn sources(header: ForwardedHeader) -> AddressSources {
    AddressSources::new(&["10.0.0.0/8".to_owned(), "fd00::/8".to_owned()], header, None).unwrap()
}

fn entry(header: ForwardedHeader, node: &str) -> String {
    match header {
        ForwardedHeader::XForwardedFor => node.to_owned(),
        ForwardedHeader::Forwarded if node.contains(':') => format!("proto=https;for=\"[{node}]:1\""),
        ForwardedHeader::Forwarded => format!("for={node};by=\"a,b\""),
    }
}

fn headers() -> impl Strategy<Value = ForwardedHeader> {
    prop_oneof![
        Just(ForwardedHeader::XForwardedFor),
        Just(ForwardedHeader::Forwarded)
    ]
}

fn nodes() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(NODES.as_slice()), 0..6)
}

proptest! {
    /// The address is the peer, or one that a chain of trusted proxies from the peer on vouches for.
    #[test]
    fn somebody_trusted_vouches_for_the_address(
        header in headers(),
        peer in prop::sample::select(&NODES[..5]),
        lines in prop::collection::vec(nodes(), 0..4),
    ) {
        let mut builder = RequestDetails::builder("GET", "/").peer(peer.parse().unwrap());
        for line in &lines {
            let line: Vec<_> = line.iter().map(|node| entry(header, node)).collect();
            builder = builder.header(header.name(), line.join(", ").as_bytes());
        }
        let found = client_ip(&builder.build(), &sources(header)).unwrap();

        let mut chain = lines.iter().flat_map(|line| if line.is_empty() { &[""][..] } else { line }).rev();
        let mut expected: IpAddr = peer.parse().unwrap();
        while is_trusted(expected)
            && let Some(next) = chain.next().and_then(|node| node.parse().ok())
        {
            expected = next;
        }
        prop_assert_eq!(found.ip(), Some(expected));
    }

    /// Whatever a client writes: its address is the one that the outermost trusted proxy saw.
    #[test]
    fn clients_cannot_write_their_address(
        header in headers(),
        written in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "[-a-z0-9=\"\\\\,; .:]{0,40}(for=)?\"?".prop_map(String::into_bytes),
        ],
        inner in prop::collection::vec(prop::sample::select(&NODES[..3]), 0..3),
        appends in any::<bool>(),
    ) {
        let mut list: Vec<String> = vec![entry(header, "203.0.113.7")];
        list.extend(inner.iter().map(|node| entry(header, node)));
        let list = list.join(", ");
        let builder = RequestDetails::builder("GET", "/").peer([10, 0, 0, 1].into());
        let builder = match appends {
            true => {
                let line = [&written[..], b", ", list.as_bytes()].concat();
                builder.header(header.name(), &line)
            }
            false => builder.header(header.name(), &written).header(header.name(), list.as_bytes()),
        };
        let found = client_ip(&builder.build(), &sources(header)).unwrap();
        prop_assert_eq!(found.as_str(), "203.0.113.7");
        prop_assert_eq!(found.provenance(), Provenance::TrustedProxy);
    }
}
