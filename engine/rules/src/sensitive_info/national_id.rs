//! Personal numbers of states.

use super::{
    card::luhn,
    context::{Context, Topic},
    digits::{Run, Separator, digits, ends_alone, starts_alone},
};
use std::ops::Range;

/// The social security number of the United States at the beginning of a run: `123-45-6789`, with other or no separators only where
/// the text calls it one.
pub(super) fn find_ssn(text: &[u8], run: &Run, context: &Context<'_>) -> Option<Range<usize>> {
    let start = run.start();
    let groups = run.groups();
    let named = || context.is(Topic::Ssn);
    let end = match groups {
        [one, two, three, rest @ ..] if (one.len(), two.len(), three.len()) == (3, 2, 4) => {
            let dashes = two.separator == Separator::Dash && three.separator == Separator::Dash;
            let goes_on = rest
                .first()
                .is_some_and(|next| next.separator != Separator::Space);
            (!goes_on && (dashes || named())).then_some(three.end)?
        }
        [one, ..] if one.len() == 9 && named() => one.end,
        _ => return None,
    };
    let (values, _) = digits::<9>(&text[start..end])?;
    let number = |range: Range<usize>| {
        values[range]
            .iter()
            .fold(0, |number, digit| number * 10 + u32::from(*digit))
    };
    // The Social Security Administration never gave out the others.
    let given = !matches!(number(0..3), 0 | 666 | 900..) && number(3..5) != 0 && number(5..9) != 0;
    let sample = matches!(number(0..9), 78_051_120 | 219_099_999 | 123_456_789);
    (given && !sample && starts_alone(text, start) && ends_alone(text, end)).then_some(start..end)
}

/// A personal number of digits at the beginning of a run. All have check digits; short ones count only where the text calls them so.
pub(super) fn find_digits(text: &[u8], run: &Run, context: &Context<'_>) -> Option<Range<usize>> {
    let start = run.start();
    let named = || context.is(Topic::NationalId);
    (1..=run.groups().len()).rev().find_map(|count| {
        let end = run.groups()[count - 1].end;
        let (values, len) = digits::<15>(&text[start..end])?;
        let values = &values[..len];
        let found = match len {
            15 => is_nir(values) && (named() || is_grouped(run, count)),
            14 => false,
            12 => verhoeff(values) && named(),
            11 => {
                (is_cpf(values) && (is_formatted_cpf(run, count) || named()))
                    || (is_german_tax_id(values) && named())
                    || (is_pesel(values) && named())
            }
            10 => luhn(values) && named(),
            9 => (is_bsn(values) || luhn(values)) && named(),
            _ => false,
        };
        let same = values.iter().all(|value| *value == values[0]);
        (found && !same && starts_alone(text, start) && ends_alone(text, end)).then_some(start..end)
    })
}

/// A personal number with letters, of which the first group of digits starts here.
pub(super) fn find_mixed(text: &[u8], digit: usize) -> Option<Range<usize>> {
    let before = text[..digit]
        .iter()
        .rev()
        .take(7)
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    // Britain's letters may be set apart: AB 12 34 56 C.
    let apart = before == 0 && matches!(&text[..digit], [.., b'A'..=b'Z', b'A'..=b'Z', b' ']);
    let start = if apart { digit - 3 } else { digit - before };
    if start > 0 && matches!(text[start - 1], b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | 0x80..) {
        return None;
    }
    let length = match before {
        0 if apart => nino(&text[start..]),
        0 => dni(&text[start..]).or_else(|| chinese_id(&text[start..])),
        1 => nie(&text[start..]),
        2 => nino(&text[start..]),
        6 => codice_fiscale(&text[start..]),
        _ => None,
    }?;
    let end = start + length;
    let goes_on = text
        .get(end)
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | 0x80..));
    (!goes_on).then_some(start..end)
}

/// France: sex, year and month of birth, place, order, and the remainder by 97 as key. Corsica's letters are not read.
fn is_nir(values: &[u8]) -> bool {
    let number = |digits: &[u8]| {
        digits
            .iter()
            .fold(0_u64, |number, digit| number * 10 + u64::from(*digit))
    };
    let month = number(&values[3..5]);
    matches!(values[0], 1 | 2)
        && matches!(month, 1..=12 | 20..=42 | 50..=99)
        && 97 - number(&values[..13]) % 97 == number(&values[13..])
}

/// Brazil: two check digits by weights.
fn is_cpf(values: &[u8]) -> bool {
    let check = |count: usize| {
        let sum: usize = values[..count]
            .iter()
            .zip((2..=count + 1).rev())
            .map(|(value, weight)| usize::from(*value) * weight)
            .sum();
        sum * 10 % 11 % 10 == usize::from(values[count])
    };
    check(9) && check(10)
}

/// Whether there is more than one group, and spaces between all of them.
fn is_grouped(run: &Run, count: usize) -> bool {
    count > 1
        && run.groups()[1..count]
            .iter()
            .all(|group| group.separator == Separator::Space)
}

/// `000.000.000-00`
fn is_formatted_cpf(run: &Run, count: usize) -> bool {
    let groups = &run.groups()[..count];
    matches!(groups, [a, b, c, d]
        if (a.len(), b.len(), c.len(), d.len()) == (3, 3, 3, 2)
            && b.separator == Separator::Dot && c.separator == Separator::Dot && d.separator == Separator::Dash)
}

