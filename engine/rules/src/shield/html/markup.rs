//! Tags and attributes, wherever in a page the value is put.
//!
//! A value may be put between tags, into a tag, or into an attribute with any quotes or none, and browsers recover from broken markup
//! each in their own way. So quotes are read as separators here: what is an attribute in any of these contexts and browsers is one for
//! this tokeniser too, in a single pass.

use crate::swar;
use std::ops::Range;

use super::{
    super::work,
    Match,
    names::{ELEMENTS, Element, HANDLERS, INCLUDES, SPELLED},
    scheme,
};

/// How much of an attribute's value is looked at.
const VALUE: usize = 160;

/// The strongest thing among the tags and attributes of a value.
pub(super) fn scan(value: &[u8]) -> Option<Match> {
    let mut best = None;
    let mut tag = None;
    // Up to where declarations of style have been read.
    let mut styled = 0;
    let mut at = 0;
    while at < value.len() {
        work::spend(1);
        let found = match value[at] {
            b'<' => {
                let (found, element, next) = open(value, at + 1);
                tag = element.or(tag);
                at = next;
                found
            }
            b'>' => {
                tag = None;
                at += 1;
                None
            }
            byte if name_byte(byte) => {
                let end = at + value[at..].iter().take_while(|&&byte| name_byte(byte)).count();
                let boundary = at == 0 || !matches!(value[at - 1], b'?' | b'&' | b'.' | b'$' | b'@');
                let found = if boundary || tag.is_some() {
                    attribute(value, at..end, tag, &mut styled)
                } else {
                    None
                };
                at = end;
                found
            }
            _ => {
                at += 1;
                None
            }
        };
        best = super::stronger(best, found);
        if best.is_some_and(|(_, score)| score == 5) {
            break;
        }
    }
    best
}

/// The same for a value without any tag: attributes of a tag that the application opened.
pub(super) fn scan_attributes(value: &[u8]) -> Option<Match> {
    const LONGEST: usize = 64;
    let mut best = None;
    let mut styled = 0;
    let mut at = 0;
    while let Some(length) = swar::find(&value[at..], [b'=']) {
        let equals = at + length;
        at = equals + 1;
        let floor = equals.saturating_sub(LONGEST);
        let before = value[floor..equals].trim_ascii_end();
        let end = floor + before.len();
        let start = end - before.iter().rev().take_while(|byte| name_byte(**byte)).count();
        work::spend(end - start);
        let apart = start == 0 || !matches!(value[start - 1], b'?' | b'&' | b'.' | b'$' | b'@');
        if apart && start < end {
            best = super::stronger(best, attribute(value, start..end, None, &mut styled));
        }
        if best.is_some_and(|(_, score)| score == 5) {
            break;
        }
    }
    best
}

/// The element that a tag is of; `None` for the end of one.
#[derive(Clone, Copy, Debug)]
struct Tag {
    element: Option<Element>,
    /// Whether it is one of those that show pictures or text and nothing more.
    refers: bool,
}

/// What stands behind `<`, with the tag that it opens and the byte to go on at.
fn open(value: &[u8], start: usize) -> (Option<Match>, Option<Tag>, usize) {
    let rest = &value[start..];
    let declared = |word: &[u8]| {
        rest.get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word))
    };
    if declared(b"!entity")
        || declared(b"?xml-stylesheet")
        || declared(b"?import")
        || declared(b"?xml:namespace")
    {
        return (Some(("xss.declaration", 5)), None, start + 7);
    }
    if declared(b"!--#") {
        let command = &rest[4..];
        let command = &command[..command
            .iter()
            .take(16)
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count()];
        let known = INCLUDES.find(command);
        return (known.then_some(("rce.server-side-include", 5)), None, start + 4);
    }
    let closing = rest.first() == Some(&b'/');
    let start = start + usize::from(closing);
    let (name, next) = Name::read(value, start);
    if spelled(&value[start..]) {
        return (Some(("xss.element", 5)), None, next);
    }
    let name = name.bytes();
    if !name.first().is_some_and(u8::is_ascii_alphabetic) {
        return (None, None, next);
    }
    let local = name
        .iter()
        .position(|&byte| byte == b':')
        .map_or(name, |colon| &name[colon + 1..]);
    let element = ELEMENTS.find(name).or_else(|| ELEMENTS.find(local));
    // "a<script is wrong": a tag has an end, an attribute or a call in what follows.
    let goes_on = || {
        work::spend(256);
        value[next..]
            .iter()
            .take(256)
            .any(|byte| matches!(byte, b'>' | b'=' | b'('))
    };
    let found = match element {
        Some(Element::Active) if !goes_on() => Some(("xss.element", 4)),
        Some(Element::Active) if !closing => Some(("xss.element", 5)),
        // Leaving a script or a style that the application has put around the value.
        Some(Element::Active) if matches!(name[0], b's' | b'S') => Some(("xss.element", 5)),
        Some(Element::Active) => Some(("xss.element", 4)),
        Some(Element::Container) if name.eq_ignore_ascii_case(b"svg") => Some(("xss.element", 4)),
        _ => None,
    };
    let tag = Tag {
        element,
        refers: !closing || value.get(next).is_some_and(|&byte| byte != b'>'),
    };
    (found, Some(tag), next)
}

