//! What the rule makes of a valid address, by configuration.

use super::{DENY_NONE, judge, outcome, set};
use arcjet_rules::{Conclusion, EmailFault, EmailList, EmailType, MissingInput, Reason, ValidateEmail};
use proptest::prelude::*;

#[test]
fn top_level_domains_and_literals_by_configuration() {
    let default = || ValidateEmail::new(DENY_NONE);
    for (email, expected) in [
        ("jane@localhost", EmailFault::NoTopLevelDomain),
        ("jane@192.0.2.1", EmailFault::NoTopLevelDomain),
        ("jane@[192.0.2.1]", EmailFault::DomainLiteral),
    ] {
        let (conclusion, reason) = judge(default(), email);
        assert_eq!(
            (conclusion, reason.fault),
            (Conclusion::Deny, Some(expected)),
            "{email}"
        );
        assert_eq!(reason.denied, [EmailType::Invalid], "{email}");
    }
    let relaxed = ValidateEmail {
        require_top_level_domain: false,
        ..default()
    };
    assert_eq!(judge(relaxed, "jane@localhost").0, Conclusion::Allow);
    let literals = ValidateEmail {
        allow_domain_literal: true,
        ..default()
    };
    assert_eq!(judge(literals, "jane@[192.0.2.1]").0, Conclusion::Allow);
}

#[test]
fn an_invalid_address_is_always_denied() {
    for list in [DENY_NONE, EmailList::Allow(vec![EmailType::Invalid])] {
        let (conclusion, reason) = judge(ValidateEmail::new(list), "jane");
        assert_eq!(conclusion, Conclusion::Deny);
        assert_eq!(reason.denied, [EmailType::Invalid]);
        assert_eq!(reason.fault, Some(EmailFault::NoAt));
    }
}

#[test]
fn an_empty_address_is_invalid_and_none_is_an_error() {
    assert_eq!(judge(ValidateEmail::new(DENY_NONE), "").0, Conclusion::Deny);
    let outcome = outcome(ValidateEmail::new(DENY_NONE), None);
    assert_eq!(outcome.conclusion, Conclusion::Error);
    assert_eq!(outcome.reason, Reason::Error(MissingInput::Email));
}

#[test]
fn lists_decide_about_kinds() {
    use EmailType::{Disposable, Free, NoGravatar, NoMxRecords, Role};
    let deny = |kinds: &[EmailType]| EmailList::Deny(kinds.to_vec());
    let allow = |kinds: &[EmailType]| EmailList::Allow(kinds.to_vec());
    for (list, email, allowed, denied) in [
        (deny(&[Disposable]), "a@mailinator.com", vec![], vec![Disposable]),
        (deny(&[Disposable]), "a@MAILINATOR.com", vec![], vec![Disposable]),
        (
            deny(&[Disposable]),
            "a@x.y.mailinator.com",
            vec![],
            vec![Disposable],
        ),
        (
            deny(&[Disposable]),
            "a@ｍailinator．com",
            vec![],
            vec![Disposable],
        ),
        (deny(&[Disposable]), "a@notmailinator.example", vec![], vec![]),
        (deny(&[]), "a@mailinator.com", vec![Disposable], vec![]),
        (deny(&[Disposable]), "a@gmail.com", vec![Free], vec![]),
        (deny(&[Free]), "a@GMail.com", vec![], vec![Free]),
        (deny(&[Free]), "a@corporate.gmail.com", vec![], vec![]),
        (deny(&[Role]), "Info@example.com", vec![], vec![Role]),
        (deny(&[Role]), "\"admin\"@example.com", vec![], vec![Role]),
        (deny(&[Role]), "support+x@example.com", vec![], vec![Role]),
        (deny(&[Free, Role]), "admin@gmail.com", vec![], vec![Free, Role]),
        (deny(&[Free]), "admin@gmail.com", vec![Role], vec![Free]),
        (allow(&[Free]), "a@gmail.com", vec![Free], vec![]),
        (allow(&[Free]), "a@mailinator.com", vec![], vec![Disposable]),
        (allow(&[]), "a@gmail.com", vec![], vec![Free]),
        (allow(&[]), "admin@example.com", vec![Role], vec![]),
        (deny(&[NoGravatar, NoMxRecords]), "a@example.com", vec![], vec![]),
    ] {
        let (conclusion, reason) = judge(ValidateEmail::new(list.clone()), email);
        assert_eq!(
            (reason.allowed, reason.denied.clone()),
            (allowed, denied),
            "{email} {list:?}"
        );
        let expected = if reason.denied.is_empty() {
            Conclusion::Allow
        } else {
            Conclusion::Deny
        };
        assert_eq!(conclusion, expected, "{email} {list:?}");
    }
}

