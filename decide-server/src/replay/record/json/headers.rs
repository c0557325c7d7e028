//! Headers, in the ways in which people write them into JSON.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::text::{Kind, kind, text};

/// Names and values in the order in which they are written.
#[derive(Debug, Default)]
pub(in super::super) struct Headers(pub(in super::super) Vec<(String, Vec<u8>)>);

impl Headers {
    /// Reads an object of texts or lists of texts; a list of pairs, of objects with `name` and `value`, or of lines; or a text of
    /// lines.
    pub(in super::super) fn read(value: &RawValue) -> Result<Self, Cow<'static, str>> {
        let mut headers = Self::default();
        match kind(value) {
            Kind::Null => {}
            Kind::Object => {
                let Object(entries) = parse(value)?;
                for (name, value) in entries {
                    headers.add(&name, value)?;
                }
            }
            Kind::List => {
                let entries: Vec<&RawValue> = parse(value)?;
                for entry in entries {
                    headers.entry(entry)?;
                }
            }
            Kind::Text => headers.lines(&text(value)?.unwrap_or_default()),
            Kind::Plain => return Err("neither an object nor a list".into()),
        }
        Ok(headers)
    }

    fn entry(&mut self, entry: &RawValue) -> Result<(), Cow<'static, str>> {
        #[derive(Deserialize)]
        struct Named<'a> {
            #[serde(borrow, alias = "key")]
            name: Cow<'a, str>,
            #[serde(borrow)]
            value: Option<&'a RawValue>,
        }

        match kind(entry) {
            Kind::Null => Ok(()),
            Kind::Text => {
                self.lines(&text(entry)?.unwrap_or_default());
                Ok(())
            }
            Kind::List => match *parse::<Vec<&RawValue>>(entry)? {
                [name, value] => match text(name)? {
                    Some(name) => self.add(&name, value),
                    None => Err("a name that is null".into()),
                },
                _ => Err("an entry that is not a name and a value".into()),
            },
            Kind::Object => {
                let Named { name, value } = parse(entry)?;
                value.map_or(Ok(()), |value| self.add(&name, value))
            }
            Kind::Plain => Err("an entry that is not a name and a value".into()),
        }
    }

    fn add(&mut self, name: &str, value: &RawValue) -> Result<(), Cow<'static, str>> {
        if kind(value) == Kind::List {
            let values: Vec<&RawValue> = parse(value)?;
            for value in values {
                if let Some(value) = text(value)? {
                    self.0.push((name.to_owned(), value.into_owned().into_bytes()));
                }
            }
        } else if let Some(value) = text(value)? {
            self.0.push((name.to_owned(), value.into_owned().into_bytes()));
        }
        Ok(())
    }

    /// Adds what looks like a header of HTTP/1.1, one to a line.
    fn lines(&mut self, text: &str) {
        for line in text.lines() {
            if let Some((name, value)) = line.split_once(':').filter(|(name, _)| !name.trim().is_empty()) {
                self.0
                    .push((name.trim().to_owned(), value.trim().as_bytes().to_vec()));
            }
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(value: &'a RawValue) -> Result<T, Cow<'static, str>> {
    serde_json::from_str(value.get()).map_err(|error| error.to_string().into())
}

/// An object with its keys in order, and with those that are there twice.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::with_capacity(16);
                while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    entries.push((key, value));
                }
                Ok(Object(entries))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}