/// The name of an element, without the null bytes that old browsers skip in it.
struct Name {
    bytes: [u8; 24],
    length: usize,
}

impl Name {
    /// The name that starts here, and the byte behind it. What is longer than any known name is cut off.
    fn read(value: &[u8], start: usize) -> (Self, usize) {
        let mut name = Self {
            bytes: [0; 24],
            length: 0,
        };
        let mut at = start;
        while let Some(&byte) = value.get(at) {
            if byte != 0 {
                if !name_byte(byte) && byte != b':' {
                    break;
                }
                if name.length == name.bytes.len() {
                    break;
                }
                name.bytes[name.length] = byte;
                name.length += 1;
            }
            at += 1;
        }
        (name, at)
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Whether the letters of an element's name stand apart: `<s c r i p t`, for filters that take white space out.
fn spelled(text: &[u8]) -> bool {
    let mut name = [0; 12];
    let mut length = 0;
    while let Some(&letter) = text.get(2 * length)
        && letter.is_ascii_alphabetic()
        && length < name.len()
    {
        name[length] = letter;
        length += 1;
        if text.get(2 * length - 1) != Some(&b' ') {
            break;
        }
    }
    work::spend(length);
    let name = &name[..length];
    length >= 3 && (ELEMENTS.find(name).is_some() || SPELLED.find(name))
}

/// An attribute whose name ends at `end`.
fn attribute(
    value: &[u8],
    Range { start, end }: Range<usize>,
    tag: Option<Tag>,
    styled: &mut usize,
) -> Option<Match> {
    let name = &value[start..end];
    let mut at = end;
    while value
        .get(at)
        .is_some_and(|&byte| byte <= b' ' || byte == b'/' && tag.is_some())
        && at < end + 16
    {
        at += 1;
    }
    if value.get(at) != Some(&b'=') {
        return None;
    }
    at += 1;
    while value
        .get(at)
        .is_some_and(|&byte| byte <= b' ' || matches!(byte, b'"' | b'\'' | b'`'))
        && at < end + 32
    {
        at += 1;
    }
    let content = &value[at..value.len().min(at + VALUE)];
    if name.len() > 4 && name[..2].eq_ignore_ascii_case(b"on") {
        let known = HANDLERS.find(&name[2..]);
        let content = up_to_end_of_tag(content);
        return match tag {
            Some(_) if known => Some(("xss.handler", 5)),
            Some(_) if runs(content) && name[2..].iter().all(u8::is_ascii_alphabetic) => {
                Some(("xss.handler", 5))
            }
            None if known && runs(content) => Some(("xss.handler", 5)),
            // Cut off, or the application's own text follows.
            None if known && content.trim_ascii().is_empty() => Some(("xss.handler", 5)),
            _ => None,
        };
    }
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    if is(b"style") || tag.is_none() && is(b"css") {
        // A style inside the text of another one was read with it: no byte is read more than twice.
        if at < *styled {
            return None;
        }
        let content = up_to_end_of_tag(content);
        *styled = at + content.len() / 2;
        return super::style::declarations(content, tag.is_some());
    }
    let behind_quote = start > 0 && matches!(value[start - 1], b'"' | b'\'' | b'`');
    if is(b"formaction") && (tag.is_some() || behind_quote) {
        return Some(("xss.attribute", 5));
    }
    let tag = tag?;
    if !tag.refers {
        return None;
    }
    let linked = is(b"href") && value[..start].ends_with(b"xlink:") && !content.starts_with(b"#");
    if is(b"srcdoc") || linked {
        return Some(("xss.attribute", 5));
    }
    if scheme::runs_code(content) || (is(b"content") && scheme::refreshes_to_code(content)) {
        return Some(("xss.scheme", 5));
    }
    match tag.element {
        Some(Element::Referring)
            if is(b"href")
                || is(b"http-equiv")
                || is(b"rel")
                || is(b"charset")
                || is(b"implementation")
                || is(b"allowscriptaccess") =>
        {
            Some(("xss.element", 5))
        }
        Some(Element::Container) if is(b"src") || is(b"datasrc") => Some(("xss.element", 5)),
        _ if is(b"datasrc") || is(b"dataformatas") || is(b"fscommand") || is(b"seeksegmenttime") => {
            Some(("xss.attribute", 5))
        }
        _ => None,
    }
}

/// Whether an attribute's value runs something as code.
fn runs(content: &[u8]) -> bool {
    work::spend(content.len());
    content
        .iter()
        .any(|byte| matches!(byte, b'(' | b'`' | b'[' | b'=' | b'&'))
        || scheme::runs_code(content)
}

fn up_to_end_of_tag(content: &[u8]) -> &[u8] {
    let end = content.iter().position(|&byte| byte == b'>');
    work::spend(end.unwrap_or(content.len()));
    &content[..end.unwrap_or(content.len())]
}

/// Whether a byte is part of a name.
fn name_byte(byte: u8) -> bool {
    NAME[usize::from(byte)]
}

static NAME: [bool; 256] = {
    let mut name = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        name[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'-' | b'_');
        byte += 1;
    }
    name
};
