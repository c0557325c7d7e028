//! When a request was made, as records write it.

use arcjet_engine::Timestamp;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The time that a text names: RFC 3339 with a `T` or a space in the middle, UTC where there is no offset, or a
/// [number](of_number).
pub(super) fn of_text(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.as_bytes().get(4) != Some(&b'-') {
        return text.parse().ok().and_then(of_number);
    }
    let (date, rest) = text.split_at_checked(10)?;
    let mut date = date.split('-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let rest = match rest.strip_prefix(['T', 't', ' ']) {
        Some(rest) => rest,
        None if rest.is_empty() => "00:00:00Z",
        None => return None,
    };
    let (clock, rest) = rest.split_at_checked(8)?;
    let seconds = clock_seconds(clock)?;
    let (millis, zone) = match rest.strip_prefix(['.', ',']) {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let digits = rest.get(..end.min(3)).filter(|digits| !digits.is_empty())?;
            // Up to three digits, so neither the number nor its multiple is large.
            let millis = number(digits)? * [100, 10, 1][digits.len() - 1];
            (millis, &rest[end..])
        }
        None => (0, rest),
    };
    let offset = match zone.trim() {
        "" | "Z" | "z" => 0,
        zone => offset_seconds(zone)?,
    };
    instant(year, month, day, seconds - offset, millis)
}

/// The time that a log writes, as in `10/Oct/2025:13:55:36 -0700`.
pub(super) fn of_log(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.trim().split_once(':')?;
    let mut date = date.split('/');
    let day = number(date.next()?)?;
    let month = date.next()?;
    let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))?;
    let year = number(date.next()?)?;
    let (clock, zone) = rest.split_at_checked(8)?;
    let offset = match zone.trim() {
        "" => 0,
        zone => offset_seconds(zone)?,
    };
    instant(
        year,
        i64::try_from(month).ok()? + 1,
        day,
        clock_seconds(clock)? - offset,
        0,
    )
}

/// The time that a number stands for: seconds since 1970, with fractions, or, where that would be after the year 5138,
/// milliseconds, microseconds or nanoseconds.
pub(super) fn of_number(number: f64) -> Option<Timestamp> {
    let millis = match number {
        _ if !number.is_finite() || number < 0.0 => return None,
        _ if number < 1e11 => number * 1e3,
        _ if number < 1e14 => number,
        _ if number < 1e17 => number / 1e3,
        _ if number < 1e20 => number / 1e6,
        _ => return None,
    };
    // Neither negative nor beyond 2^63, and fractions of a millisecond are of no use.
    Some(Timestamp::from_millis(millis.round() as u64))
}

fn number(text: &str) -> Option<i64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// `13:55:36`; a leap second counts as the one after it.
fn clock_seconds(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(number);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3_600 + minute * 60 + second)
}

/// `-07:00` or `-0700`.
fn offset_seconds(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { 0 } else { number(minutes)? };
    Some(sign * (number(hours)? * 3_600 + minutes * 60))
}

/// `None` before 1970, and for days that there are not.
fn instant(year: i64, month: i64, day: i64, seconds: i64, millis: i64) -> Option<Timestamp> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [
        31,
        if leap { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let before = usize::try_from(month).ok()?.checked_sub(1)?;
    if !(1..=9999).contains(&year) || !(1..=*lengths.get(before)?).contains(&day) {
        return None;
    }
    let years = year - 1;
    // Days of whole years since the year 1, less those until 1970.
    let days = years * 365 + years / 4 - years / 100 + years / 400 - 719_162;
    let days = days + lengths[..before].iter().sum::<i64>() + day - 1;
    let millis = (days * 86_400 + seconds) * 1_000 + millis;
    u64::try_from(millis).ok().map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00.5Z", 951_825_600_500),
            ("2025-10-10T13:55:36-07:00", 1_760_129_736_000),
            ("2025-10-10 20:55:36,123456", 1_760_129_736_123),
            ("2025-10-10t20:55:36z", 1_760_129_736_000),
            ("2025-10-10", 1_760_054_400_000),
            ("1760129736", 1_760_129_736_000),
            ("1760129736.25", 1_760_129_736_250),
            ("1760129736123", 1_760_129_736_123),
            ("1760129736123456", 1_760_129_736_123),
            ("1760129736123456789", 1_760_129_736_123),
        ] {
            assert_eq!(of_text(text), Some(Timestamp::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "-1",
            "NaN",
            "1e30",
            "2025-02-29T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-00-01T00:00:00Z",
            "2025-10-10T24:00:00Z",
            "2025-10-10T20:55Z",
            "2025-10-10X20:55:36Z",
            "2025-10-10T20:55:36.Z",
            "2025-10-1é",
            "2025-10-10T20:55:36 CET",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(of_text(text), None, "{text:?}");
        }
    }

    #[test]
    fn instants_of_logs() {
        assert_eq!(
            of_log("10/Oct/2025:13:55:36 -0700"),
            Some(Timestamp::from_millis(1_760_129_736_000))
        );
        assert_eq!(
            of_log("10/oct/2025:20:55:36"),
            Some(Timestamp::from_millis(1_760_129_736_000))
        );
        for text in [
            "",
            "10/Oct/2025",
            "10/Okt/2025:13:55:36 -0700",
            "32/Oct/2025:13:55:36 -0700",
            "x/Oct/2025:13:55:36",
        ] {
            assert_eq!(of_log(text), None, "{text:?}");
        }
    }
}
