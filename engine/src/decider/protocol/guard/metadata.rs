//! Limits of metadata: what applications send along for people to read.
//!
//! This server keeps no metadata. It says what official servers would drop, so that nobody finds out when changing servers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The most keys.
const MOST_KEYS: usize = 128;
/// The longest key, in bytes.
const MOST_KEY: usize = 64;
/// The longest value, in bytes as sent.
const MOST_VALUE: usize = 4 << 10;
/// How deep lists and objects may be nested.
const MOST_DEPTH: usize = 10;
/// The most keys that a message names.
const MOST_NAMED: usize = 10;

/// How values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Values {
    Json,
    Text,
}

/// The keys that are dropped, and why; `None` if all are accepted.
pub(super) fn dropped(metadata: &BTreeMap<String, String>, values: Values) -> Option<String> {
    let mut message = String::new();
    let mut count = 0;
    for (index, (key, value)) in metadata.iter().enumerate() {
        let Some(problem) = problem(index, key, value, values) else {
            continue;
        };
        count += 1;
        if count <= MOST_NAMED {
            let separator = if count == 1 { "dropped " } else { ", " };
            let _ = write!(message, "{separator}{} ({problem})", printable(key));
        }
    }
    if count > MOST_NAMED {
        let _ = write!(message, " and {} more", count - MOST_NAMED);
    }
    (count > 0).then_some(message)
}

fn problem(index: usize, key: &str, value: &str, values: Values) -> Option<&'static str> {
    let accepted = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if key.is_empty() || key.len() > MOST_KEY || !key.bytes().all(accepted) {
        Some("accepted: 1 to 64 letters, digits, dashes, dots and underscores")
    } else if index >= MOST_KEYS {
        Some("accepted: at most 128 keys")
    } else if value.len() > MOST_VALUE {
        Some("accepted: at most 4096 bytes a value")
    } else if values == Values::Json && depth(value) > MOST_DEPTH {
        Some("accepted: at most 10 levels")
    } else {
        None
    }
}

/// How deep lists and objects are nested in JSON.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => skip_text(&mut bytes),
            _ => {}
        }
    }
    deepest
}

/// Goes behind the end of a text.
fn skip_text(bytes: &mut impl Iterator<Item = u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

/// A key as it may stand in a message: people's logs show it, and anybody may have chosen it.
fn printable(key: &str) -> String {
    let mut text = String::from("\"");
    for character in key.chars().flat_map(char::escape_debug) {
        if text.len() > MOST_KEY {
            text.push('…');
            break;
        }
        text.push(character);
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(key: &str, value: &str) -> Option<String> {
        dropped(&[(key.to_owned(), value.to_owned())].into(), Values::Json)
    }

    #[test]
    fn each_limit_is_where_it_is_said_to_be() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        for (key, value) in [
            ("user.id_1-b", "1"),
            (&"k".repeat(64), "1"),
            ("k", &"1".repeat(4096)),
            ("k", &nested(10)),
            // No brackets: they are text.
            ("k", r#""[[[[[[[[[[[[\"[[""#),
            ("k", "[[[[[],[[[[[[]]]]]]]]]]"),
        ] {
            assert_eq!(one(key, value), None, "{key} {value}");
        }
        for (key, value, part) in [
            ("", "1", "accepted: 1 to 64 letters"),
            ("a b", "1", "accepted: 1 to 64 letters"),
            (&"k".repeat(65), "1", "accepted: 1 to 64 letters"),
            ("k", &"1".repeat(4097), "accepted: at most 4096 bytes"),
            ("k", &nested(11), "accepted: at most 10 levels"),
        ] {
            let message = one(key, value).unwrap();
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn keys_beyond_the_limit_are_counted_and_ten_of_them_named() {
        let metadata: BTreeMap<String, String> = (0..140)
            .map(|number| (format!("k{number:03}"), "1".to_owned()))
            .collect();
        let message = dropped(&metadata, Values::Json).unwrap();
        assert!(
            message.starts_with("dropped \"k128\" (accepted: at most 128 keys), \"k129\""),
            "{message}"
        );
        assert!(
            message.ends_with("\"k137\" (accepted: at most 128 keys) and 2 more"),
            "{message}"
        );
    }

    #[test]
    fn a_message_is_one_short_line_whatever_the_key() {
        let message = one(&"\n\u{202e}\"".repeat(1000), "1").unwrap();
        assert!(message.len() < 250 && !message.contains('\n'), "{message}");
        assert!(message.starts_with(r#"dropped "\n\u{202e}\""#), "{message}");
    }

    #[test]
    fn text_has_no_levels() {
        let metadata = [("k".to_owned(), "[".repeat(100))].into();
        assert_eq!(dropped(&metadata, Values::Text), None);
    }
}
