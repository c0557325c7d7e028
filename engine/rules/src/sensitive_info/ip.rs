//! IPv4 and IPv6 addresses.

use super::digits::{Run, Separator, starts_alone};
use std::{
    net::{Ipv4Addr, Ipv6Addr},
    ops::Range,
    str,
};

/// The longest text of an IPv6 address, in bytes.
const MAX_IPV6: usize = 45;
/// How many marks may stand between the word "version" and the version, and how long a name that ends in it is.
const MAX_MARKS: usize = 8;
const MAX_NAME: usize = 24;

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
    let before = &text[..start];
    if !dots || goes_on || before.ends_with(b".") || !starts_alone(text, start) || is_version(before) {
        return None;
    }
    let address: Ipv4Addr = str::from_utf8(&text[start..end]).ok()?.parse().ok()?;
    // A network or the version of a browser, but nobody's address.
    let is_host = address.octets()[1..] != [0; 3];
    is_host.then_some(start..end)
}

/// Whether the text before four numbers says that they are a version: `version 1.2.3.4`, `"appVersion": "1.2.3.4"`.
fn is_version(before: &[u8]) -> bool {
    let marks = before
        .iter()
        .rev()
        .take(MAX_MARKS)
        .take_while(|byte| !byte.is_ascii_alphanumeric() && byte.is_ascii())
        .count();
    let before = &before[..before.len() - marks];
    let word = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .take(MAX_NAME)
        .count();
    let word = before[before.len() - word..].to_ascii_lowercase();
    word.ends_with(b"version")
        || matches!(
            &*word,
            b"ver" | b"v" | b"release" | b"build" | b"section" | b"rev"
        )
}

/// Where to go on after a colon, and the IPv6 address that it is part of, if there is one.
pub(super) fn find_v6(text: &[u8], colon: usize) -> (usize, Option<Range<usize>>) {
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    // Most colons stand between a name and a value, or in a scheme.
    if text.get(colon + 1).as_ref().is_none_or(|next| !is_part(next)) {
        return (colon + 1, None);
    }
    // None begins with one colon.
    let begins_here = !text[..colon].last().is_some_and(u8::is_ascii_hexdigit);
    if begins_here && text[colon + 1] != b':' {
        return (colon + 1, None);
    }
    let before = text[..colon]
        .iter()
        .rev()
        .take(MAX_IPV6)
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let after = text[colon..].iter().take(MAX_IPV6).take_while(is_part).count();
    super::work(before + after);
    let start = colon - before;
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
    let in_front = start.checked_sub(1).and_then(|place| text.get(place));
    // A colon in front: the run began further left, and was no address.
    let found = !touches_word(in_front)
        && in_front != Some(&b':')
        && !touches_word(text.get(end))
        && is_address(candidate);
    match found {
        true => (colon + after, Some(start..end)),
        // What stands behind the colon may be something else, as the number in "card:4111111111111111".
        false => (colon + 1, None),
    }
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
