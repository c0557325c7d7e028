//! What is an address, and at which level.

use super::{DENY_NONE, judge};
use arcjet_rules::{Conclusion, EmailFault, EmailLevel, ValidateEmail};
use proptest::{collection::vec, prelude::*, sample::select};

/// Why an address is invalid at a level, when nothing but the grammar counts.
fn fault(level: EmailLevel, email: &str) -> Option<EmailFault> {
    let config = ValidateEmail {
        level,
        require_top_level_domain: false,
        allow_domain_literal: true,
        ..ValidateEmail::new(DENY_NONE)
    };
    let (conclusion, reason) = judge(config, email);
    let expected = if reason.fault.is_some() {
        Conclusion::Deny
    } else {
        Conclusion::Allow
    };
    assert_eq!(conclusion, expected, "{email:?}");
    reason.fault
}

/// The strictest level at which an address is valid, or what is wrong with it at all of them.
fn level(email: &str) -> Result<EmailLevel, EmailFault> {
    let levels = [EmailLevel::Plain, EmailLevel::Smtp, EmailLevel::Rfc5322];
    let faults = levels.map(|level| fault(level, email));
    let first_valid = faults.iter().position(Option::is_none);
    if let Some(first) = first_valid {
        assert!(
            faults[first..].iter().all(Option::is_none),
            "{email:?}: levels are nested"
        );
        return Ok(levels[first]);
    }
    Err(faults[2].unwrap())
}

#[test]
fn levels() {
    use EmailLevel::{Plain, Rfc5322, Smtp};
    for (email, expected) in [
        ("jane.doe+news@example.com", Plain),
        ("!#$%&'*+-/=?^_`{|}~@example.com", Plain),
        ("JANE@EXAMPLE.COM", Plain),
        ("jörg@bücher.example", Plain),
        ("jane@例え。テスト", Plain),
        ("jane@xn--bcher-kva.example", Plain),
        ("jane@localhost", Smtp),
        ("jane@192.0.2.1", Smtp),
        ("jane@example.4all", Smtp),
        ("\"jane doe\"@example.com", Smtp),
        ("\"\"@example.com", Smtp),
        ("\"a\\\"b\\\\\"@example.com", Smtp),
        ("\"@\"@example.com", Smtp),
        ("jane@[192.0.2.1]", Smtp),
        ("jane@[IPv6:2001:db8::1]", Smtp),
        (" jane@example.com", Rfc5322),
        ("jane@example.com ", Rfc5322),
        ("jane @ example . com", Rfc5322),
        ("jane(at)@example.com", Rfc5322),
        ("(a(b)c)jane@(d)example.com(e)", Rfc5322),
        ("(\\))jane@example.com", Rfc5322),
        ("\r\n jane@example.com\r\n\t", Rfc5322),
        ("(\r\n )jane@example.com", Rfc5322),
        ("\"jane\".doe@example.com", Rfc5322),
        ("\"jane\".\"doe\"@example.com", Rfc5322),
        ("\"\tjane\"@example.com", Rfc5322),
        ("\"\\\0\"@example.com", Rfc5322),
        ("\"\u{7}\"@example.com", Rfc5322),
        ("jane@ex_ample.com", Rfc5322),
        ("jane@[192.0.2.256]", Rfc5322),
        ("jane@[IPv6:2001:db8:::1]", Rfc5322),
        ("jane@[x-tag:anything]", Rfc5322),
        ("jane@[ 192.0.2.1 ]", Rfc5322),
        ("jane@[a\\]b]", Rfc5322),
    ] {
        assert_eq!(level(email), Ok(expected), "{email:?}");
    }
}

