//! Style declarations that run code or load documents.

use super::Match;

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
    let plain = &plain[..length];
    let has = |word: &[u8]| plain.windows(word.len()).any(|part| part == word);
    let runs = has(b"expression(")
        || has(b"expression28")
        || has(b"binding:url(")
        || has(b"url(javascript")
        || has(b"url('javascript")
        || has(b"url(\"javascript")
        || has(b"-moz-binding")
        || has(b"behavior:")
        || has(b"behaviour:")
        || has(b"-o-link:")
        || (in_tag
            && (has(b"javascript:")
                || has(b"vbscript:")
                || has(b"@import")
                || has(b"-webkit-user-modify")
                || has(b"xss:")));
    runs.then_some(("xss.style", 5))
}
