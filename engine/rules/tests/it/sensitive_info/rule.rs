//! Allowing and denying, custom detectors, wrong configurations.

use arcjet_rules::{
    ApplicationSpan, Conclusion, ConfigError, EntityList, MissingInput, Mode, Outcome, Reason, Request, Rule,
    RuleConfig, RuleSet, SensitiveInfo,
    sensitive_info::{CustomDetector, Entity, MAX_SPANS, SensitiveSpan, merge},
};

fn rule(entities: EntityList, custom: &[(&str, &str)]) -> Result<RuleSet, ConfigError> {
    let custom = custom
        .iter()
        .map(|(label, pattern)| CustomDetector {
            label: (*label).to_owned(),
            pattern: (*pattern).to_owned(),
        })
        .collect();
    RuleSet::new(&[Rule {
        mode: Mode::Live,
        config: RuleConfig::SensitiveInfo(SensitiveInfo { entities, custom }),
    }])
}

fn judge(rules: &RuleSet, text: Option<&str>) -> Outcome {
    let request = Request {
        sensitive_text: text,
        ..Request::default()
    };
    rules.judge(&request).remove(0)
}

fn span(start: u32, end: u32, entity: Entity) -> SensitiveSpan {
    SensitiveSpan { start, end, entity }
}

#[test]
fn lists_decide_what_passes() {
    let text = "é jo@example.com, 203.0.113.7";
    let (email, ip) = (span(3, 17, Entity::Email), span(19, 30, Entity::IpAddress));
    for (entities, allowed, denied) in [
        (EntityList::Allow(vec![Entity::Email]), vec![&email], vec![&ip]),
        (EntityList::Deny(vec![Entity::Email]), vec![&ip], vec![&email]),
        (EntityList::Allow(vec![]), vec![], vec![&email, &ip]),
        (EntityList::Deny(vec![]), vec![&email, &ip], vec![]),
    ] {
        let outcome = judge(&rule(entities.clone(), &[]).unwrap(), Some(text));
        let Reason::SensitiveInfo(reason) = outcome.reason else {
            panic!("{:?}", outcome.reason)
        };
        assert_eq!(reason.allowed.iter().collect::<Vec<_>>(), allowed, "{entities:?}");
        assert_eq!(reason.denied.iter().collect::<Vec<_>>(), denied, "{entities:?}");
        let expected = if denied.is_empty() {
            Conclusion::Allow
        } else {
            Conclusion::Deny
        };
        assert_eq!(outcome.conclusion, expected, "{entities:?}");
    }
}

#[test]
fn a_text_is_needed_but_may_be_empty() {
    let rules = rule(EntityList::Allow(vec![]), &[]).unwrap();
    assert!(rules.needs().sensitive_text);
    let outcome = judge(&rules, None);
    assert_eq!(outcome.conclusion, Conclusion::Error);
    assert!(matches!(
        outcome.reason,
        Reason::Error(MissingInput::SensitiveText)
    ));
    assert_eq!(judge(&rules, Some("")).conclusion, Conclusion::Allow);
}

#[test]
fn custom_detectors_find_and_win_over_shorter_finds() {
    let label = Entity::Custom("employee".to_owned());
    let rules = rule(
        EntityList::Deny(vec![label.clone()]),
        &[("employee", r"(?i)\bemp-\d{4}\b")],
    )
    .unwrap();
    let outcome = judge(&rules, Some("ask EMP-1234 or emp-12345"));
    let Reason::SensitiveInfo(reason) = outcome.reason else {
        panic!("{:?}", outcome.reason)
    };
    assert_eq!(reason.denied, [span(4, 12, label)]);
    assert_eq!(outcome.conclusion, Conclusion::Deny);
}

#[test]
fn many_finds_are_cut_and_the_verdict_stands() {
    let emails = "jo@example.com ".repeat(5_000);
    let rules = rule(EntityList::Allow(vec![Entity::Email]), &[]).unwrap();
    assert_eq!(judge(&rules, Some(&emails)).conclusion, Conclusion::Allow);
    let outcome = judge(&rules, Some(&format!("{emails} 203.0.113.7")));
    assert_eq!(outcome.conclusion, Conclusion::Deny);
    let Reason::SensitiveInfo(reason) = outcome.reason else {
        panic!("{:?}", outcome.reason)
    };
    assert_eq!((reason.allowed.len(), reason.denied.len()), (MAX_SPANS, 1));
}

