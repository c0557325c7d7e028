//! Style declarations that run code or load documents.

use super::{super::work, Match};

/// What declarations do, with white space, comments, backslashes and nulls read over as browsers did.
pub(super) fn declarations(text: &[u8], in_tag: bool) -> Option<Match> {
    let mut plain = [0; 160];
    let mut length = 0;
    let mut at = 0;
    while at < text.len() && length < plain.len() {
        if text[at..].starts_with(b"/*") {
            at += text[at..]
                .windows(2)
                .position(|end| end == b"*/")
                .map_or(text.len() - at, |end| end + 2);
            continue;
        }
        let byte = text[at];
        if byte > b' ' && byte != b'\\' && byte < 0x7F {
            plain[length] = byte.to_ascii_lowercase();
            length += 1;
        }
        at += 1;
    }
    work::spend(text.len());
    let plain = &plain[..length];
    let runs = (0..length).any(|at| {
        let is = |words: &[&str]| words.iter().any(|word| plain[at..].starts_with(word.as_bytes()));
        match plain[at] {
            b'e' => is(&["expression(", "expression28"]),
            b'b' => is(&["behavior:", "behaviour:", "binding:url("]),
            b'-' => is(&["-moz-binding", "-o-link:"]) || (in_tag && is(&["-webkit-user-modify"])),
            b'u' => is(&[
                "url(javascript",
                "url('javascript",
                "url(\"javascript",
                "url(vbscript",
            ]),
            b'@' => in_tag && is(&["@import"]),
            b'j' => in_tag && is(&["javascript:"]),
            b'v' => in_tag && is(&["vbscript:"]),
            b'x' => in_tag && is(&["xss:"]),
            _ => false,
        }
    });
    runs.then_some(("xss.style", 5))
}
