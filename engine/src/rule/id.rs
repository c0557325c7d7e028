//! Rule ids: a digest of the configuration, byte for byte as the official SDKs compute it, so that their caches
//! find the results of our server.

use std::fmt::{self, Write as _};

use sha2::{Digest as _, Sha256};

use super::{Algorithm, BotList, DetectBot, Mode, RateLimit, Rule};

/// The id of a rule: SHA-256 over its configuration. Prints as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RuleId([u8; 32]);

impl RuleId {
    /// The digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Computes the id of `rule`; `client_characteristics` are those a rate limit without its own inherits, as written.
    pub(crate) fn of(rule: &Rule, client_characteristics: &[String]) -> Self {
        let mut text = String::with_capacity(256);
        match rule {
            Rule::DetectBot(rule) => detect_bot(&mut text, rule),
            Rule::FixedWindow(rule) => rate_limit(&mut text, &rule.0, client_characteristics),
            Rule::SlidingWindow(rule) => rate_limit(&mut text, &rule.0, client_characteristics),
            Rule::TokenBucket(rule) => rate_limit(&mut text, &rule.0, client_characteristics),
        }
        Self::digest(&text)
    }

    fn digest(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

fn detect_bot(text: &mut String, rule: &DetectBot) {
    let (allow, deny): (&[String], &[String]) = match &rule.list {
        BotList::Allow(list) => (list, &[]),
        BotList::Deny(list) => (&[], list),
    };
    head(text, "BOT", rule.mode);
    strings(text, "allow", allow);
    strings(text, "deny", deny);
}

fn rate_limit(text: &mut String, rule: &RateLimit, client_characteristics: &[String]) {
    let characteristics = if rule.characteristics.is_empty() {
        client_characteristics
    } else {
        &rule.characteristics
    };
    let algorithm = match rule.algorithm {
        Algorithm::FixedWindow { .. } => "FIXED_WINDOW",
        Algorithm::SlidingWindow { .. } => "SLIDING_WINDOW",
        Algorithm::TokenBucket { .. } => "TOKEN_BUCKET",
    };
    head(text, "RATE_LIMIT", rule.mode);
    string(text, "algorithm", algorithm);
    strings(text, "characteristics", characteristics);
    string(text, "match", "");
    match rule.algorithm {
        Algorithm::FixedWindow { max, window } => {
            number(text, "max", max.into());
            number(text, "window", window.as_secs());
        }
        Algorithm::SlidingWindow { max, interval } => {
            number(text, "max", max.into());
            number(text, "interval", interval.as_secs());
        }
        Algorithm::TokenBucket {
            capacity,
            refill_rate,
            interval,
        } => {
            number(text, "refillRate", refill_rate.into());
            number(text, "interval", interval.as_secs());
            number(text, "capacity", capacity.into());
        }
    }
}

fn head(text: &mut String, kind: &str, mode: Mode) {
    string(text, "type", kind);
    number(text, "version", 0);
    string(text, "mode", mode.wire_name());
}

fn string(text: &mut String, key: &str, value: &str) {
    let _ = write!(text, "{key}:\"{}\",", value.replace('"', "\\\""));
}

fn number(text: &mut String, key: &str, value: u64) {
    let _ = write!(text, "{key}:{value},");
}

fn strings(text: &mut String, key: &str, values: &[String]) {
    let mut sorted: Vec<_> = values.iter().collect();
    sorted.sort_unstable();
    let _ = write!(text, "{key}:[");
    for value in sorted {
        let _ = write!(text, "\"{}\",", value.replace('"', "\\\""));
    }
    text.push_str("],");
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::fingerprint::write_hex(f, &self.0)
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{FixedWindow, SlidingWindow, TokenBucket};
    use super::*;

    fn text_of(rule: impl Into<Rule>, text: &str) {
        assert_eq!(RuleId::of(&rule.into(), &[]), RuleId::digest(text), "{text}");
    }

    #[test]
    fn is_the_digest_of_the_text_that_the_sdks_hash() {
        text_of(
            DetectBot::allow(["CATEGORY:SEARCH_ENGINE"]),
            r#"type:"BOT",version:0,mode:"LIVE",allow:["CATEGORY:SEARCH_ENGINE",],deny:[],"#,
        );
        text_of(
            DetectBot::deny(["WGET", "CURL"]).mode(Mode::DryRun),
            r#"type:"BOT",version:0,mode:"DRY_RUN",allow:[],deny:["CURL","WGET",],"#,
        );
        text_of(
            TokenBucket::new(10, 5, Duration::from_secs(10)).characteristics(["userId"]),
            r#"type:"RATE_LIMIT",version:0,mode:"LIVE",algorithm:"TOKEN_BUCKET",characteristics:["userId",],match:"",refillRate:5,interval:10,capacity:10,"#,
        );
        text_of(
            FixedWindow::new(5, Duration::from_secs(60)),
            r#"type:"RATE_LIMIT",version:0,mode:"LIVE",algorithm:"FIXED_WINDOW",characteristics:[],match:"",max:5,window:60,"#,
        );
        text_of(
            SlidingWindow::new(5, Duration::from_secs(60)).characteristics(["b\"", "a"]),
            r#"type:"RATE_LIMIT",version:0,mode:"LIVE",algorithm:"SLIDING_WINDOW",characteristics:["a","b\"",],match:"",max:5,interval:60,"#,
        );
    }

    #[test]
    fn prints_as_hexadecimal_digits() {
        assert_eq!(
            RuleId::digest("").to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