/// Germany: ISO 7064 MOD 11,10; the first digit isn't 0.
fn is_german_tax_id(values: &[u8]) -> bool {
    let product = values[..10].iter().fold(10, |product, value| {
        let sum = (u32::from(*value) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    values[0] != 0 && (11 - product) % 10 == u32::from(values[10])
}

/// Poland: weights 1, 3, 7, 9.
fn is_pesel(values: &[u8]) -> bool {
    let sum: u32 = values[..10]
        .iter()
        .zip([1, 3, 7, 9].into_iter().cycle())
        .map(|(value, weight)| u32::from(*value) * weight)
        .sum();
    (10 - sum % 10) % 10 == u32::from(values[10])
}

/// The Netherlands: weights 9 to 2 and -1, divisible by 11.
fn is_bsn(values: &[u8]) -> bool {
    let sum: i32 = values
        .iter()
        .zip([9, 8, 7, 6, 5, 4, 3, 2, -1])
        .map(|(value, weight)| i32::from(*value) * weight)
        .sum();
    sum % 11 == 0
}

/// India: the dihedral group's check digit; the first digit is 2 or more.
fn verhoeff(values: &[u8]) -> bool {
    const PERMUTATION: [[u8; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    // Rotations are 0 to 4, reflections 5 to 9.
    let product = |a: u8, b: u8| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let check = values.iter().rev().enumerate().fold(0, |check, (place, value)| {
        product(check, PERMUTATION[place % 8][usize::from(*value)])
    });
    values[0] >= 2 && check == 0
}

/// Spain, nationals: eight digits and the letter of the remainder by 23.
fn dni(text: &[u8]) -> Option<usize> {
    spanish(text, 0, 8)
}

/// Spain, foreigners: X, Y or Z stand for 0, 1 and 2.
fn nie(text: &[u8]) -> Option<usize> {
    let first = match text.first()? {
        b'X' => 0,
        b'Y' => 1,
        b'Z' => 2,
        _ => return None,
    };
    Some(1 + spanish(text.get(1..)?, first, 7)?)
}

fn spanish(text: &[u8], first: u32, count: usize) -> Option<usize> {
    let mut number = first;
    for digit in text.get(..count)? {
        number = number * 10 + u32::from(digit.checked_sub(b'0').filter(|value| *value < 10)?);
    }
    let length = if text.get(count) == Some(&b'-') {
        count + 1
    } else {
        count
    };
    let letter = b"TRWAGMYFPDXBNJZSQVHLCKE"[number as usize % 23];
    (*text.get(length)? == letter).then_some(length + 1)
}

/// China: eighteen characters, the last one a check character of ISO 7064 MOD 11-2; the birthday is plausible.
fn chinese_id(text: &[u8]) -> Option<usize> {
    let id = text.get(..18)?;
    let mut sum = 0;
    for (digit, weight) in id[..17]
        .iter()
        .zip([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
    {
        sum += u32::from(digit.checked_sub(b'0').filter(|value| *value < 10)?) * weight;
    }
    let two = |from: usize| (id[from] - b'0') * 10 + id[from + 1] - b'0';
    let birthday = matches!(two(6), 19 | 20) && (1..=12).contains(&two(10)) && (1..=31).contains(&two(12));
    (birthday && id[17].to_ascii_uppercase() == b"10X98765432"[sum as usize % 11]).then_some(18)
}

/// The United Kingdom: two letters, six digits in one piece or in pairs, one of A to D. It has no check digit; the letters that are
/// never used rule out most other codes.
fn nino(text: &[u8]) -> Option<usize> {
    let (first, second) = (text[0], text[1]);
    let unused = b"DFIQUV".contains(&first) || b"DFIOQUV".contains(&second);
    let prefix = [first, second];
    let reserved = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"].contains(&&prefix);
    if unused || reserved || !prefix.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let mut place = 2;
    for _ in 0..3 {
        if text.get(place) == Some(&b' ') {
            place += 1;
        }
        if !text.get(place..place + 2)?.iter().all(u8::is_ascii_digit) {
            return None;
        }
        place += 2;
    }
    if text.get(place) == Some(&b' ') {
        place += 1;
    }
    matches!(text.get(place)?, b'A'..=b'D').then_some(place + 1)
}

/// Italy: sixteen characters, the last one a check letter.
fn codice_fiscale(text: &[u8]) -> Option<usize> {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
    ];
    // Letters stand for digits where two people would have the same code.
    const SHAPE: &[u8; 16] = b"AAAAAA00A00A000A";
    let code = text.get(..16)?;
    let mut sum = 0;
    for (place, (character, shape)) in code.iter().zip(SHAPE).enumerate() {
        let value = match character.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' if *shape == b'A' || b"LMNPQRSTUV".contains(&letter) => letter - b'A',
            digit @ b'0'..=b'9' if *shape == b'0' => digit - b'0',
            _ => return None,
        };
        if place < 15 {
            sum += if place % 2 == 0 {
                ODD[usize::from(value)]
            } else {
                u32::from(value)
            };
        }
    }
    (u32::from(code[15].to_ascii_uppercase() - b'A') == sum % 26).then_some(16)
}