#[test]
fn wrong_configurations_are_refused() {
    let long = "a".repeat(1025);
    let many: Vec<(&str, &str)> = vec![("a", "b"); 21];
    for (custom, field, message) in [
        (&[("", "x")][..], "custom[0].label", "no label"),
        (&[("a b", "x")], "custom[0].label", "no label"),
        (&[("ok", "x"), ("EMAIL", "x")], "custom[1].label", "built-in"),
        (&[("a", "(")], "custom[0].pattern", "unclosed group"),
        (&[("a", r"(?=x)")], "custom[0].pattern", "look-around"),
        (&[("a", "x*")], "custom[0].pattern", "empty text"),
        (
            &[("a", r"\w{1000}")],
            "custom[0].pattern",
            "compiles to more than",
        ),
        (&[("a", &long)], "custom[0].pattern", "1025 bytes"),
        (&many, "custom", "21 custom detectors"),
    ] {
        let error = rule(EntityList::Deny(vec![]), custom).unwrap_err();
        assert_eq!(error.field, field, "{error}");
        assert!(error.message.contains(message), "{error}");
    }
}

#[test]
fn names_read_back() {
    for name in Entity::built_in_names() {
        let entity = Entity::from_name(name);
        assert!(!matches!(entity, Entity::Custom(_)), "{name}");
        assert_eq!(entity.name(), name);
    }
    assert_eq!(Entity::from_name("email"), Entity::Custom("email".to_owned()));
}

#[test]
fn overlaps_are_merged() {
    let custom = Entity::Custom("mine".to_owned());
    let merged = merge(vec![
        span(10, 20, Entity::PhoneNumber),
        span(0, 5, Entity::Email),
        span(10, 20, custom.clone()),
        span(15, 30, Entity::IpAddress),
        span(30, 30, Entity::Iban),
        span(30, 31, Entity::Ssn),
    ]);
    assert_eq!(
        merged,
        [
            span(0, 5, Entity::Email),
            span(15, 30, Entity::IpAddress),
            span(30, 31, Entity::Ssn)
        ]
    );
    assert_eq!(
        merge(vec![span(0, 4, Entity::PhoneNumber), span(0, 4, custom.clone())]),
        [span(0, 4, custom)]
    );
}

#[test]
fn what_the_application_finds_is_merged_before_the_verdict() {
    let rules = [
        rule(EntityList::Deny(vec![Entity::Custom("NAME".to_owned())]), &[]),
        rule(EntityList::Deny(vec![Entity::Email]), &[]),
    ];
    let text = "Jörg <jo@example.com>";
    let found = |rule, start, end, label| ApplicationSpan {
        rule,
        start,
        end,
        label,
    };
    for (spans, denied) in [
        (vec![], [false, true]),
        (vec![found(0, 0, 5, "NAME")], [true, true]),
        // For another rule.
        (vec![found(1, 0, 5, "NAME")], [false, true]),
        // Longer than the address, so it stands in its place.
        (vec![found(0, 6, 22, "NAME")], [true, false]),
        // A built-in kind.
        (vec![found(0, 0, 22, "EMAIL")], [false, true]),
        // Outside of the text, half a character, nothing, the wrong way round.
        (
            vec![
                found(0, 0, 23, "NAME"),
                found(0, 0, 2, "NAME"),
                found(0, 3, 3, "NAME"),
                found(0, 5, 4, "NAME"),
            ],
            [false, true],
        ),
    ] {
        for (rules, denied) in rules.iter().zip(denied) {
            let request = Request {
                sensitive_text: Some(text),
                application_spans: &spans,
                ..Request::default()
            };
            let conclusion = rules.as_ref().unwrap().judge(&request)[0].conclusion;
            assert_eq!(conclusion == Conclusion::Deny, denied, "{spans:?}");
        }
    }
}
