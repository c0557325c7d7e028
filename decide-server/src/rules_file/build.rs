//! From tables to the engine's rules.

use arcjet_engine::{
    ConfigError, DetectBot, DetectPromptInjection, Filter, FixedWindow, Mode, ProtectSignup, Rule,
    SensitiveInfo, Shield, ShieldCategory, SlidingWindow, TokenBucket, ValidateEmail,
};

use super::options::{EmailTypeName, ModeName};
use super::table::{
    DetectBotTable, DetectPromptInjectionTable, FilterTable, FixedWindowTable, ProtectSignupTable, RuleTable,
    SensitiveInfoTable, ShieldTable, SlidingWindowTable, TokenBucketTable, ValidateEmailTable,
};

/// What of a table a rule was built from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    RateLimit,
    Bots,
    Email,
}

impl Part {
    /// The table inside the rule's; empty for the rule's own.
    pub(super) fn table(self) -> &'static str {
        match self {
            Self::Whole => "",
            Self::RateLimit => "rate_limit",
            Self::Bots => "bots",
            Self::Email => "email",
        }
    }
}

/// The place of a rule and the field in it that the path of a [`ConfigError`] names.
pub(super) fn origin(field: &str) -> Option<(usize, &str)> {
    let (index, rest) = field.strip_prefix("rules[")?.split_once(']')?;
    Some((index.parse().ok()?, rest.strip_prefix('.').unwrap_or(rest)))
}

impl RuleTable {
    /// The rules of the table: three for `protect_signup`, one for any other type.
    ///
    /// # Errors
    ///
    /// The table can't be a rule: all its faults, each with the path of its field inside the table. Whether the values are
    /// such that the rule can work is found when a client is built with it.
    pub fn rules(&self) -> Result<Vec<Rule>, Vec<ConfigError>> {
        Ok(self.build()?.into_iter().map(|(_, rule)| rule).collect())
    }

    pub(super) fn build(&self) -> Result<Vec<(Part, Rule)>, Vec<ConfigError>> {
        let one = |rule: Result<Rule, ConfigError>| match rule {
            Ok(rule) => Ok(vec![(Part::Whole, rule)]),
            Err(error) => Err(vec![error]),
        };
        match self {
            Self::Shield(table) => one(Ok(shield(table).into())),
            Self::DetectBot(table) => one(detect_bot(table, Mode::Live).map(Into::into)),
            Self::FixedWindow(table) => one(Ok(fixed_window(table).into())),
            Self::SlidingWindow(table) => one(Ok(sliding_window(table, Mode::Live).into())),
            Self::TokenBucket(table) => one(Ok(token_bucket(table).into())),
            Self::ValidateEmail(table) => one(validate_email(table, Mode::Live).map(Into::into)),
            Self::SensitiveInfo(table) => one(sensitive_info(table).map(Into::into)),
            Self::Filter(table) => one(filter(table).map(Into::into)),
            Self::DetectPromptInjection(table) => one(Ok(detect_prompt_injection(table).into())),
            Self::ProtectSignup(table) => protect_signup(table),
        }
    }
}

fn mode(mode: Option<ModeName>, otherwise: Mode) -> Mode {
    mode.map_or(otherwise, |ModeName(mode)| mode)
}

