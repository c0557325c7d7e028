//! What holds for any text.

use arcjet_rules::sensitive_info::{Entity, SensitiveSpan, detect, merge};
use proptest::{collection::vec, prelude::*, sample::select};

/// Text made of what detectors react to.
fn texts() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "1",
        "12",
        "415",
        "555",
        "2671",
        "4242",
        "0",
        "+",
        "+44",
        "(",
        ")",
        "-",
        ".",
        "/",
        " ",
        "@",
        ":",
        "::",
        "a",
        "é",
        "电话",
        "…",
        "example.com",
        "phone",
        "card",
        "tel",
        "id",
        "GB82",
        "WEST",
        "AKIA",
        "eyJ",
        "sk-",
        "-----BEGIN ",
        "PRIVATE KEY-----",
        "_",
        "\"",
        "\u{a0}",
        "–",
        "x",
        "Z",
        "\n",
        "00",
        "AB",
        "\u{ff0b}",
        "ſ",
        "K",
        "😀",
    ]);
    prop_oneof![
        vec(pieces, 0..40).prop_map(|pieces| pieces.concat()),
        ".{0,80}",
        "[0-9 .+()-]{0,60}"
    ]
}

fn spans() -> impl Strategy<Value = Vec<SensitiveSpan>> {
    let entity = select(vec![
        Entity::Email,
        Entity::PhoneNumber,
        Entity::Custom("x".to_owned()),
    ]);
    let span = (0_u32..50, 0_u32..20, entity).prop_map(|(start, length, entity)| SensitiveSpan {
        start,
        end: start + length,
        entity,
    });
    vec(span, 0..20)
}

proptest! {
    #[test]
    fn finds_lie_within_the_text_in_order(text in texts()) {
        let mut last = 0;
        for span in detect(&text) {
            prop_assert!(span.start >= last && span.start < span.end);
            prop_assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} in {text:?}");
            last = span.end;
        }
    }

    /// Words before and after that say nothing change nothing but places.
    #[test]
    fn an_address_is_found_in_any_prose(before in "[a-z]{1,8}( [a-z]{1,8}){0,5}", after in "( [a-z]{1,8}){0,5}") {
        let text = format!("{before} jo.doe@example.com{after}");
        let found = detect(&text);
        let place = before.len() as u32 + 1;
        prop_assert!(found.iter().any(|span| span.entity == Entity::Email && span.start == place && span.end == place + 18));
    }

    #[test]
    fn merging_keeps_some_of_the_finds_apart(spans in spans()) {
        let merged = merge(spans.clone());
        prop_assert!(merged.windows(2).all(|pair| pair[0].end <= pair[1].start));
        prop_assert!(merged.iter().all(|span| spans.contains(span)));
        prop_assert_eq!(merge(merged.clone()), merged);
    }
}
