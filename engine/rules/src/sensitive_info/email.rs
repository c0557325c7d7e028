//! E-mail addresses within text.

use std::{ops::Range, str};

/// The longest local part and domain, in bytes (RFC 5321, 4.5.3.1).
const MAX_LOCAL: usize = 64;
const MAX_DOMAIN: usize = 253;
const MAX_LABEL: usize = 63;

/// Where to go on after an at sign, and the address around it, if there is one.
///
/// Only what people write as addresses: of the marks that the grammar allows in a local part, those that divide values in URLs and
/// code end it.
pub(super) fn find(text: &[u8], at: usize) -> (usize, Option<Range<usize>>) {
    let local = local_start(text, at);
    let (next, domain) = domain_end(text, at + 1);
    (next, local.zip(domain).map(|(start, end)| start..end))
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'.' | b'_' | b'+' | b'-' | b'%' | b'\'' | b'~' | b'!')
        || byte >= 0x80
}

/// Where the local part before the at sign starts.
fn local_start(text: &[u8], at: usize) -> Option<usize> {
    if text[..at].ends_with(b"\"") {
        return quoted_start(text, at - 1);
    }
    let window = &text[at.saturating_sub(MAX_LOCAL + 1)..at];
    let len = window.iter().rev().take_while(|byte| is_local(**byte)).count();
    super::work(len);
    if len > MAX_LOCAL {
        return None;
    }
    // Dots stand between other characters.
    let local = &text[at - len..at];
    let dots = local
        .windows(2)
        .rposition(|pair| pair == b"..")
        .map_or(0, |place| place + 2);
    let local = &local[dots..];
    // Dashes, quotation marks and other signs before the address don't belong to it.
    let mut start = at - local.len();
    for character in str::from_utf8(local).ok()?.chars() {
        if character.is_alphanumeric() || matches!(character, '_' | '~' | '!') {
            break;
        }
        start += character.len_utf8();
    }
    (start < at && text[at - 1] != b'.').then_some(start)
}

/// Where a quoted local part starts whose closing quotation mark stands here.
fn quoted_start(text: &[u8], closing: usize) -> Option<usize> {
    let from = closing.saturating_sub(MAX_LOCAL);
    let opening = from + text[from..closing].iter().rposition(|byte| *byte == b'"')?;
    let inner = &text[opening + 1..closing];
    let is_free = opening == 0 || !text[opening - 1].is_ascii_alphanumeric();
    (!inner.is_empty() && is_free && inner.iter().all(|byte| !byte.is_ascii_control())).then_some(opening)
}

/// How far the domain was read, and where it ends, if it is one: two labels or more, the last one of letters.
fn domain_end(text: &[u8], start: usize) -> (usize, Option<usize>) {
    let window = &text[start..text.len().min(start + MAX_DOMAIN + 1)];
    let is_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte >= 0x80;
    let len = window
        .iter()
        .take_while(|byte| is_label(**byte) || **byte == b'.')
        .count();
    super::work(len);
    let mut end = 0;
    let mut labels = 0;
    let mut last: &[u8] = &[];
    let mut place = 0;
    while place < len {
        let label = window[place..len]
            .iter()
            .take_while(|byte| **byte != b'.')
            .count();
        let mut label = &window[place..place + label];
        // Letters of other scripts belong to it, other signs end it: …, ”, 。
        if let Some(sign) = foreign_sign(label) {
            label = &label[..sign];
        }
        let trimmed = label.len() - label.iter().rev().take_while(|byte| **byte == b'-').count();
        let cut = place + label.len() < len && window[place + label.len()] != b'.';
        let label = &label[..trimmed];
        if label.is_empty() || label.len() > MAX_LABEL || label[0] == b'-' {
            break;
        }
        labels += 1;
        last = label;
        end = place + trimmed;
        if cut {
            break;
        }
        place = end + 1;
    }
    let found = labels >= 2 && is_top_level(last);
    (start + end, found.then_some(start + end))
}

/// Where the first character that is neither ASCII nor a letter, digit or mark stands.
fn foreign_sign(label: &[u8]) -> Option<usize> {
    if label.is_ascii() {
        return None;
    }
    let valid = match str::from_utf8(label) {
        Ok(valid) => valid,
        // Cut in the middle of a character by the longest length.
        Err(error) => str::from_utf8(&label[..error.valid_up_to()]).unwrap_or_default(),
    };
    let sign = |(_, character): &(usize, char)| !character.is_ascii() && !character.is_alphanumeric();
    let cut = (valid.len() < label.len()).then_some(valid.len());
    valid.char_indices().find(sign).map(|(place, _)| place).or(cut)
}

/// Whether this can be the last label of a domain. Endings of files are none: `icon@2x.png`.
fn is_top_level(label: &[u8]) -> bool {
    const FILES: [&[u8]; 20] = [
        b"avif", b"bmp", b"css", b"csv", b"gif", b"htm", b"html", b"ico", b"jpeg", b"jpg", b"js", b"json",
        b"jsx", b"pdf", b"png", b"svg", b"ts", b"txt", b"webp", b"xml",
    ];
    let letters = label
        .iter()
        .all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
    let punycode = label.len() > 4 && label[..4].eq_ignore_ascii_case(b"xn--");
    (letters || punycode) && label.len() >= 2 && !FILES.iter().any(|file| label.eq_ignore_ascii_case(file))
}
