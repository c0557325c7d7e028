//! IPv4 and IPv6 addresses.

use super::digits::{Run, Separator, starts_alone};
use std::{
    net::{Ipv4Addr, Ipv6Addr},
    ops::Range,
    str,
};

/// The longest text of an IPv6 address, in bytes.
const MAX_IPV6: usize = 45;

/// The IPv4 address at the beginning of a run, if there is one. Four numbers after "version" or behind a product's name are none.
pub(super) fn find_v4(text: &[u8], run: &Run) -> Option<Range<usize>> {
    let groups = run.groups().get(..4)?;
    let (start, end) = (groups[0].start, groups[3].end);
    // Separators may have more than one character.
    let dots = groups[1..]
        .iter()
        .zip(groups)
        .all(|(group, before)| group.separator == Separator::Dot && group.start == before.end + 1);
    let goes_on = match &text[end..] {
        [b'.' | b'-', after, ..] => after.is_ascii_digit(),
        [first, ..] => first.is_ascii_alphanumeric() || *first == b'_',
        [] => false,
    };
    if !dots || goes_on || !starts_alone(text, start) || is_version(&text[..start]) {
        return None;
    }
    let address = str::from_utf8(&text[start..end]).ok()?;
    address.parse::<Ipv4Addr>().is_ok().then_some(start..end)
}

/// Whether the text before four numbers says that they are a version: `version 1.2.3.4`, `Chrome/122.0.0.0`.
fn is_version(before: &[u8]) -> bool {
    if let [.., name, b'/'] = before {
        return name.is_ascii_alphanumeric();
    }
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b":").unwrap_or(before);
    let word = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let word = &before[before.len() - word.min(before.len())..];
    [
        &b"version"[..],
        b"ver",
        b"v",
        b"release",
        b"build",
        b"section",
        b"rev",
    ]
    .iter()
    .any(|known| word.eq_ignore_ascii_case(known))
}

/// Where to go on after a colon, and the IPv6 address that it is part of, if there is one.
pub(super) fn find_v6(text: &[u8], colon: usize) -> (usize, Option<Range<usize>>) {
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let before = text[..colon]
        .iter()
        .rev()
        .take(MAX_IPV6)
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let after = text[colon..].iter().take(MAX_IPV6).take_while(is_part).count();
    super::work(before + after);
    let start = colon - before;
    let next = colon + after.max(1);
    // Punctuation after the address; "::" at its end belongs to it.
    let mut candidate = &text[start..colon + after];
    while let Some(shorter) = candidate.strip_suffix(b".") {
        candidate = shorter;
    }
    if let Some(shorter) = candidate
        .strip_suffix(b":")
        .filter(|shorter| !shorter.ends_with(b":"))
    {
        candidate = shorter;
    }
    let end = start + candidate.len();
    let touches_word =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let found = !touches_word(start.checked_sub(1).and_then(|place| text.get(place)))
        && !touches_word(text.get(end))
        && is_address(candidate);
    (next, found.then_some(start..end))
}

/// Whether this is an address, and not a piece of code or a fingerprint that reads like one.
fn is_address(candidate: &[u8]) -> bool {
    let groups = || {
        candidate
            .split(|byte| *byte == b':')
            .filter(|group| !group.is_empty())
    };
    // "Dead::Beef" is a name, "00:11:22:33:44:55:66:77" an EUI-64.
    let has_digit = candidate.iter().any(u8::is_ascii_digit);
    let all_pairs = groups().count() == 8 && groups().all(|group| group.len() == 2);
    has_digit
        && !all_pairs
        && str::from_utf8(candidate).is_ok_and(|address| address.parse::<Ipv6Addr>().is_ok())
}
