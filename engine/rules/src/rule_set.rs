//! A list of rules, compiled.

use crate::{
    config::{ConfigError, Mode, Rule, RuleConfig},
    detect_bot::{BotFilter, Client},
    email::CompiledEmail,
    filter,
    needs::Needs,
    outcome::{Conclusion, Outcome},
    prompt_injection::PromptInjectionRule,
    request::Request,
    sensitive_info::SensitiveInfoRule,
    shield,
};

/// A checked and compiled list of rules. Judging does not change it.
#[derive(Clone, Debug)]
pub struct RuleSet {
    rules: Vec<(Mode, Compiled)>,
}

#[derive(Clone, Debug)]
enum Compiled {
    DetectBot(BotFilter),
    Filter(filter::Compiled),
    ValidateEmail(CompiledEmail),
    SensitiveInfo(SensitiveInfoRule),
    Shield(shield::Compiled),
    DetectPromptInjection(PromptInjectionRule),
}

impl RuleSet {
    /// Checks and compiles a list of rules.
    ///
    /// # Errors
    /// If a rule can't work; the error names the rule, the field and what it accepts.
    pub fn new(rules: &[Rule]) -> Result<Self, ConfigError> {
        let compile = |(place, rule): (usize, &Rule)| {
            let compiled = match &rule.config {
                RuleConfig::DetectBot(config) => Compiled::DetectBot(BotFilter::new(place, config)?),
                RuleConfig::Filter(config) => Compiled::Filter(filter::Compiled::new(place, config)?),
                RuleConfig::ValidateEmail(config) => {
                    Compiled::ValidateEmail(CompiledEmail::new(place, config)?)
                }
                RuleConfig::SensitiveInfo(config) => {
                    Compiled::SensitiveInfo(SensitiveInfoRule::new(place, config)?)
                }
                RuleConfig::Shield(config) => Compiled::Shield(shield::Compiled::new(place, config)?),
                RuleConfig::DetectPromptInjection(config) => {
                    Compiled::DetectPromptInjection(PromptInjectionRule::new(place, config)?)
                }
            };
            Ok((rule.mode, compiled))
        };
        Ok(Self {
            rules: rules.iter().enumerate().map(compile).collect::<Result<_, _>>()?,
        })
    }

    /// What these rules read of a request.
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        for (_, rule) in &self.rules {
            match rule {
                Compiled::Filter(filter) => filter.needs(&mut needs),
                Compiled::ValidateEmail(rule) => rule.needs(&mut needs),
                Compiled::SensitiveInfo(rule) => rule.needs(&mut needs),
                Compiled::DetectBot(filter) => filter.needs(&mut needs),
                Compiled::Shield(shield) => shield.needs(&mut needs),
                Compiled::DetectPromptInjection(rule) => rule.needs(&mut needs),
            }
        }
        needs
    }

    /// Judges a request: the outcomes of the rules in their order, ending after the first denial by a live rule.
    ///
    /// A user agent is searched once, however many rules detect bots.
    pub fn judge(&self, request: &Request<'_>) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(self.rules.len());
        let mut client: Option<Client<'_>> = None;
        for (mode, rule) in &self.rules {
            let outcome = match rule {
                Compiled::Filter(filter) => filter.judge(request),
                Compiled::ValidateEmail(rule) => rule.judge(request),
                Compiled::SensitiveInfo(rule) => rule.judge(request),
                Compiled::DetectBot(filter) => {
                    filter.judge(client.get_or_insert_with(|| Client::examine(request)), request)
                }
                Compiled::Shield(shield) => shield.judge(request),
                Compiled::DetectPromptInjection(rule) => rule.judge(request),
            };
            let ends = *mode == Mode::Live && outcome.conclusion == Conclusion::Deny;
            outcomes.push(outcome);
            if ends {
                break;
            }
        }
        outcomes
    }
}
