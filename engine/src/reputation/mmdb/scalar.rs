//! Values that suppliers write as different types. What is none of those is no value, and no fault of the record.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A text, a number or a truth.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) enum Scalar<'a> {
    #[default]
    None,
    Text(&'a str),
    Number(f64),
    Truth(bool),
}

impl<'a> Scalar<'a> {
    /// A text with something in it.
    pub(super) fn text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// A finite number, which may be written as a text.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
        .filter(|number: &f64| number.is_finite())
    }

    /// A truth, which may be written as a text.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Truth(truth) => Some(*truth),
            Self::Text("true") => Some(true),
            Self::Text("" | "false") => Some(false),
            _ => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(text))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Truth(truth))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Number(number))
            }

            fn visit_f32<E>(self, number: f32) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Number(number.into()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Number(number as f64))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Number(number as f64))
            }

            fn visit_u128<E>(self, _: u128) -> Result<Scalar<'de>, E> {
                Ok(Scalar::None)
            }

            fn visit_bytes<E>(self, _: &[u8]) -> Result<Scalar<'de>, E> {
                Ok(Scalar::None)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Scalar<'de>, A::Error> {
                while values.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::None)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut values: A) -> Result<Scalar<'de>, A::Error> {
                while values.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::None)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// A place: a map with a code and names in several languages, or a text with one of the two.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Place<'a> {
    code: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> Place<'a> {
    pub(super) fn code(&self) -> Option<&'a str> {
        self.code
    }

    /// The name in English.
    pub(super) fn name(&self) -> Option<&'a str> {
        self.name
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Place<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Place<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map or a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Place<'de>, E> {
                // Codes of countries and continents have two letters; no name does.
                let (code, name) = match text.len() {
                    0 => (None, None),
                    2 => (Some(text), None),
                    _ => (None, Some(text)),
                };
                Ok(Place { code, name })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Place<'de>, A::Error> {
                let mut place = Place::default();
                while let Some(field) = fields.next_key::<&str>()? {
                    match field {
                        "iso_code" | "code" => place.code = fields.next_value::<Scalar<'de>>()?.text(),
                        "name" => place.name = fields.next_value::<Scalar<'de>>()?.text(),
                        "names" => place.name = fields.next_value::<Names<'de>>()?.en.text(),
                        _ => {
                            fields.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(place)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Names<'a> {
    #[serde(borrow)]
    en: Scalar<'a>,
}
