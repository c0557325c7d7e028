//! Instants in TOML.

use arcjet_engine::Timestamp;
use toml::value::{Datetime, Offset};

/// How an instant is written.
pub(super) const INSTANT: &str = "a date and a time with its offset, as in 2027-01-01T00:00:00Z";

/// The instant that a date, a time and an offset name; `None` if one of them is missing, or before 1970.
pub(super) fn instant(value: &Datetime) -> Option<Timestamp> {
    let (date, time) = (value.date?, value.time?);
    let offset = match value.offset? {
        Offset::Z => 0,
        Offset::Custom { minutes } => i64::from(minutes),
    };
    let days = days(i64::from(date.year), i64::from(date.month), i64::from(date.day));
    let minutes = (days * 24 + i64::from(time.hour)) * 60 + i64::from(time.minute) - offset;
    let seconds = minutes * 60 + i64::from(time.second.unwrap_or(0));
    Some(Timestamp::from_millis(u64::try_from(seconds).ok()?.checked_mul(1000)?))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Counts years from March, so that the day that comes and goes is
/// the last of a year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let since_march = (month + 9) % 12;
    let of_year = (153 * since_march + 2) / 5 + day - 1;
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

/// Writes an instant as it is read, to the second.
pub(super) fn show(instant: Timestamp) -> String {
    let seconds = i64::try_from(instant.as_millis() / 1000).unwrap_or(i64::MAX);
    let (all_days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // The largest year that does not begin after the day; the estimate is off by one at most.
    let mut year = 1970 + all_days * 400 / 146_097;
    if days(year, 1, 1) > all_days {
        year -= 1;
    } else if days(year + 1, 1, 1) <= all_days {
        year += 1;
    }
    let month = (1..=12).rev().find(|month| days(year, *month, 1) <= all_days).unwrap_or(1);
    let day = all_days - days(year, month, 1) + 1;
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("2027-01-01T00:00:00Z", 1_798_761_600),
            ("2027-01-01T01:30:00+01:30", 1_798_761_600),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] {
            let read = instant(&text.parse().unwrap()).unwrap();
            assert_eq!(read, Timestamp::from_millis(seconds * 1000), "{text}");
        }
        for text in ["2027-01-01", "2027-01-01T00:00:00", "00:00:00", "1969-12-31T23:59:59Z"] {
            assert_eq!(instant(&text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn shown_as_read() {
        // Each day of 800 years from 1970 on.
        for day in 0..292_194 {
            let text = show(Timestamp::from_millis(day * 86_400_000 + 3_723_000));
            let read = instant(&text.parse().unwrap()).unwrap();
            assert_eq!(read.as_millis(), day * 86_400_000 + 3_723_000, "{text}");
        }
    }
}
