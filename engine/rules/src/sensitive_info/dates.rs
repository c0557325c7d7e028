//! Dates and years, which are grouped like phone numbers.

use super::digits::Run;

/// Whether the digits are a year of our times.
pub(super) fn is_year(digits: &[u8]) -> bool {
    digits.len() == 4 && matches!(digits, [b'1', b'8' | b'9', ..] | [b'2', b'0', ..])
}

/// Whether the run begins with a date: `2023-01-05`, `05.01.2023`, `1/5/2023`, `20230105`.
pub(super) fn starts_with_date(text: &[u8], run: &Run) -> bool {
    let digits = |index: usize| run.groups().get(index).map(|group| &text[group.start..group.end]);
    let Some(first) = digits(0) else { return false };
    if let ([year @ .., _, _, _, _], 8) = (first, first.len()) {
        let (month, day) = (&first[4..6], &first[6..]);
        return is_year(year) && is_month_and_day(month, day);
    }
    let (Some(second), Some(third)) = (digits(1), digits(2)) else {
        return false;
    };
    if run.groups()[1].separator != run.groups()[2].separator {
        return false;
    }
    (is_year(first) && is_month_and_day(second, third))
        || (is_year(third) && (is_month_and_day(first, second) || is_month_and_day(second, first)))
}

fn is_month_and_day(month: &[u8], day: &[u8]) -> bool {
    let number = |digits: &[u8]| match digits {
        [one] => one - b'0',
        [ten, one] => (ten - b'0') * 10 + one - b'0',
        _ => 0,
    };
    (1..=12).contains(&number(month)) && (1..=31).contains(&number(day))
}
