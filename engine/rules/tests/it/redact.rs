//! Redacting and putting back.

use arcjet_rules::{
    redact::{Redactor, redact},
    sensitive_info::{Entity, SensitiveSpan},
};
use proptest::{collection::vec, prelude::*, sample::select};
use std::borrow::Cow;

const TEXT: &str = "email test@example.com phone 011234567 credit 4242424242424242 ip 10.12.234.2";

/// Finds the word "phone".
fn phone(text: &str) -> Vec<SensitiveSpan> {
    let spans = text.match_indices("phone").map(|(start, word)| SensitiveSpan {
        start: start as u32,
        end: (start + word.len()) as u32,
        entity: Entity::Custom("my-custom-entity".to_owned()),
    });
    spans.collect()
}

#[test]
fn everything_is_redacted_by_numbered_tokens() {
    assert_eq!(
        redact(TEXT).text(),
        "email <Redacted email #0> phone <Redacted phone number #1> credit <Redacted credit card number #2> ip <Redacted IP address #3>"
    );
    assert_eq!(redact("nothing here").text(), "nothing here");
    assert_eq!(redact("").text(), "");
}

#[test]
fn each_find_gets_its_own_token() {
    let redacted = redact("a@b.com and a@b.com and c@d.com");
    assert_eq!(
        redacted.text(),
        "<Redacted email #0> and <Redacted email #1> and <Redacted email #2>"
    );
    assert_eq!(
        redacted.unredact(redacted.text()),
        "a@b.com and a@b.com and c@d.com"
    );
}

#[test]
fn only_the_named_kinds_are_redacted() {
    let redacted = Redactor::new()
        .entities([Entity::Email, Entity::IpAddress])
        .redact(TEXT);
    assert_eq!(
        redacted.text(),
        "email <Redacted email #0> phone 011234567 credit 4242424242424242 ip <Redacted IP address #1>"
    );
    let none = Redactor::new().entities([]).redact(TEXT);
    assert_eq!(none.text(), TEXT);
}

#[test]
fn closures_find_and_replace() {
    let redacted = Redactor::new()
        .detect(phone)
        .redact("email test@example.com phone 011234567");
    assert_eq!(
        redacted.text(),
        "email <Redacted email #0> <Redacted my-custom-entity #1> <Redacted phone number #2>"
    );
    let redacted = Redactor::new()
        .replace(|entity, original| {
            (*entity == Entity::Email).then(|| format!("mail-of-{} chars", original.len()))
        })
        .redact("email test@example.com phone 011234567");
    assert_eq!(
        redacted.text(),
        "email mail-of-16 chars phone <Redacted phone number #1>"
    );
    assert_eq!(redacted.unredact("to mail-of-16 chars"), "to test@example.com");
}

#[test]
fn finds_of_a_closure_that_do_not_fit_are_left_out() {
    let wrong = |_: &str| {
        [(0, 1), (5, 900), (7, 3)]
            .map(|(start, end)| SensitiveSpan {
                start,
                end,
                entity: Entity::Custom("x".to_owned()),
            })
            .to_vec()
    };
    assert_eq!(
        Redactor::new().detect(wrong).redact("é and more").text(),
        "é and more"
    );
}

#[test]
fn what_is_not_redacted_hides_nothing() {
    let line = |text: &str| {
        let end = text.len() as u32;
        vec![SensitiveSpan {
            start: 0,
            end,
            entity: Entity::Custom("line".to_owned()),
        }]
    };
    let redacted = Redactor::new()
        .entities([Entity::Email])
        .detect(line)
        .redact("ask jo@example.com");
    assert_eq!(redacted.text(), "ask <Redacted email #0>");
}

#[test]
fn only_whole_tokens_of_this_redaction_are_put_back() {
    let redacted = redact("jo@example.com");
    for (text, expected) in [
        (
            "<Redacted email #0><Redacted email #0>",
            "jo@example.comjo@example.com",
        ),
        ("<Redacted email #1>", "<Redacted email #1>"),
        ("<Redacted email #00>", "<Redacted email #00>"),
        ("<Redacted email #0", "<Redacted email #0"),
        ("Redacted email #0>", "Redacted email #0>"),
        ("<Redacted phone number #0>", "<Redacted phone number #0>"),
        ("é<Redacted email #0>é", "éjo@example.comé"),
        ("", ""),
    ] {
        assert_eq!(redacted.unredact(text), expected, "{text:?}");
    }
    assert!(matches!(redacted.unredact("no token"), Cow::Borrowed("no token")));
}

#[test]
fn tokens_that_are_in_the_text_already_are_not_given_out() {
    let text = "<Redacted email #0> and jo@example.com and <Redacted #2>";
    let redacted = redact(text);
    assert_eq!(
        redacted.text(),
        "<Redacted email #0> and <Redacted email #1> and <Redacted #2>"
    );
    assert_eq!(redacted.unredact(redacted.text()), text);
}

#[test]
fn many_tokens_are_told_apart() {
    let text = "jo@example.com al@example.com ".repeat(20);
    let redacted = redact(&text);
    assert_eq!(redacted.redactions().len(), 40);
    assert_eq!(redacted.unredact(redacted.text()), text);
    assert_eq!(
        redacted.unredact("<Redacted email #10> <Redacted email #1>"),
        "jo@example.com al@example.com"
    );
}

#[test]
fn debug_output_shows_no_original() {
    let output = format!("{:?}", redact("jo@example.com"));
    assert!(!output.contains("jo@") && output.contains("Email"), "{output}");
}

fn texts() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "jo@example.com",
        " ",
        "call 555-0199",
        "10.0.0.1",
        "é",
        "<Redacted email #0>",
        "<Redacted email #",
        "1>",
        "#",
        ">",
        "<",
        "4242424242424242",
        "text",
        "<Redacted phone number #1>",
        "\n",
        "<Redacted ",
    ]);
    prop_oneof![vec(pieces, 0..30).prop_map(|pieces| pieces.concat()), ".{0,60}"]
}

proptest! {
    #[test]
    fn putting_back_gives_the_text(text in texts()) {
        let redacted = redact(&text);
        prop_assert_eq!(redacted.unredact(redacted.text()), text.as_str());
    }

    #[test]
    fn anything_can_be_put_back_into(text in texts(), other in texts()) {
        let redacted = redact(&text);
        let back = redacted.unredact(&other);
        if redacted.redactions().is_empty() {
            prop_assert_eq!(back, other.as_str());
        }
    }
}
