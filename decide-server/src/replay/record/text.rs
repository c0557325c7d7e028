//! Text in JSON that is not quite text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde_json::value::RawValue;

use super::{Parts, Unread};

/// Reads JSON; if it is not UTF-8, once more with what is not replaced by `U+FFFD`.
pub(super) fn retried(bytes: &[u8], read: fn(&str) -> Result<Parts, Unread>) -> Result<Parts, Unread> {
    match std::str::from_utf8(bytes) {
        Ok(text) => read(text),
        Err(_) => read(&String::from_utf8_lossy(bytes)),
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Text,
    /// A number or a truth value.
    Plain,
    List,
    Object,
}

pub(super) fn kind(value: &RawValue) -> Kind {
    match value.get().as_bytes().first() {
        Some(b'"') => Kind::Text,
        Some(b'[') => Kind::List,
        Some(b'{') => Kind::Object,
        Some(b'n') => Kind::Null,
        _ => Kind::Plain,
    }
}

/// The text that a value stands for: a text, or a number or truth value as it is written. `None` for `null`.
///
/// # Errors
///
/// It is a list or an object: what it is instead.
pub(super) fn text(value: &RawValue) -> Result<Option<Cow<'_, str>>, &'static str> {
    let json = value.get();
    match kind(value) {
        Kind::Null => Ok(None),
        Kind::Plain => Ok(Some(json.into())),
        Kind::List => Err("a list instead of text"),
        Kind::Object => Err("an object instead of text"),
        Kind::Text => {
            let inside = &json[1..json.len() - 1];
            if !inside.contains('\\') {
                return Ok(Some(inside.into()));
            }
            let lossy = serde_json::from_str(json).map_err(|_| "text with a broken escape")?;
            let Lossy(text) = lossy;
            Ok(Some(text.into()))
        }
    }
}

/// A text in which halves of surrogate pairs, which JSON can write and UTF-8 can't, are replaced.
struct Lossy(String);

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Lossy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Lossy, E> {
                Ok(Lossy(String::from_utf8_lossy(bytes).into_owned()))
            }
        }

        // Asked for bytes, serde_json gives halves of pairs as the bytes that UTF-8 would have for them if it had any.
        deserializer.deserialize_bytes(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Option<String>, &'static str> {
        let value: Box<RawValue> = serde_json::from_str(json).unwrap();
        text(&value).map(|text| text.map(Cow::into_owned))
    }

    #[test]
    fn values_as_text() {
        assert_eq!(read("null"), Ok(None));
        assert_eq!(read("12.50"), Ok(Some("12.50".to_owned())));
        assert_eq!(read("true"), Ok(Some("true".to_owned())));
        assert_eq!(read(r#""a\u0000\n\ud83d\ude00""#), Ok(Some("a\0\n😀".to_owned())));
        assert_eq!(read(r#""""#), Ok(Some(String::new())));
        assert!(read("[1]").is_err() && read("{}").is_err());
    }

    #[test]
    fn halves_of_pairs_are_replaced() {
        let text = read(r#""a\udcffb""#).unwrap().unwrap();
        assert!(
            text.starts_with("a\u{fffd}") && text.ends_with("\u{fffd}b"),
            "{text:?}"
        );
    }
}
