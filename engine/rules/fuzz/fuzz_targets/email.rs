//! The grammar of e-mail addresses, at all levels, and the lists that know domains and mailboxes.
#![no_main]

use arcjet_rules::{
    EmailLevel, EmailList, EmailReason, EmailType, Reason, Request, RuleConfig, RuleSet, ValidateEmail,
};
use arcjet_rules_fuzz::{judge, passes, rule};
use libfuzzer_sys::fuzz_target;
use std::{str, sync::LazyLock};

const LEVELS: [EmailLevel; 3] = [EmailLevel::Plain, EmailLevel::Smtp, EmailLevel::Rfc5322];

/// For each level: everything allowed, and as it is by default.
static RULES: LazyLock<Vec<[RuleSet; 2]>> = LazyLock::new(|| LEVELS.map(at).into());

fuzz_target!(|text: &[u8]| {
    let Ok(text) = str::from_utf8(text) else { return };
    let mut was_valid = false;
    for ([open, usual], level) in RULES.iter().zip(LEVELS) {
        let reason = check(open, text);
        if let Some(domain) = reason.mail_domain.as_ref().filter(|_| level <= EmailLevel::Smtp) {
            let is_name =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
            assert!(
                domain.len() <= 253 && domain.bytes().all(is_name),
                "{domain:?} can be asked for"
            );
        }
        let is_valid = reason.fault.is_none();
        assert!(
            is_valid || !was_valid,
            "a level accepts what those before it do: {reason:?}"
        );
        assert!(
            is_valid || check(usual, text).fault.is_some(),
            "options only add what is wanted"
        );
        was_valid = is_valid;
    }
    // Domains have no case.
    if let Some((local, domain)) = text.rsplit_once('@') {
        for [open, usual] in RULES.iter() {
            for rules in [open, usual] {
                let upper = format!("{local}@{}", domain.to_ascii_uppercase());
                let lower = format!("{local}@{}", domain.to_ascii_lowercase());
                assert_eq!(check(rules, &upper), check(rules, &lower));
            }
        }
    }
});

fn at(level: EmailLevel) -> [RuleSet; 2] {
    let usual = ValidateEmail {
        level,
        ..ValidateEmail::new(EmailList::Deny(EmailType::ALL.into()))
    };
    let open = ValidateEmail {
        require_top_level_domain: false,
        allow_domain_literal: true,
        ..usual.clone()
    };
    [open, usual].map(|config| rule(RuleConfig::ValidateEmail(config)))
}

fn check(rules: &RuleSet, email: &str) -> EmailReason {
    let request = Request {
        email: Some(email),
        ..Request::default()
    };
    let outcome = judge(rules, &request);
    let passes = passes(&outcome);
    let Reason::Email(reason) = outcome.reason else {
        panic!("another rule's reason: {:?}", outcome.reason);
    };
    assert_eq!(passes, reason.denied.is_empty());
    assert_eq!(
        reason.fault.is_some(),
        reason.denied.contains(&EmailType::Invalid)
    );
    assert!(reason.denied.is_sorted() && reason.allowed.is_empty());
    if let Some(domain) = &reason.mail_domain {
        let is_name = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
        assert!(domain.bytes().all(is_name), "{domain:?} has one form");
        assert!(
            domain.split('.').all(|label| !label.is_empty()),
            "{domain:?} has no empty label"
        );
    }
    reason
}
