//! Numbers of payment cards.

use super::{
    context::{Context, Topic},
    digits::{Run, Separator, digits, ends_alone, starts_alone},
};
use std::ops::Range;

/// How many digits card numbers have (ISO/IEC 7812).
const LENGTHS: Range<usize> = 12..20;

/// How much the first digits and the length say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Issuer {
    /// No issuer is known to have such numbers.
    Unknown,
    /// An issuer has or had such numbers, but other things look the same: article numbers, ids.
    Possible,
    /// The usual numbers of a well-known issuer.
    Usual,
}

/// The card number at the beginning of a run, if there is one.
pub(super) fn find(text: &[u8], run: &Run, context: &Context<'_>) -> Option<Range<usize>> {
    let start = run.start();
    if !starts_alone(text, start) {
        return None;
    }
    (1..=run.groups().len()).rev().find_map(|count| {
        let total = run.digits(0..count);
        if !LENGTHS.contains(&total) || !is_grouped_as_a_card(run, count) {
            return None;
        }
        let end = run.groups()[count - 1].end;
        let (values, len) = digits::<19>(&text[start..end])?;
        let values = &values[..len];
        if !ends_alone(text, end) || !luhn(values) || values.iter().all(|value| *value == values[0]) {
            return None;
        }
        let sure = match issuer(values) {
            Issuer::Usual => count > 1 || !context.is_harmless(),
            Issuer::Possible => {
                context.is(Topic::Card) || (count > 1 && !context.is_phone()) || is_all(text, start, end)
            }
            // Milliseconds since 1970 have 13 digits.
            Issuer::Unknown => context.is(Topic::Card) && (len, values[0]) != (13, 1),
        };
        sure.then_some(start..end)
    })
}

/// Whether nothing but this part is in the text: the value of a form field.
fn is_all(text: &[u8], start: usize, end: usize) -> bool {
    text[..start].trim_ascii().is_empty() && text[end..].trim_ascii().is_empty()
}

/// Whether the first groups are cut as on a card: not at all, or by one kind of separator into groups such as 4-4-4-4 or 4-6-5.
fn is_grouped_as_a_card(run: &Run, count: usize) -> bool {
    let groups = &run.groups()[..count];
    let Some((first, others)) = groups.split_first() else {
        return false;
    };
    let Some(second) = others.first() else {
        return true;
    };
    first.len() == 4
        && matches!(second.separator, Separator::Space | Separator::Dash)
        && others
            .iter()
            .all(|group| group.separator == second.separator && (1..=6).contains(&group.len()))
        && others.iter().rev().skip(1).all(|group| group.len() >= 4)
}

/// The check digit of ISO/IEC 7812.
pub(super) fn luhn(values: &[u8]) -> bool {
    let sum: u32 = values
        .iter()
        .rev()
        .enumerate()
        .map(|(place, value)| match (place % 2, u32::from(*value)) {
            (0, value) => value,
            (_, value) if value > 4 => 2 * value - 9,
            (_, value) => 2 * value,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Ranges as the card schemes publish them for merchants.
fn issuer(values: &[u8]) -> Issuer {
    let first = |count: usize| {
        values[..count]
            .iter()
            .fold(0, |number, value| number * 10 + u32::from(*value))
    };
    let (four, six) = (first(4), first(6));
    let (usual, possible): (Range<usize>, Range<usize>) = match four {
        // Visa, formerly with 13 digits.
        4000..=4999 => (16..17, 13..20),
        // Mastercard.
        5100..=5599 | 2221..=2720 => (16..17, 16..17),
        // American Express.
        3400..=3499 | 3700..=3799 => (15..16, 15..16),
        // Discover, and UnionPay's numbers that Discover takes.
        6011 | 6440..=6499 | 6500..=6599 => (16..17, 16..20),
        6221..=6229 if (622_126..=622_925).contains(&six) => (16..17, 16..20),
        // JCB, formerly with 15 digits.
        3528..=3589 => (16..17, 16..20),
        1800 | 2131 => (0..0, 15..16),
        // Diners Club.
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => (14..15, 14..20),
        // Mir.
        2200..=2204 => (16..17, 16..20),
        // UnionPay.
        6200..=6299 | 8100..=8199 => (0..0, 16..20),
        // Maestro, RuPay, Elo, Verve, Troy.
        5000..=5099 | 5600..=5899 | 6000..=6099 | 6304 | 6360..=6399 | 6700..=6799 | 8200..=8299 | 9792 => {
            (0..0, 12..20)
        }
        _ => (0..0, 0..0),
    };
    if usual.contains(&values.len()) {
        Issuer::Usual
    } else if possible.contains(&values.len()) {
        Issuer::Possible
    } else {
        Issuer::Unknown
    }
}
