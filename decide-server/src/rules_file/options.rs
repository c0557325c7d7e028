//! Values of options that are neither numbers nor free text.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use arcjet_engine::{EmailLevel, EmailType, MissingUserAgent, Mode, ShieldCategory};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

macro_rules! names {
    ($($(#[$about:meta])* $name:ident($value:ty) { $($text:literal => $variant:expr),+ $(,)? })*) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(pub $value);

        impl $name {
            /// The names, as they are documented; read without regard to case.
            pub const NAMES: &'static [&'static str] = &[$($text),+];
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                $(if text.eq_ignore_ascii_case($text) {
                    return Ok(Self($variant));
                })+
                Err(D::Error::unknown_variant(&text, Self::NAMES))
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "enum": Self::NAMES })
            }
        }
    )*};
}

names! {
    /// Whether a rule's denial counts: `LIVE` or `DRY_RUN`.
    ModeName(Mode) {
        "LIVE" => Mode::Live,
        "DRY_RUN" => Mode::DryRun,
    }

    /// What a request without a user agent is: `ERROR` or `BOT`.
    MissingUserAgentName(MissingUserAgent) {
        "ERROR" => MissingUserAgent::Error,
        "BOT" => MissingUserAgent::Bot,
    }

    /// How much of the grammar of e-mail addresses is accepted: `SMTP`, `RFC5322` or `PLAIN`.
    EmailLevelName(EmailLevel) {
        "SMTP" => EmailLevel::Smtp,
        "RFC5322" => EmailLevel::Rfc5322,
        "PLAIN" => EmailLevel::Plain,
    }

    /// A type of e-mail address, as in `DISPOSABLE`.
    EmailTypeName(EmailType) {
        "DISPOSABLE" => EmailType::Disposable,
        "FREE" => EmailType::Free,
        "NO_MX_RECORDS" => EmailType::NoMxRecords,
        "NO_GRAVATAR" => EmailType::NoGravatar,
        "INVALID" => EmailType::Invalid,
        "ROLE" => EmailType::Role,
    }

    /// A category of attacks, as in `sqli`.
    ShieldCategoryName(ShieldCategory) {
        "sqli" => ShieldCategory::Sqli,
        "nosql" => ShieldCategory::Nosql,
        "xss" => ShieldCategory::Xss,
        "traversal" => ShieldCategory::Traversal,
        "rfi" => ShieldCategory::Rfi,
        "rce" => ShieldCategory::Rce,
        "php" => ShieldCategory::Php,
        "java" => ShieldCategory::Java,
        "node" => ShieldCategory::Node,
        "ssti" => ShieldCategory::Ssti,
        "ssrf" => ShieldCategory::Ssrf,
        "xxe" => ShieldCategory::Xxe,
        "ldap" => ShieldCategory::Ldap,
        "mail" => ShieldCategory::Mail,
        "header-injection" => ShieldCategory::HeaderInjection,
        "deserialization" => ShieldCategory::Deserialization,
        "scanner" => ShieldCategory::Scanner,
        "protocol" => ShieldCategory::Protocol,
        "session-fixation" => ShieldCategory::SessionFixation,
        "policy" => ShieldCategory::Policy,
    }
}

/// A length of time: whole seconds as a number (`60`), or a number with a unit as text (`"90s"`, `"1m"`, `"2h"`, `"1d"`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl Span {
    const ACCEPTED: &str =
        "whole seconds as in 60, or text with a unit as in \"90s\", \"1m\", \"2h\" or \"1d\"";

    fn from_text(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let amount: u64 = digits.parse().ok()?;
        let unit = match &text[digits.len()..] {
            "" | "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return None,
        };
        amount
            .checked_mul(unit)
            .map(|seconds| Self(Duration::from_secs(seconds)))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Span;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Span::ACCEPTED)
            }

            fn visit_u64<E: Error>(self, seconds: u64) -> Result<Span, E> {
                Ok(Span(Duration::from_secs(seconds)))
            }

            fn visit_i64<E: Error>(self, seconds: i64) -> Result<Span, E> {
                let negative = |_| E::invalid_value(Unexpected::Signed(seconds), &self);
                u64::try_from(seconds)
                    .map_err(negative)
                    .and_then(|seconds| self.visit_u64(seconds))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Span, E> {
                Span::from_text(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl JsonSchema for Span {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "integer", "minimum": 1, "maximum": u32::MAX },
            { "type": "string", "pattern": "^[0-9]+[smhd]?$" },
        ] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_categories_and_types_can_be_written() {
        let categories: Vec<&str> = ShieldCategory::ALL
            .into_iter()
            .map(ShieldCategory::as_str)
            .collect();
        assert_eq!(ShieldCategoryName::NAMES, categories);
        let types: Vec<&str> = EmailType::ALL.into_iter().map(EmailType::as_str).collect();
        assert_eq!(EmailTypeName::NAMES, types);
    }

    #[test]
    fn spans() {
        for (text, seconds) in [
            ("60", 60),
            ("90s", 90),
            ("1m", 60),
            ("2h", 7_200),
            ("1d", 86_400),
            ("0", 0),
        ] {
            assert_eq!(
                Span::from_text(text),
                Some(Span(Duration::from_secs(seconds))),
                "{text}"
            );
        }
        for text in [
            "",
            "m",
            "1.5m",
            "-1s",
            "1w",
            "1 m",
            "18446744073709551615d",
            "1ms",
        ] {
            assert_eq!(Span::from_text(text), None, "{text:?}");
        }
    }
}
