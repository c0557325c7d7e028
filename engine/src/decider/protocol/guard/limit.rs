//! Rate limits of a call.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::super::Site;
use super::name;
use super::outcome::{Code, RuleError};
use super::submission::State;
use crate::error::ConfigError;
use crate::limit::{LimitKey, LimitOutcome, Quota};
use crate::time::Timestamp;
use crate::wire::v2 as wire;

/// The longest hash of a key, in bytes; SDKs send the 64 hexadecimal digits of SHA-256.
const MOST_KEY: usize = 128;

pub(super) fn token_bucket(rule: &wire::RuleTokenBucket, site: Site) -> Result<State, RuleError> {
    let interval = seconds(rule.config_interval_seconds);
    let quota = Quota::token_bucket(rule.config_max_tokens, rule.config_refill_rate, interval);
    limit(
        quota,
        &rule.config_bucket,
        &rule.input_key_hash,
        rule.input_requested,
        site,
    )
}

pub(super) fn fixed_window(rule: &wire::RuleFixedWindow, site: Site) -> Result<State, RuleError> {
    limit(
        Quota::fixed_window(rule.config_max_requests, seconds(rule.config_window_seconds)),
        &rule.config_bucket,
        &rule.input_key_hash,
        rule.input_requested,
        site,
    )
}

pub(super) fn sliding_window(rule: &wire::RuleSlidingWindow, site: Site) -> Result<State, RuleError> {
    limit(
        Quota::sliding_window(rule.config_max_requests, seconds(rule.config_interval_seconds)),
        &rule.config_bucket,
        &rule.input_key_hash,
        rule.input_requested,
        site,
    )
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

fn limit(
    quota: Result<Quota, ConfigError>,
    bucket: &str,
    key_hash: &str,
    requested: u32,
    site: Site,
) -> Result<State, RuleError> {
    let invalid = |message: String| RuleError::new(Code::InvalidRule, message);
    let quota = quota.map_err(|error| invalid(format!("config: {error}")))?;
    if let Some(problem) = name::problem(bucket) {
        return Err(invalid(format!(
            "config_bucket: {problem}; accepted: {}",
            name::ACCEPTED
        )));
    }
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if key_hash.is_empty() || key_hash.len() > MOST_KEY || !key_hash.bytes().all(is_key) {
        return Err(invalid(format!(
            "input_key_hash: accepted: 1 to {MOST_KEY} letters, digits, underscores and dashes"
        )));
    }
    // The protocol has it so: who leaves the field out asked for nothing.
    if requested == 0 {
        return Err(invalid(
            "input_requested: 0; accepted: from 1 to 4294967295".to_owned(),
        ));
    }
    Ok(State::Limit {
        key: key(bucket, key_hash, site),
        quota,
        requested,
    })
}

/// Whom a limit counts. The quota is no part of it: a store counts the same key under another quota apart.
fn key(bucket: &str, key_hash: &str, site: Site) -> LimitKey {
    let digest = Sha256::new()
        // Keeps these counters apart from those of requests. Neither name can hold a zero byte, so the parts can't be mistaken
        // for one another.
        .chain_update(b"guard\0")
        .chain_update(bucket)
        .chain_update(b"\0")
        .chain_update(key_hash)
        .finalize();
    LimitKey::new(LimitKey::from_sha256(&digest.into()).as_u128() ^ site.0)
}

/// When a limit is reset, as its outcome says in seconds from `now`, as a second of the Unix clock.
///
/// Windows end on whole seconds, so the time is exact for them; others are rounded up, so that nobody comes back too early.
pub(super) fn reset_at_unix_seconds(quota: &Quota, outcome: &LimitOutcome, now: Timestamp) -> u32 {
    let ends_with_window = match quota {
        Quota::FixedWindow { .. } => true,
        Quota::SlidingWindow { .. } => outcome.allowed,
        Quota::TokenBucket { .. } => false,
    };
    let now = match ends_with_window {
        true => now.as_millis() / 1000,
        false => now.as_millis().div_ceil(1000),
    };
    u32::try_from(now.saturating_add(outcome.reset.into())).unwrap_or(u32::MAX)
}
