//! Rule ids: a digest of the configuration, byte for byte as the official SDKs compute it, so that their caches
//! find the results of our server.

use std::fmt::{self, Write as _};

use sha2::{Digest as _, Sha256};

use super::{
    Algorithm, DetectBot, DetectPromptInjection, EmailLevel, Filter, MissingUserAgent, Mode, PassList,
    RateLimit, Rule, SensitiveInfo, Shield, ValidateEmail,
};

#[cfg(feature = "custom-rules")]
use super::CustomSource;

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
            Rule::SensitiveInfo(rule) => sensitive_info(&mut text, rule),
            Rule::Filter(rule) => filter(&mut text, rule),
            Rule::Shield(rule) => shield(&mut text, rule, client_characteristics),
            Rule::DetectBot(rule) => detect_bot(&mut text, rule),
            Rule::ValidateEmail(rule) => validate_email(&mut text, rule),
            Rule::DetectPromptInjection(rule) => detect_prompt_injection(&mut text, rule),
            #[cfg(feature = "custom-rules")]
            Rule::Custom(rule) => custom(&mut text, rule),
            Rule::FixedWindow(rule) => rate_limit(&mut text, &rule.0, client_characteristics),
            Rule::SlidingWindow(rule) => rate_limit(&mut text, &rule.0, client_characteristics),
            Rule::TokenBucket(rule) => rate_limit(&mut text, &rule.0, client_characteristics),
        }
        Self::digest(&text)
    }

    /// The id of the same rule as one of a site. It differs, so that a limit which a client sends too has its own counter.
    #[cfg(feature = "wire")]
    pub(crate) fn of_site(self) -> Self {
        let mut digest = Sha256::new_with_prefix(b"site ");
        digest.update(self.0);
        Self(digest.finalize().into())
    }

    fn digest(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

// What the official SDKs don't have is added only where it is set, so that rules that they have too keep their ids.

fn sensitive_info(text: &mut String, rule: &SensitiveInfo) {
    head(text, "SENSITIVE_INFO", rule.mode);
    sides(text, &rule.entities);
    for (label, pattern) in &rule.custom {
        string(text, "custom", label);
        string(text, "pattern", pattern);
    }
    if !rule.detectors.is_empty() {
        // Code has no digest.
        number(text, "detectors", rule.detectors.len() as u64);
    }
}

fn filter(text: &mut String, rule: &Filter) {
    head(text, "FILTER", rule.mode);
    sides(text, &rule.expressions);
}

fn shield(text: &mut String, rule: &Shield, client_characteristics: &[String]) {
    head(text, "SHIELD", rule.mode);
    strings(text, "characteristics", client_characteristics);
    let usual = Shield::new();
    if rule.threshold != usual.threshold {
        number(text, "threshold", rule.threshold.into());
    }
    if rule.body_limit != usual.body_limit {
        number(text, "bodyLimit", rule.body_limit.into());
    }
    if rule.categories != usual.categories {
        let names: Vec<String> = rule
            .categories
            .iter()
            .map(|category| category.as_str().to_owned())
            .collect();
        strings(text, "categories", &names);
    }
    if let Some((points, window)) = rule.suspicion {
        number(text, "suspicionPoints", points.into());
        number(text, "suspicionWindow", window.as_secs());
    }
    for (key, list) in [
        ("excludedParameters", &rule.excluded_parameters),
        ("excludedPaths", &rule.excluded_paths),
    ] {
        if !list.is_empty() {
            strings(text, key, list);
        }
    }
}

fn detect_bot(text: &mut String, rule: &DetectBot) {
    head(text, "BOT", rule.mode);
    sides(text, &rule.list);
    if rule.missing_user_agent == MissingUserAgent::Bot {
        string(text, "missingUserAgent", "BOT");
    }
    if rule.consistency {
        string(text, "consistency", "true");
    }
}

fn validate_email(text: &mut String, rule: &ValidateEmail) {
    head(text, "EMAIL", rule.mode);
    sides(text, &rule.types.map(|kind| kind.as_str().to_owned()));
    let _ = write!(
        text,
        "requireTopLevelDomain:{},allowDomainLiteral:{},",
        rule.require_top_level_domain, rule.allow_domain_literal
    );
    match rule.level {
        EmailLevel::Smtp => {}
        EmailLevel::Rfc5322 => string(text, "level", "RFC5322"),
        EmailLevel::Plain => string(text, "level", "PLAIN"),
    }
    if !rule.trusted_domains.is_empty() {
        strings(text, "trustedDomains", &rule.trusted_domains);
    }
}

fn detect_prompt_injection(text: &mut String, rule: &DetectPromptInjection) {
    head(text, "PROMPT_INJECTION_DETECTION", rule.mode);
    if *rule != DetectPromptInjection::new().mode(rule.mode) {
        number(text, "threshold", rule.threshold.into());
    }
}

#[cfg(feature = "custom-rules")]
fn custom(text: &mut String, rule: &super::CustomRule) {
    let settings = rule.settings();
    head(text, "CUSTOM", rule.mode);
    string(text, "name", &settings.name);
    string(text, "config", &settings.config);
    match &settings.source {
        CustomSource::File(path) => string(text, "file", &path.to_string_lossy()),
        CustomSource::Bytes(bytes) => {
            let _ = write!(text, "digest:{:?},", Sha256::digest(bytes));
        }
    }
}

fn sides(text: &mut String, list: &PassList<String>) {
    let (allow, deny) = list.sides();
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

    use super::super::{EmailType, FixedWindow, ShieldCategory, SlidingWindow, TokenBucket};
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
            Shield::new(),
            r#"type:"SHIELD",version:0,mode:"LIVE",characteristics:[],"#,
        );
        text_of(
            Filter::deny(["ip.src.vpn"]),
            r#"type:"FILTER",version:0,mode:"LIVE",allow:[],deny:["ip.src.vpn",],"#,
        );
        text_of(
            SensitiveInfo::deny(["EMAIL"]),
            r#"type:"SENSITIVE_INFO",version:0,mode:"LIVE",allow:[],deny:["EMAIL",],"#,
        );
        text_of(
            ValidateEmail::deny([EmailType::NoMxRecords, EmailType::Free]),
            r#"type:"EMAIL",version:0,mode:"LIVE",allow:[],deny:["FREE","NO_MX_RECORDS",],requireTopLevelDomain:true,allowDomainLiteral:false,"#,
        );
        text_of(
            DetectPromptInjection::new().mode(Mode::DryRun),
            r#"type:"PROMPT_INJECTION_DETECTION",version:0,mode:"DRY_RUN","#,
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
    fn every_setting_makes_another_rule() {
        let many = |value: &str| Vec::from([value.to_owned()]);
        let rules: [Rule; 22] = [
            Shield::new().into(),
            Shield::new().threshold(7).into(),
            Shield::new().body_limit(0).into(),
            Shield::new().suspicion(20, Duration::from_secs(60)).into(),
            Shield::new().suspicion(21, Duration::from_secs(60)).into(),
            Shield::new().suspicion(20, Duration::from_secs(61)).into(),
            Shield::new().without([ShieldCategory::Xss]).into(),
            Shield::new().exclude_parameters(many("a")).into(),
            Shield::new().exclude_paths(many("/a")).into(),
            DetectBot::allow(many("CURL")).into(),
            DetectBot::allow(many("CURL")).consistency(true).into(),
            DetectBot::allow(many("CURL"))
                .missing_user_agent(MissingUserAgent::Bot)
                .into(),
            ValidateEmail::allow([]).into(),
            ValidateEmail::allow([]).allow_domain_literal(true).into(),
            ValidateEmail::allow([]).level(EmailLevel::Plain).into(),
            ValidateEmail::allow([]).trusted_domains(many("a.example")).into(),
            ValidateEmail::allow([]).require_top_level_domain(false).into(),
            SensitiveInfo::deny(many("EMAIL")).into(),
            SensitiveInfo::deny(many("EMAIL")).custom("A", "a").into(),
            SensitiveInfo::deny(many("EMAIL"))
                .detect(|_: &str| [(0..1, "A")])
                .into(),
            DetectPromptInjection::new().into(),
            DetectPromptInjection::new().threshold(70).into(),
        ];
        let ids: std::collections::HashSet<RuleId> = rules.iter().map(|rule| RuleId::of(rule, &[])).collect();
        assert_eq!(ids.len(), rules.len());
    }

    #[test]
    fn prints_as_hexadecimal_digits() {
        assert_eq!(
            RuleId::digest("").to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
