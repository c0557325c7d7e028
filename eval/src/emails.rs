//! E-mail addresses: whether the grammar says of each what the authors of the cases say.

use crate::{Result, cpu::Times, data::Email, table::Tally};
use arcjet_rules::{
    Conclusion, EmailLevel, EmailList, Mode, Request, Rule, RuleConfig, RuleSet, ValidateEmail,
};
use std::hint::black_box;

/// A level, and the label that says what is valid there.
type Level = (&'static str, EmailLevel, fn(&Email) -> bool);

const LEVELS: [Level; 3] = [
    ("SMTP", EmailLevel::Smtp, |row| row.valid_smtp),
    ("RFC 5322", EmailLevel::Rfc5322, |row| row.valid_rfc5322),
    ("plain", EmailLevel::Plain, |row| row.valid_plain),
];

pub(crate) fn score(rows: &[Email], list_misses: bool) -> Result {
    let mut tally = Tally::default();
    let mut smtp = None;
    for (name, level, valid) in LEVELS {
        // The cases are about the grammar: a domain may be a single label or an address in brackets.
        let config = ValidateEmail {
            level,
            require_top_level_domain: false,
            allow_domain_literal: true,
            ..ValidateEmail::new(EmailList::Deny(Vec::new()))
        };
        let rules = RuleSet::new(&[Rule {
            mode: Mode::Live,
            config: RuleConfig::ValidateEmail(config),
        }])?;
        for row in rows {
            let right = allowed(&rules, &row.email) == valid(row);
            tally.add(&[name], right);
            if list_misses && !right {
                println!("{name} {}: {:?}", row.id, row.email);
            }
        }
        smtp = smtp.or(Some(rules));
    }
    println!("## E-mail\n");
    tally.print(&["level"], "right");
    if let Some(rules) = smtp {
        let times = Times::of(rows, |row| {
            black_box(allowed(&rules, &row.email));
        });
        println!("An address: {}\n", times.summary());
    }
    Ok(())
}

fn allowed(rules: &RuleSet, email: &str) -> bool {
    let request = Request {
        email: Some(email),
        ..Request::default()
    };
    rules
        .judge(&request)
        .first()
        .is_some_and(|outcome| outcome.conclusion == Conclusion::Allow)
}
