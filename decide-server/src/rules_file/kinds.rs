//! The types of rules, by the names that they have in the file.

use std::ops::Range;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, Deserializer};

use super::table::*;

impl RuleTable {
    /// What [`required`](Self::required) says of values that are tables.
    pub(super) const A_TABLE: &'static str = "a table with the options of that rule";

    /// The names of all types.
    pub(super) const KINDS: [&'static str; 10] = [
        "shield",
        "detect_bot",
        "fixed_window",
        "sliding_window",
        "token_bucket",
        "validate_email",
        "sensitive_info",
        "filter",
        "detect_prompt_injection",
        "protect_signup",
    ];

    pub(super) fn kinds() -> String {
        Self::KINDS.map(|kind| format!("`{kind}`")).join(", ")
    }

    /// Reads the options of a type.
    pub(super) fn of_kind(
        kind: &str,
        options: &DeTable<'_>,
        span: &Range<usize>,
    ) -> Result<Self, toml::de::Error> {
        let options = Deserializer::from(Spanned::new(span.clone(), options.clone()));
        Ok(match kind {
            "shield" => Self::Shield(ShieldTable::deserialize(options)?),
            "detect_bot" => Self::DetectBot(DetectBotTable::deserialize(options)?),
            "fixed_window" => Self::FixedWindow(FixedWindowTable::deserialize(options)?),
            "sliding_window" => Self::SlidingWindow(SlidingWindowTable::deserialize(options)?),
            "token_bucket" => Self::TokenBucket(TokenBucketTable::deserialize(options)?),
            "validate_email" => Self::ValidateEmail(ValidateEmailTable::deserialize(options)?),
            "sensitive_info" => Self::SensitiveInfo(SensitiveInfoTable::deserialize(options)?),
            "filter" => Self::Filter(FilterTable::deserialize(options)?),
            "detect_prompt_injection" => {
                Self::DetectPromptInjection(DetectPromptInjectionTable::deserialize(options)?)
            }
            _ => Self::ProtectSignup(ProtectSignupTable::deserialize(options)?),
        })
    }

    /// The values that a type can't do without, and what they may be.
    pub(super) fn required(kind: &str) -> &'static [(&'static str, &'static str)] {
        const COUNT: &str = "a whole number from 1 to 4294967295";
        const SPAN: &str = "whole seconds from 1 to 4294967295, or text with a unit as in \"1m\"";
        match kind {
            "fixed_window" => &[("max", COUNT), ("window", SPAN)],
            "sliding_window" => &[("max", COUNT), ("interval", SPAN)],
            "token_bucket" => &[("capacity", COUNT), ("refill_rate", COUNT), ("interval", SPAN)],
            "protect_signup" => &[
                ("rate_limit", Self::A_TABLE),
                ("rate_limit.max", COUNT),
                ("rate_limit.interval", SPAN),
                ("bots", Self::A_TABLE),
                ("email", Self::A_TABLE),
            ],
            _ => &[],
        }
    }
}
