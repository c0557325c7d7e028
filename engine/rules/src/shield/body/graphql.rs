//! GraphQL documents: their strings are values, the rest of them is made of what looks like code.

use crate::shield::{
    decode,
    finding::{Category, Finding},
    inspector::{Encoding, Inspector},
    source::Source,
    views,
};

/// Whether a text is a GraphQL document: an operation or a fragment, and balanced braces.
pub(in crate::shield) fn is_document(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let keyword = [&b"query"[..], b"mutation", b"subscription", b"fragment"]
        .into_iter()
        .any(|word| {
            text.starts_with(word)
                && text
                    .get(word.len())
                    .is_some_and(|byte| b" \t\r\n{(".contains(byte))
        });
    let count = |searched: u8| text.iter().filter(|byte| **byte == searched).count();
    keyword && text.ends_with(b"}") && count(b'{') == count(b'}')
}

/// Looks at the strings of a document.
pub(in crate::shield) fn inspect(text: &[u8], source: Source<'_>, inspector: &mut Inspector<'_>) {
    if views::find(text, b"__schema").is_some() || views::find(text, b"__type(").is_some() {
        let finding = Finding {
            detector: "policy.graphql-introspection",
            category: Category::Policy,
            score: 5,
        };
        inspector.report(finding, source);
    }
    let mut decoded = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.iter().position(|byte| *byte == b'"') {
        rest = &rest[start + 1..];
        let mut end = 0;
        let mut is_escaped = false;
        while let Some(byte) = rest.get(end)
            && *byte != b'"'
        {
            is_escaped |= *byte == b'\\';
            end += if *byte == b'\\' { 2 } else { 1 };
        }
        let end = end.min(rest.len());
        let string = match is_escaped {
            // The escapes of GraphQL are those of JSON.
            true => {
                decode::json(&rest[..end], &mut decoded);
                &decoded
            }
            false => &rest[..end],
        };
        inspector.value(string, source, Encoding::Plain);
        rest = rest.get(end + 1..).unwrap_or_default();
    }
}