/// Which of the two lists there is.
enum List<'a, T> {
    Allow(&'a [T]),
    Deny(&'a [T]),
}

fn list<'a, T>(allow: &'a Option<Vec<T>>, deny: &'a Option<Vec<T>>) -> Result<List<'a, T>, ConfigError> {
    let accepted = "one of `allow` and `deny`";
    match (allow, deny) {
        (Some(allow), None) => Ok(List::Allow(allow)),
        (None, Some(deny)) => Ok(List::Deny(deny)),
        (Some(_), Some(_)) => Err(ConfigError::new("deny", "there is `allow` already", accepted)),
        (None, None) => Err(ConfigError::new("allow", "neither `allow` nor `deny`", accepted)),
    }
}

fn shield(table: &ShieldTable) -> Shield {
    let mut shield = Shield::new()
        .mode(mode(table.mode, Mode::Live))
        .exclude_parameters(table.excluded_parameters.iter().cloned())
        .exclude_paths(table.excluded_paths.iter().cloned());
    if let Some(threshold) = table.threshold {
        shield = shield.threshold(threshold);
    }
    if let Some(limit) = table.body_limit {
        shield = shield.body_limit(limit);
    }
    if let Some(suspicion) = &table.suspicion {
        shield = shield.suspicion(suspicion.points, suspicion.window.0);
    }
    if let Some(categories) = &table.categories {
        let wanted = categories.iter().map(|category| category.0);
        shield = shield.without(ShieldCategory::ALL).with(wanted);
    }
    shield.without(table.excluded_categories.iter().map(|category| category.0))
}

fn detect_bot(table: &DetectBotTable, otherwise: Mode) -> Result<DetectBot, ConfigError> {
    let mut rule = match list(&table.allow, &table.deny)? {
        List::Allow(bots) => DetectBot::allow(bots.iter().cloned()),
        List::Deny(bots) => DetectBot::deny(bots.iter().cloned()),
    }
    .mode(mode(table.mode, otherwise));
    if let Some(what) = table.missing_user_agent {
        rule = rule.missing_user_agent(what.0);
    }
    if let Some(counts) = table.consistency {
        rule = rule.consistency(counts);
    }
    Ok(rule)
}

fn fixed_window(table: &FixedWindowTable) -> FixedWindow {
    FixedWindow::new(table.max, table.window.0)
        .mode(mode(table.mode, Mode::Live))
        .characteristics(table.characteristics.iter().cloned())
}

fn sliding_window(table: &SlidingWindowTable, otherwise: Mode) -> SlidingWindow {
    SlidingWindow::new(table.max, table.interval.0)
        .mode(mode(table.mode, otherwise))
        .characteristics(table.characteristics.iter().cloned())
}

fn token_bucket(table: &TokenBucketTable) -> TokenBucket {
    TokenBucket::new(table.capacity, table.refill_rate, table.interval.0)
        .mode(mode(table.mode, Mode::Live))
        .characteristics(table.characteristics.iter().cloned())
}

fn validate_email(table: &ValidateEmailTable, otherwise: Mode) -> Result<ValidateEmail, ConfigError> {
    let types = |names: &[EmailTypeName]| names.iter().map(|name| name.0).collect::<Vec<_>>();
    let mut rule = match list(&table.allow, &table.deny)? {
        List::Allow(names) => ValidateEmail::allow(types(names)),
        List::Deny(names) => ValidateEmail::deny(types(names)),
    }
    .mode(mode(table.mode, otherwise))
    .trusted_domains(table.trusted_domains.iter().cloned());
    if let Some(level) = table.level {
        rule = rule.level(level.0);
    }
    if let Some(required) = table.require_top_level_domain {
        rule = rule.require_top_level_domain(required);
    }
    if let Some(allowed) = table.allow_domain_literal {
        rule = rule.allow_domain_literal(allowed);
    }
    Ok(rule)
}

fn sensitive_info(table: &SensitiveInfoTable) -> Result<SensitiveInfo, ConfigError> {
    let rule = match list(&table.allow, &table.deny)? {
        List::Allow(entities) => SensitiveInfo::allow(entities.iter().cloned()),
        List::Deny(entities) => SensitiveInfo::deny(entities.iter().cloned()),
    }
    .mode(mode(table.mode, Mode::Live));
    Ok(table.custom.iter().fold(rule, |rule, detector| {
        rule.custom(&detector.label, &detector.pattern)
    }))
}

fn filter(table: &FilterTable) -> Result<Filter, ConfigError> {
    let rule = match list(&table.allow, &table.deny)? {
        List::Allow(expressions) => Filter::allow(expressions.iter().cloned()),
        List::Deny(expressions) => Filter::deny(expressions.iter().cloned()),
    };
    Ok(rule.mode(mode(table.mode, Mode::Live)))
}

fn detect_prompt_injection(table: &DetectPromptInjectionTable) -> DetectPromptInjection {
    let rule = DetectPromptInjection::new().mode(mode(table.mode, Mode::Live));
    match table.threshold {
        Some(threshold) => rule.threshold(threshold),
        None => rule,
    }
}

fn protect_signup(table: &ProtectSignupTable) -> Result<Vec<(Part, Rule)>, Vec<ConfigError>> {
    let otherwise = mode(table.mode, Mode::Live);
    let bots = detect_bot(&table.bots, otherwise).map_err(|error| error.within("bots"));
    let email = validate_email(&table.email, otherwise).map_err(|error| error.within("email"));
    match (bots, email) {
        (Ok(bots), Ok(email)) => {
            let rules = ProtectSignup {
                rate_limit: sliding_window(&table.rate_limit, otherwise),
                bots,
                email,
            };
            let parts = [Part::RateLimit, Part::Bots, Part::Email];
            Ok(parts.into_iter().zip(rules).collect())
        }
        (bots, email) => Err(bots.err().into_iter().chain(email.err()).collect()),
    }
}
