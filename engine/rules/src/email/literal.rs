//! Addresses in brackets (RFC 5321, 4.1.3): `[192.0.2.1]`, `[IPv6:2001:db8::1]`.

/// Whether the text between the brackets is an address of RFC 5321. Tagged literals of other kinds are not: none is registered.
pub(super) fn is_address(text: &str) -> bool {
    match text.split_at_checked(5) {
        Some((tag, rest)) if tag.eq_ignore_ascii_case("IPv6:") => is_ipv6(rest),
        _ => is_ipv4(text),
    }
}

/// Four numbers of one to three digits up to 255; leading zeros are allowed.
fn is_ipv4(text: &str) -> bool {
    let is_number = |part: &str| {
        (1..=3).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_digit())
            && part.parse::<u8>().is_ok()
    };
    text.split('.').count() == 4 && text.split('.').all(is_number)
}

/// Eight groups, of which `::` may stand for one or more. RFC 5321 wants two or more behind `::`, but RFC 4291 and everybody who
/// writes addresses allow one.
fn is_ipv6(text: &str) -> bool {
    match text.split_once("::") {
        None => groups(text, true) == Some(8),
        Some((head, tail)) => match (groups(head, false), groups(tail, true)) {
            (Some(head), Some(tail)) => head + tail <= 7,
            _ => false,
        },
    }
}

/// How many groups of 16 bits the text holds, or nothing if it isn't made of such groups. The last ones may be an IPv4 address.
fn groups(text: &str, may_end_in_ipv4: bool) -> Option<usize> {
    if text.is_empty() {
        return Some(0);
    }
    let mut count = 0;
    let mut parts = text.split(':').peekable();
    while let Some(part) = parts.next() {
        let is_group = (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit());
        if is_group {
            count += 1;
        } else if may_end_in_ipv4 && parts.peek().is_none() && is_ipv4(part) {
            count += 2;
        } else {
            return None;
        }
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn addresses() {
        for text in [
            "192.0.2.1",
            "001.02.3.255",
            "IPv6:2001:db8::1",
            "ipv6:::",
            "IPv6:::1",
            "IPv6:1::",
            "IPv6:1:2:3:4:5:6:7:8",
            "IPv6:1:2:3:4:5:6:7::",
            "IPv6:1:2:3::5:6:7:8",
            "IPv6:1:2:3:4:5:6:192.0.2.1",
            "IPv6:::ffff:192.0.2.1",
            "IPv6:ABCD::192.0.2.1",
        ] {
            assert!(is_address(text), "{text}");
        }
    }

    #[test]
    fn no_addresses() {
        for text in [
            "",
            "192.0.2",
            "192.0.2.256",
            "192.0.2.1.1",
            "192.0.2.+1",
            "192.0.2.0001",
            "2001:db8::1",
            "IPv6:",
            "IPv6:1",
            "IPv6::1",
            "IPv6:1:",
            "IPv6:::1::",
            "IPv6:1:2:3:4:5:6:7",
            "IPv6:1:2:3:4:5:6:7:8:9",
            "IPv6:1:2:3:4::5:6:7:8",
            "IPv6:12345::",
            "IPv6:g::",
            "IPv6:192.0.2.1::",
            "IPv6:1::192.0.2.1:2",
            "IPv6:1:2:3:4:5:6:7:192.0.2.1",
            "é:1",
            "IPv6é",
        ] {
            assert!(!is_address(text), "{text}");
        }
    }
}
