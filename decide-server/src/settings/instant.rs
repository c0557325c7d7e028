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
    Some(Timestamp::from_millis(
        u64::try_from(seconds).ok()?.checked_mul(1000)?,
    ))
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
        for text in [
            "2027-01-01",
            "2027-01-01T00:00:00",
            "00:00:00",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(instant(&text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = days(1969, 12, 31);
        for year in 1970..2800_i64 {
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
            for (month, length) in (1..).zip(lengths) {
                for day in 1..=length {
                    assert_eq!(days(year, month, day), last + 1, "{year}-{month}-{day}");
                    last += 1;
                }
            }
        }
    }
}