#[test]
fn what_is_no_address_at_any_level() {
    use EmailFault::{Character, Dot, Hyphen, LineBreak, NoAt, NoDomain, NoLocalPart, TooLong, Unclosed};
    for (email, expected) in [
        ("", NoAt),
        ("jane", NoAt),
        ("(jane@example.com)", NoAt),
        ("@", NoLocalPart),
        ("@example.com", NoLocalPart),
        ("(jane)@example.com", NoLocalPart),
        ("jane@", NoDomain),
        ("jane@(example.com)", NoDomain),
        (".jane@example.com", Dot),
        ("jane.@example.com", Dot),
        ("jane..doe@example.com", Dot),
        ("jane@.example.com", Dot),
        ("jane@example.com.", Dot),
        ("jane@example..com", Dot),
        ("jane@example.。com", Dot),
        ("jane@doe@example.com", Character),
        ("jane doe@example.com", Character),
        ("jane(a)doe@example.com", Character),
        ("jane\"doe\"@example.com", Character),
        ("\"jane\"doe@example.com", Character),
        ("\"\"\"@example.com", Character),
        ("jane\\@doe@example.com", Character),
        ("<jane@example.com>", Character),
        ("jane@example.com,john@example.com", Character),
        ("jane@exam ple.com", Character),
        ("jane@a[192.0.2.1]", Character),
        ("jane@[192.0.2.1]a", Character),
        ("jane@[192.0.2.1].com", Character),
        ("jane@[a[b]", Character),
        ("jane@example.com\n", Character),
        ("jane\0@example.com", Character),
        ("\"jane\n\"@example.com", Character),
        ("(\n)jane@example.com", Character),
        ("\"\\ö\"@example.com", Character),
        ("jane@exam\u{200b}ple.com", Character),
        ("jane@exam\u{ad}ple.com", Character),
        ("ja\u{202e}ne@example.com", Character),
        ("ja\u{a0}ne@example.com", Character),
        ("\u{85}@example.com", Character),
        ("jane@example\u{e000}.com", Character),
        ("(jane@example.com", Unclosed),
        ("jane@example.com(a(b)", Unclosed),
        ("jane@example.com(\\", Unclosed),
        ("\"jane@example.com", Unclosed),
        ("\"jane\\\"@example.com", Unclosed),
        ("jane@[192.0.2.1", Unclosed),
        ("jane@[192.0.2.1\\]", Unclosed),
        ("jane@-example.com", Hyphen),
        ("jane@example-.com", Hyphen),
        ("jane@example-(a).com", Hyphen),
        ("jane@example.com-", Hyphen),
        ("jane@-bücher.example", Hyphen),
        ("jane@bücher-.example", Hyphen),
        ("jane@example.com\r\n", LineBreak),
        ("jane@example.com\r", LineBreak),
        ("\r\n\r\n jane@example.com", LineBreak),
        ("\"jane\r\ndoe\"@example.com", LineBreak),
        ("(\r\n)jane@example.com", LineBreak),
    ] {
        assert_eq!(level(email), Err(expected), "{email:?}");
    }
    assert_eq!(level(&format!("jane@{}.example", "ü".repeat(60))), Err(TooLong));
}

#[test]
fn lengths() {
    let local = |n: usize| format!("{}@example.com", "a".repeat(n));
    assert_eq!(level(&local(64)), Ok(EmailLevel::Plain));
    assert_eq!(level(&local(65)), Ok(EmailLevel::Rfc5322));
    assert_eq!(fault(EmailLevel::Smtp, &local(65)), Some(EmailFault::TooLong));
    assert_eq!(
        level(&format!("{}@example.com", "ü".repeat(32))),
        Ok(EmailLevel::Plain)
    );
    assert_eq!(
        level(&format!("{}@example.com", "ü".repeat(33))),
        Ok(EmailLevel::Rfc5322)
    );
    let label = |n: usize| format!("a@{}.com", "a".repeat(n));
    assert_eq!(level(&label(63)), Ok(EmailLevel::Plain));
    assert_eq!(level(&label(64)), Ok(EmailLevel::Rfc5322));
    let whole = |n: usize| format!("a@{}.com", "a.".repeat(125).get(..n - 6).unwrap());
    assert_eq!(
        (whole(253).len(), level(&whole(253))),
        (253, Ok(EmailLevel::Plain))
    );
    assert_eq!(
        (whole(255).len(), level(&whole(255))),
        (255, Ok(EmailLevel::Rfc5322))
    );
    let nested = format!("{}{}a@example.com", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(level(&nested), Ok(EmailLevel::Rfc5322));
}

#[test]
fn a_fault_says_what_the_level_does_not_allow() {
    for (email, expected) in [
        ("jane(a)@example.com", EmailFault::Comment),
        (" jane@example.com", EmailFault::WhiteSpace),
        ("\"a\".b@example.com", EmailFault::Quoted),
        ("\"\u{7}\"@example.com", EmailFault::Control),
        ("jane@[x]", EmailFault::DomainLiteral),
        ("jane@ex_ample.com", EmailFault::Character),
    ] {
        assert_eq!(fault(EmailLevel::Smtp, email), Some(expected), "{email:?}");
    }
    assert_eq!(
        fault(EmailLevel::Plain, "\"a\"@example.com"),
        Some(EmailFault::Quoted)
    );
    assert_eq!(
        fault(EmailLevel::Plain, "a@example"),
        Some(EmailFault::NoTopLevelDomain)
    );
    assert_eq!(EmailFault::NoAt.to_string(), "there is no @");
}

/// Text of the pieces that the grammar is made of.
fn address_like() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "a",
        "B7",
        ".",
        "@",
        "-",
        "\"",
        "\\",
        "(",
        ")",
        "[",
        "]",
        " ",
        "\t",
        "\r\n",
        "\r",
        "\n",
        "\0",
        "\u{7f}",
        ":",
        "::",
        "IPv6:",
        "192.0.2.1",
        "ü",
        "。",
        "ｃ",
        "\u{301}",
        "\u{200d}",
        "🦀",
        "xn--",
        "info",
        "gmail.com",
        "com",
    ]);
    vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_panics_and_levels_are_nested(email in prop_oneof![address_like(), any::<String>()]) {
        // Asserts that a stricter level accepts no more.
        let _ = level(&email);
    }
}