#[test]
fn the_dns_is_asked_only_if_it_decides() {
    use EmailType::{Disposable, Free, NoMxRecords};
    let lookup = |list: EmailList, email: &str| {
        let config = ValidateEmail {
            allow_domain_literal: true,
            trusted_domains: vec!["Trusted.example".into()],
            ..ValidateEmail::new(list)
        };
        judge(config, email).1.mail_domain
    };
    let ask = || EmailList::Deny(vec![NoMxRecords, Disposable]);
    for (email, expected) in [
        ("a@Example.COM", Some("example.com")),
        ("jörg@Bücher.example", Some("xn--bcher-kva.example")),
        ("a@mailinator.com", None),
        ("a@gmail.com", None),
        ("a@[192.0.2.1]", None),
        ("a@trusted.example", None),
        ("a@below.trusted.example", None),
        ("a@nottrusted.example", Some("nottrusted.example")),
        ("a@bu\u{308}cher.example", None),
        ("not an address", None),
    ] {
        assert_eq!(lookup(ask(), email).as_deref(), expected, "{email}");
    }
    assert_eq!(lookup(EmailList::Deny(vec![Disposable]), "a@example.com"), None);
    assert_eq!(lookup(EmailList::Allow(vec![NoMxRecords]), "a@example.com"), None);
    assert_eq!(
        lookup(EmailList::Allow(vec![Free]), "a@example.com").as_deref(),
        Some("example.com")
    );
}

#[test]
fn a_trusted_domain_is_a_name() {
    for wrong in [
        "",
        "*.example.com",
        "a@example.com",
        "example.com.",
        "[192.0.2.1]",
        "exa mple",
    ] {
        let error = set(ValidateEmail {
            trusted_domains: vec!["example.com".into(), wrong.into()],
            ..ValidateEmail::new(DENY_NONE)
        })
        .unwrap_err();
        assert_eq!(error.field, "trusted_domains[1]", "{wrong:?}");
        assert_eq!(error.message, "no name of a domain");
    }
}

#[test]
fn only_the_address_is_read() {
    let needs = set(ValidateEmail::new(DENY_NONE)).unwrap().needs();
    assert!(needs.email && needs.headers.is_empty() && needs.body == 0 && !needs.ip);
}

#[test]
fn kinds_have_names() {
    for kind in EmailType::ALL {
        assert_eq!(EmailType::from_name(kind.as_str()), Some(kind));
    }
    assert_eq!(EmailType::from_name("free"), None);
}

proptest! {
    #[test]
    fn a_looked_up_domain_is_a_name_in_ascii(local in "[a-z]{1,9}", domain in "\\PC{1,40}") {
        let list = EmailList::Deny(vec![EmailType::NoMxRecords]);
        let (_, reason) = judge(ValidateEmail::new(list), &format!("{local}@{domain}"));
        if let Some(name) = reason.mail_domain {
            let is_label = |label: &str| {
                (1..=63).contains(&label.len())
                    && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            };
            prop_assert!(name.len() <= 253 && name.split('.').all(is_label), "{name}");
        }
    }

    #[test]
    fn case_of_the_domain_makes_no_difference(
        domain in "[a-zA-Z0-9äöüÄÖÜß]{1,9}\\.[a-zA-Z]{2,4}",
    ) {
        let config = || ValidateEmail::new(EmailList::Deny(vec![EmailType::NoMxRecords]));
        let (one, other) = (format!("a@{domain}"), format!("a@{}", domain.to_lowercase()));
        prop_assert_eq!(judge(config(), &one), judge(config(), &other));
    }
}
