//! The validation of e-mail addresses.

mod grammar;
mod kinds;

use arcjet_rules::{
    Conclusion, ConfigError, EmailList, EmailReason, Mode, Outcome, Reason, Request, Rule, RuleConfig,
    RuleSet, ValidateEmail,
};

const DENY_NONE: EmailList = EmailList::Deny(Vec::new());

fn set(config: ValidateEmail) -> Result<RuleSet, ConfigError> {
    RuleSet::new(&[Rule {
        mode: Mode::Live,
        config: RuleConfig::ValidateEmail(config),
    }])
}

fn outcome(config: ValidateEmail, email: Option<&str>) -> Outcome {
    let mut outcomes = set(config).unwrap().judge(&Request {
        email,
        ..Request::default()
    });
    assert_eq!(outcomes.len(), 1);
    outcomes.remove(0)
}

fn judge(config: ValidateEmail, email: &str) -> (Conclusion, EmailReason) {
    let outcome = outcome(config, Some(email));
    match outcome.reason {
        Reason::Email(reason) => (outcome.conclusion, reason),
        other => panic!("{email}: {other:?}"),
    }
}
