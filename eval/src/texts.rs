//! Sensitive information in texts: F1 for each type, where a find is right if it overlaps a labelled piece of its type.

use crate::{
    Result,
    cpu::Times,
    data::{Span, Text},
    table::percent,
};
use arcjet_rules::sensitive_info::{Entity, SensitiveSpan, detect};
use std::hint::black_box;

/// Our types, and what the labels call them.
const TYPES: [(Entity, &str); 6] = [
    (Entity::CreditCardNumber, "CREDIT_CARD"),
    (Entity::Email, "EMAIL_ADDRESS"),
    (Entity::IpAddress, "IP_ADDRESS"),
    (Entity::PhoneNumber, "PHONE_NUMBER"),
    (Entity::Iban, "IBAN_CODE"),
    (Entity::Ssn, "US_SSN"),
];

pub(crate) fn score(rows: &[Text], list_misses: bool) -> Result {
    println!("## Sensitive information\n");
    println!("| type | labelled | found | right | F1 |\n|---|---|---|---|---|");
    for (entity, label) in TYPES {
        let (mut labelled, mut recalled, mut found, mut right) = (0, 0, 0, 0);
        for row in rows {
            let truth: Vec<(usize, usize)> = row
                .spans
                .iter()
                .filter(|span| span.kind == label)
                .map(|span| bytes(&row.text, span))
                .collect();
            let finds: Vec<SensitiveSpan> = detect(&row.text)
                .into_iter()
                .filter(|span| span.entity == entity)
                .collect();
            let overlap = |find: &SensitiveSpan, (start, end): (usize, usize)| {
                (find.start as usize) < end && start < find.end as usize
            };
            labelled += truth.len();
            found += finds.len();
            for piece in &truth {
                let hit = finds.iter().any(|find| overlap(find, *piece));
                recalled += usize::from(hit);
                if list_misses && !hit {
                    println!("{label} missed in {}: {}", row.id, row.text);
                }
            }
            for find in &finds {
                let hit = truth.iter().any(|piece| overlap(find, *piece));
                right += usize::from(hit);
                if list_misses && !hit {
                    let text = row
                        .text
                        .get(find.start as usize..find.end as usize)
                        .unwrap_or_default();
                    println!("{label} found wrongly in {}: {text:?}", row.id);
                }
            }
        }
        let (recall, precision) = (percent(recalled, labelled), percent(right, found));
        let f1 = match recall + precision {
            0.0 => 0.0,
            sum => 2.0 * recall * precision / sum / 100.0,
        };
        println!("| {label} | {labelled} | {found} | {right} | {f1:.3} |");
    }
    let times = Times::of(rows, |row| {
        black_box(detect(&row.text));
    });
    println!("\nA text: {}\n", times.summary());
    Ok(())
}

/// A piece in bytes; the labels count characters.
fn bytes(text: &str, span: &Span) -> (usize, usize) {
    let at = |character: usize| {
        text.char_indices()
            .nth(character)
            .map_or(text.len(), |(byte, _)| byte)
    };
    (at(span.start), at(span.end))
}
