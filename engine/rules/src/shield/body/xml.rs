//! XML: names, attributes and text of elements, and declarations that make a parser read something else.

use std::ops::Range;

use crate::shield::{
    finding::{Category, Finding, Place},
    inspector::{Encoding, Inspector},
    reason::Part,
    source::Source,
    views,
};
use crate::swar;

const CDATA: &[u8] = b"<![CDATA[";
/// How long the name of an element or attribute is that is looked at.
const MAX_NAME: usize = 256;

/// Looks at a document. Nothing has to be well-formed. Returns where JSON stands in it, in ascending order: it was taken to pieces, and
/// whatever else the document may be, that is data.
pub(super) fn inspect(body: &[u8], inspector: &mut Inspector<'_>) -> Vec<Range<usize>> {
    let mut json = Vec::new();
    let mut rest = body;
    let mut element: &[u8] = b"";
    while let Some(start) = swar::find(rest, [b'<']) {
        let at = body.len() - rest.len();
        if value(&rest[..start], element, inspector) {
            json.push(at..at + start);
        }
        rest = &rest[start..];
        let at = at + start;
        let used = if rest.starts_with(b"<!--") {
            comment(rest, element, inspector)
        } else if rest.starts_with(CDATA) {
            let end = views::find(rest, b"]]>").unwrap_or(rest.len());
            let start = CDATA.len().min(end);
            if value(&rest[start..end], element, inspector) {
                json.push(at + start..at + end);
            }
            (end + 3).min(rest.len())
        } else if rest.starts_with(b"<!") {
            declaration(rest, inspector)
        } else if rest.starts_with(b"<?") {
            instruction(rest, element, inspector)
        } else {
            tag(rest, &mut element, inspector)
        };
        rest = &rest[used..];
    }
    value(rest, element, inspector);
    json
}

/// Looks at a text or the value of an attribute. Returns whether it is JSON.
fn value(text: &[u8], name: &[u8], inspector: &mut Inspector<'_>) -> bool {
    let text = text.trim_ascii();
    if text.is_empty() || inspector.is_excluded(name) {
        return false;
    }
    let source = Source::new(Part::Body, Place::BodyValue, name);
    let is_json = inspector.json(text, source, Encoding::Plain);
    if !is_json {
        inspector.value(text, source, Encoding::Plain);
    }
    is_json
}

fn comment(text: &[u8], element: &[u8], inspector: &mut Inspector<'_>) -> usize {
    let end = views::find(text, b"-->").unwrap_or(text.len());
    value(&text[4.min(end)..end], element, inspector);
    (end + 3).min(text.len())
}

/// An instruction for who processes the document, for instance PHP; the document's own declaration says nothing. Returns its length.
fn instruction(text: &[u8], element: &[u8], inspector: &mut Inspector<'_>) -> usize {
    let end = views::find(text, b"?>").map_or(text.len(), |end| end + 2);
    if !text.starts_with(b"<?xml") {
        value(&text[..end], element, inspector);
    }
    end
}

/// A document type: harmless by itself, but not if it brings entities or is read from elsewhere. Returns its length.
fn declaration(text: &[u8], inspector: &mut Inspector<'_>) -> usize {
    let end = declaration_end(text);
    let text = &text[..end];
    let lower = text.to_ascii_lowercase();
    let has = |word: &[u8]| views::find(&lower, word).is_some();
    let external = has(b"system") || has(b"public");
    let (detector, score) = match (has(b"<!entity"), external) {
        (true, true) => ("xxe.external-entity", 5),
        (true, false) => ("xxe.entity", 5),
        // Well-known document types of the web are public and harmless.
        (false, true) if has(b"//w3c//dtd") || has(b"//ietf//dtd") => ("xxe.doctype", 1),
        (false, true) => ("xxe.external-doctype", 5),
        (false, false) => return end,
    };
    let finding = Finding {
        detector,
        category: Category::Xxe,
        score,
    };
    inspector.report(finding, Source::new(Part::Body, Place::Body, b""));
    end
}

/// The end of a declaration: its `>`, after its internal subset if it has one.
fn declaration_end(text: &[u8]) -> usize {
    let stop = |from: usize, stops: &[u8]| {
        let at = text[from..].iter().position(|byte| stops.contains(byte));
        at.map_or(text.len(), |at| from + at)
    };
    let mut end = stop(0, b"[>");
    if text.get(end) == Some(&b'[') {
        end = views::find(&text[end..], b"]>").map_or(text.len(), |at| end + at + 1);
    }
    (end + 1).min(text.len())
}

/// The tag that a text begins with: its name and its attributes. Returns its length.
fn tag<'a>(text: &'a [u8], element: &mut &'a [u8], inspector: &mut Inspector<'_>) -> usize {
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'=' | b'<');
    let length = |text: &[u8]| text.iter().position(is_end).unwrap_or(text.len());
    let mut at = 1 + usize::from(text.get(1) == Some(&b'/'));
    let is_start = at == 1;
    let mut name = &text[at..at + length(&text[at..])];
    at += name.len();
    if is_start {
        *element = name;
        self::name(name, inspector);
    }
    while let Some(byte) = text.get(at) {
        match byte {
            b'>' => return at + 1,
            b'<' => return at,
            b'"' | b'\'' => {
                let inside = &text[at + 1..];
                let end = inside.iter().position(|end| end == byte).unwrap_or(inside.len());
                value(&inside[..end], name, inspector);
                at = (at + end + 2).min(text.len());
            }
            byte if is_end(byte) => at += 1,
            _ => {
                name = &text[at..at + length(&text[at..])];
                at += name.len();
                self::name(name, inspector);
            }
        }
    }
    at
}

fn name(name: &[u8], inspector: &mut Inspector<'_>) {
    let name = &name[..name.len().min(MAX_NAME)];
    if !inspector.is_excluded(name) {
        inspector.value(
            name,
            Source::new(Part::Body, Place::BodyName, name),
            Encoding::Plain,
        );
    }
}
