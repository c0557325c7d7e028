//! Tells formats from their beginning.

use super::Format;
use crate::replay::record::is_log_line;

/// What to say about an input of no known format.
pub(super) const UNKNOWN: &str = "the format is not known: accepted are JSON lines, JSON, Common or Combined Log Format, and HAR, plain \
     or compressed by gzip; if it is one of them, name it";

/// The format of an input that begins with `head`; `None` if that can't be told, or, unless `complete`, not yet.
pub(super) fn format(head: &[u8], complete: bool) -> Option<Format> {
    let head = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(head)
        .trim_ascii_start();
    match head.first()? {
        b'[' => match head[1..].trim_ascii_start().first() {
            Some(b'{' | b']') => return Some(Format::Json),
            None if !complete => return None,
            _ => {}
        },
        b'{' => match inside(head[1..].trim_ascii_start()) {
            Inside::Har => return Some(Format::Har),
            Inside::Open if !complete => return None,
            // What goes on in the next line is not an object to a line.
            _ if head
                .split(|byte| *byte == b'\n')
                .next()
                .is_some_and(|line| line.trim_ascii() == b"{") =>
            {
                return Some(Format::Json);
            }
            _ => return Some(Format::Jsonl),
        },
        _ => {}
    }
    // A first line may be cut off, or be about the file; one that fits decides.
    let mut lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').collect();
    if !complete {
        lines.pop();
    }
    lines.into_iter().find_map(|line| match line.trim_ascii() {
        line if line.starts_with(b"{") && line.ends_with(b"}") => Some(Format::Jsonl),
        line if is_log_line(line) => Some(Format::Log),
        _ => None,
    })
}

enum Inside {
    Har,
    Other,
    /// It ends too soon to tell.
    Open,
}

/// What an object is, by what stands behind its brace.
fn inside(text: &[u8]) -> Inside {
    let mut rest = text;
    for (place, token) in [&b"\"log\""[..], b":", b"{"].into_iter().enumerate() {
        rest = rest.trim_ascii_start();
        let length = rest.len().min(token.len());
        if rest[..length] != token[..length] {
            return Inside::Other;
        }
        if length < token.len() {
            // Nothing at all behind the brace is not yet anything else.
            return if place == 0 && text.is_empty() || !rest.is_empty() || place > 0 {
                Inside::Open
            } else {
                Inside::Other
            };
        }
        rest = &rest[length..];
    }
    Inside::Har
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"192.0.2.1 - - [10/Oct/2025:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "-" "curl/8""#;

    #[test]
    fn formats_are_told_by_their_beginning() {
        for (head, expected) in [
            ("{\"id\":1,\"uri\":\"/\"}\n{", Some(Format::Jsonl)),
            ("\u{feff}\n {\"id\":1}\n", Some(Format::Jsonl)),
            ("{}\n", Some(Format::Jsonl)),
            ("{\"log\":{\"version\":\"1.2\"", Some(Format::Har)),
            ("{\n  \"log\" : {\n", Some(Format::Har)),
            ("{\"log\":5,\"uri\":\"/\"}\n", Some(Format::Jsonl)),
            ("[{\"id\":1},", Some(Format::Json)),
            ("[ ]", Some(Format::Json)),
            ("{\n  \"id\": 1\n}\n", Some(Format::Json)),
            (&format!("{LOG}\n"), Some(Format::Log)),
            (&format!("# a comment\n{LOG}\n"), Some(Format::Log)),
            ("cut off\"}\n{\"id\":1}\n", Some(Format::Jsonl)),
            ("id,uri\n1,/\n", None),
            ("", None),
        ] {
            assert_eq!(format(head.as_bytes(), true), expected, "{head:?}");
        }
    }

    #[test]
    fn what_can_not_be_told_yet_is_not() {
        for head in ["", "{", "{ \"lo", "{\"log\"", "{\"log\" :", "[", "[ ", LOG] {
            assert_eq!(format(head.as_bytes(), false), None, "{head:?}");
        }
        for (head, expected) in [
            ("{", Format::Json),
            (LOG, Format::Log),
            ("{\"log\"", Format::Jsonl),
        ] {
            assert_eq!(format(head.as_bytes(), true), Some(expected), "{head:?}");
        }
    }
}
