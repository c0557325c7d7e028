//! A list of rules, compiled.

use crate::{
    bots::Bot,
    config::{ConfigError, Mode, Rule, RuleConfig},
    detect_bot::{self, BotFilter},
    needs::Needs,
    outcome::{Conclusion, Outcome},
    request::Request,
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
    Shield(shield::Compiled),
}

impl RuleSet {
    /// Checks and compiles a list of rules.
    ///
    /// # Errors
    /// If an entry of a list of bots is not known; see [`UnknownIds`](crate::UnknownIds) for ids of bots.
    pub fn new(rules: &[Rule]) -> Result<Self, ConfigError> {
        let compile = |(place, rule): (usize, &Rule)| {
            let compiled = match &rule.config {
                RuleConfig::DetectBot(config) => Compiled::DetectBot(BotFilter::new(place, config)?),
                RuleConfig::Shield(config) => Compiled::Shield(shield::Compiled::new(place, config)?),
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
                Compiled::DetectBot(_) => needs.header(detect_bot::HEADER),
                Compiled::Shield(shield) => shield.needs(&mut needs),
            }
        }
        needs
    }

    /// Judges a request: the outcomes of the rules in their order, ending after the first denial by a live rule.
    ///
    /// A user agent is searched once, however many rules detect bots.
    pub fn judge(&self, request: &Request<'_>) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(self.rules.len());
        let mut detected: Option<Option<Vec<Bot>>> = None;
        for (mode, rule) in &self.rules {
            let outcome = match rule {
                Compiled::DetectBot(filter) => filter.judge(
                    detected
                        .get_or_insert_with(|| detect_bot::detect(request))
                        .as_deref(),
                ),
                Compiled::Shield(shield) => shield.judge(request),
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
