//! Forms in parts, as browsers send them with files.

use super::{BODY, is_binary, json, text_start};
use crate::shield::{
    content_type,
    finding::{Category, Finding, Place},
    inspector::{Encoding, Inspector},
    reason::Part,
    source::Source,
    views,
};

/// How many parts are looked at.
const MAX_PARTS: usize = 1024;
/// The longest boundary that the standard allows.
const MAX_BOUNDARY: usize = 70;

const fn finding(detector: &'static str, score: u8) -> Finding {
    Finding {
        detector,
        category: Category::Protocol,
        score,
    }
}

const PHP_IN_IMAGE: Finding = Finding {
    detector: "php.image",
    category: Category::Php,
    score: 5,
};

/// Looks at the parts of a body. One that can't be split is looked at as text.
pub(super) fn inspect(body: &[u8], content_type: &[u8], inspector: &mut Inspector<'_>) {
    let Some(boundary) = boundary(content_type, inspector) else {
        if !is_binary(body) {
            inspector.value(body, BODY, Encoding::Plain);
        }
        return;
    };
    let mut parts = 0;
    let mut rest = body;
    let mut closed = false;
    while let Some(start) = delimiter(rest, boundary) {
        rest = &rest[start + 2 + boundary.len()..];
        if let Some(after) = rest.strip_prefix(b"--") {
            // Nothing should follow, but there are readers that take no notice of the end.
            closed = true;
            rest = after;
            continue;
        }
        rest = rest
            .strip_prefix(b"\r\n")
            .or_else(|| rest.strip_prefix(b"\n"))
            .unwrap_or(rest);
        let end = delimiter(rest, boundary).unwrap_or(rest.len());
        part(&rest[..end], inspector);
        rest = &rest[end..];
        parts += 1;
        if parts == MAX_PARTS {
            inspector.report(finding("protocol.multipart-many-parts", 5), BODY);
            return;
        }
    }
    if parts == 0 && !closed {
        inspector.report(finding("protocol.multipart-no-part", 3), BODY);
        if !is_binary(body) {
            inspector.value(body, BODY, Encoding::Plain);
        }
    }
}

/// The boundary that the content type names. Reports those that two readers could understand in two ways.
fn boundary<'a>(content_type: &'a [u8], inspector: &mut Inspector<'_>) -> Option<&'a [u8]> {
    let mut found = None;
    for parameter in content_type.split(|byte| *byte == b';').skip(1) {
        let (name, Some(value)) = crate::shield::pairs::split(parameter) else {
            continue;
        };
        if !name.trim_ascii().eq_ignore_ascii_case(b"boundary") {
            continue;
        }
        if found.is_some() {
            inspector.report(finding("protocol.multipart-two-boundaries", 5), BODY);
        }
        let value = value.trim_ascii();
        let unquoted = value
            .strip_prefix(b"\"")
            .and_then(|value| value.strip_suffix(b"\""));
        found = Some(unquoted.unwrap_or(value));
    }
    match found {
        Some(boundary) if !boundary.is_empty() && boundary.len() <= MAX_BOUNDARY => Some(boundary),
        _ => {
            inspector.report(finding("protocol.multipart-boundary", 3), BODY);
            None
        }
    }
}

/// Where the next line begins that starts with the boundary.
fn delimiter(text: &[u8], boundary: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let line = &text[from..];
        if line
            .strip_prefix(b"--")
            .is_some_and(|line| line.starts_with(boundary))
        {
            return Some(from);
        }
        from += line.iter().position(|byte| *byte == b'\n')? + 1;
    }
}

/// Looks at one part: the names in its headers, and its content if it is a field.
fn part(part: &[u8], inspector: &mut Inspector<'_>) {
    let (head, content) = split_head(part);
    let mut name: &[u8] = b"";
    let mut file = None;
    let mut is_json = false;
    let mut is_image = false;
    let mut disposition = false;
    for line in head.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (header, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        if header.eq_ignore_ascii_case(b"content-disposition") {
            if disposition {
                inspector.report(finding("protocol.multipart-two-dispositions", 5), BODY);
            }
            disposition = true;
            if is_ambiguous(value) {
                inspector.report(finding("protocol.multipart-disposition", 5), BODY);
            }
            name = attribute(value, b"name").unwrap_or_default();
            file = attribute(value, b"filename").or_else(|| attribute(value, b"filename*"));
            other_attributes(value, inspector);
        } else if header.eq_ignore_ascii_case(b"content-type") {
            is_json = value
                .get(..16)
                .is_some_and(|start| start.eq_ignore_ascii_case(b"application/json"));
            is_image = value
                .get(..6)
                .is_some_and(|start| start.eq_ignore_ascii_case(b"image/"));
            charset(value, inspector);
        } else if header.eq_ignore_ascii_case(b"content-transfer-encoding") && !is_identity(value) {
            inspector.report(finding("protocol.multipart-transfer-encoding", 5), BODY);
        }
    }
    if inspector.is_excluded(name) {
        return;
    }
    inspector.value(
        name,
        Source::new(Part::Body, Place::BodyName, name),
        Encoding::Plain,
    );
    // Where one reader ends a name another goes on.
    if splits(name) {
        inspector.report(finding("protocol.multipart-name", 5), BODY);
    }
    if let Some(file) = file {
        if file_splits(file) {
            inspector.report(finding("protocol.multipart-file-name", 5), BODY);
        }
        inspector.value(
            file,
            Source::new(Part::Body, Place::FileName, name),
            Encoding::Plain,
        );
        // What a file holds is data: source code and documents with markup are uploaded for good reasons. A picture that is also a
        // program is not.
        if is_image && views::find(content, b"<?php").is_some() {
            inspector.report(PHP_IN_IMAGE, BODY);
        }
        return;
    }
    let content = match is_binary(content) {
        true => text_start(content),
        false => content,
    };
    if name.eq_ignore_ascii_case(b"_charset_") && content_type::is_evasive(content) {
        // The charset of all fields, by the rules of HTML.
        inspector.report(finding("protocol.multipart-charset", 5), BODY);
    }
    let source = Source::new(Part::Body, Place::BodyValue, name);
    if !(is_json && json::inspect(content, source, inspector)) {
        inspector.value(content, source, Encoding::Plain);
    }
}

