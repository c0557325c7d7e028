//! The language of filters.

mod properties;
mod semantics;
mod vectors;

use arcjet_rules::{
    Conclusion, ConfigError, Filter, FilterList, Mode, Reason, Request, Rule, RuleConfig, RuleSet,
};

type List = fn(Vec<String>) -> FilterList;
const ALLOW: List = FilterList::Allow;
const DENY: List = FilterList::Deny;

fn set(kind: List, expressions: &[&str]) -> Result<RuleSet, ConfigError> {
    let expressions = kind(expressions.iter().map(|&text| text.to_owned()).collect());
    RuleSet::new(&[Rule {
        mode: Mode::Live,
        config: RuleConfig::Filter(Filter { expressions }),
    }])
}

/// Conclusion, matched and undetermined of the only rule.
fn judge(rules: &RuleSet, request: &Request<'_>) -> (Conclusion, Vec<u32>, Vec<u32>) {
    let outcomes = rules.judge(request);
    let [outcome] = outcomes.as_slice() else {
        panic!("{} outcomes", outcomes.len())
    };
    let Reason::Filter(reason) = &outcome.reason else {
        panic!("{outcome:?}")
    };
    (
        outcome.conclusion,
        reason.matched.clone(),
        reason.undetermined.clone(),
    )
}

/// What one expression comes to: `T`, `F` or `U`; or the message of its error.
fn result(expression: &str, request: &Request<'_>) -> String {
    match set(DENY, &[expression]) {
        Err(error) => error.message,
        Ok(rules) => match judge(&rules, request) {
            (Conclusion::Deny, matched, undetermined) if matched == [0] && undetermined.is_empty() => "T",
            (Conclusion::Allow, matched, undetermined) if matched.is_empty() && undetermined == [0] => "U",
            (Conclusion::Allow, matched, undetermined) if matched.is_empty() && undetermined.is_empty() => {
                "F"
            }
            other => panic!("{expression}: {other:?}"),
        }
        .to_owned(),
    }
}