/// Splits a part at its empty line; the line end before the boundary is no part of the content.
fn split_head(part: &[u8]) -> (&[u8], &[u8]) {
    let (head, content) =
        if let Some(content) = part.strip_prefix(b"\r\n").or_else(|| part.strip_prefix(b"\n")) {
            (&part[..0], content)
        } else {
            let crlf = views::find(part, b"\r\n\r\n").map(|at| (at, at + 4));
            let lf = views::find(part, b"\n\n").map(|at| (at, at + 2));
            let at = crlf.into_iter().chain(lf).min_by_key(|(at, _)| *at);
            match at {
                Some((head, content)) => (&part[..head], &part[content..]),
                None => (part, &part[..0]),
            }
        };
    let content = content.strip_suffix(b"\n").unwrap_or(content);
    (head, content.strip_suffix(b"\r").unwrap_or(content))
}

/// A parameter of a header: `name="…"`, with or without quotes.
fn attribute<'a>(header: &'a [u8], searched: &[u8]) -> Option<&'a [u8]> {
    Attributes { rest: header }
        .find(|attribute| attribute.name.eq_ignore_ascii_case(searched))
        .map(|attribute| attribute.value)
}

/// Looks at what no browser writes into a `Content-Disposition`; some readers make fields of it.
fn other_attributes(disposition: &[u8], inspector: &mut Inspector<'_>) {
    let known = [&b"name"[..], b"filename", b"filename*"];
    for Attribute { name, value, .. } in (Attributes { rest: disposition }) {
        let is_known = known.iter().any(|known| name.eq_ignore_ascii_case(known));
        if !is_known && !inspector.is_excluded(name) {
            let source = Source::new(Part::Body, Place::BodyValue, name);
            inspector.value(value, source, Encoding::Plain);
        }
    }
}

/// Whether one reader would find another name in a `Content-Disposition` than the next one: something stands behind a quoted value that no
/// semicolon divides from it, or a name is almost `filename`.
fn is_ambiguous(disposition: &[u8]) -> bool {
    Attributes { rest: disposition }.any(|Attribute { name, is_glued, .. }| {
        let end = name.len().saturating_sub(8);
        is_glued || (end > 0 && name[end..].eq_ignore_ascii_case(b"filename"))
    })
}

/// The parameters of a header.
struct Attributes<'a> {
    rest: &'a [u8],
}

struct Attribute<'a> {
    name: &'a [u8],
    value: &'a [u8],
    /// Whether its quotes are followed by something else than a semicolon.
    is_glued: bool,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        let semicolon = self.rest.iter().position(|byte| *byte == b';')?;
        let rest = self.rest[semicolon + 1..].trim_ascii_start();
        let (name, Some(value)) = crate::shield::pairs::split(rest) else {
            return None;
        };
        let value = value.trim_ascii_start();
        let mut is_glued = false;
        let value = match value.strip_prefix(b"\"") {
            Some(quoted) => {
                let mut end = 0;
                while let Some(byte) = quoted.get(end)
                    && *byte != b'"'
                {
                    end += if *byte == b'\\' { 2 } else { 1 };
                }
                let (value, after) = quoted.split_at(end.min(quoted.len()));
                self.rest = after.strip_prefix(b"\"").unwrap_or(after);
                is_glued = !matches!(self.rest.trim_ascii_start(), [] | [b';', ..]);
                value
            }
            None => {
                let end = value.iter().position(|byte| *byte == b';').unwrap_or(value.len());
                let (value, after) = value.split_at(end);
                self.rest = after;
                value
            }
        };
        Some(Attribute {
            name: name.trim_ascii(),
            value,
            is_glued,
        })
    }
}

/// Whether a name holds what ends names, or values, or begins another parameter.
fn splits(name: &[u8]) -> bool {
    file_splits(name) || name.iter().any(|byte| matches!(byte, b'=' | b'\'' | b'\\'))
}

/// The same for the name of a file, which people give: an equals sign and an apostrophe are nothing unusual. Browsers write letters that
/// the page's charset doesn't have as entities, in both.
fn file_splits(name: &[u8]) -> bool {
    let mut entity = false;
    name.iter().any(|byte| {
        match byte {
            b'&' => entity = true,
            b';' if entity => entity = false,
            b';' | b'"' => return true,
            byte => entity = entity && (byte.is_ascii_alphanumeric() || *byte == b'#'),
        }
        false
    })
}

fn is_identity(value: &[u8]) -> bool {
    [&b"binary"[..], b"8bit", b"7bit"]
        .into_iter()
        .any(|name| value.eq_ignore_ascii_case(name))
}

/// Reports a charset in which ASCII characters have a second form.
fn charset(content_type: &[u8], inspector: &mut Inspector<'_>) {
    let Some(charset) = attribute(content_type, b"charset") else {
        return;
    };
    let charset = charset.trim_ascii();
    let usual = [&b"utf-8"[..], b"utf8", b"us-ascii", b"ascii", b"windows-1252"];
    let is_usual = usual.iter().any(|name| charset.eq_ignore_ascii_case(name))
        || charset
            .get(..9)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"iso-8859-"));
    if !is_usual {
        inspector.report(finding("protocol.multipart-charset", 5), BODY);
    }
}
