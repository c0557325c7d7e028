//! When a certificate expires: the one field that rustls checks for clients and shows to nobody.

use std::time::{Duration, SystemTime};

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// The explicit tag of the version, which version 1 leaves out.
const VERSION: u8 = 0xa0;

/// `notAfter` of a certificate in DER (RFC 5280, 4.1); `None` for what is no certificate.
pub(super) fn not_after(certificate: &[u8]) -> Option<SystemTime> {
    let mut certificate = Der(certificate).read(SEQUENCE)?;
    let mut fields = certificate.read(SEQUENCE)?;
    if fields.0.first() == Some(&VERSION) {
        fields.read(VERSION)?;
    }
    fields.read(INTEGER)?; // serial number
    fields.read(SEQUENCE)?; // signature algorithm
    fields.read(SEQUENCE)?; // issuer
    let mut validity = fields.read(SEQUENCE)?;
    validity.next()?; // not before
    let (tag, time) = validity.next()?;
    let seconds = match tag {
        // Two digits of the year: 50 to 99 are of the last century (RFC 5280, 4.1.2.5.1).
        UTC_TIME => {
            let (year, rest) = digits(time, 2)?;
            seconds(if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = digits(time, 4)?;
            seconds(year, rest)
        }
        _ => None,
    }?;
    match u64::try_from(seconds) {
        Ok(after) => SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(after)),
        Err(_) => SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(seconds.unsigned_abs())),
    }
}

/// Seconds since 1970 of `MMDDHHMMSSZ` in a year; certificates have no other form.
fn seconds(year: i64, rest: &[u8]) -> Option<i64> {
    let (month, rest) = digits(rest, 2)?;
    let (day, rest) = digits(rest, 2)?;
    let (hour, rest) = digits(rest, 2)?;
    let (minute, rest) = digits(rest, 2)?;
    let (second, rest) = digits(rest, 2)?;
    let plausible =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    (plausible && rest == b"Z").then(|| ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

/// Days from 1970-01-01 in the Gregorian calendar. Years are counted from March, so that the leap day is the last one.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // The months from March on have 31, 30, 31, 30, 31 days, over and over: (153 m + 2) / 5 days before month m.
    365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

fn digits(text: &[u8], count: usize) -> Option<(i64, &[u8])> {
    let (digits, rest) = text.split_at_checked(count)?;
    let number = digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + i64::from(digit - b'0'))
    })?;
    Some((number, rest))
}

/// The rest of a sequence of DER values.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The content of the next value, which must have this tag.
    fn read(&mut self, tag: u8) -> Option<Self> {
        self.next()
            .filter(|(found, _)| *found == tag)
            .map(|(_, content)| Der(content))
    }

    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk::<2>()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            // The long form: how many bytes the length has. Certificates need three at most.
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if bytes.len() > 3 {
                return None;
            }
            let length = bytes
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte));
            (length, rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn expiring(year: i32, month: u8, day: u8) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, month, day);
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn dates_are_those_of_the_certificate() {
        // Seconds from `date -u -d YYYY-MM-DD +%s`; from 2050 on, the time has another form.
        for ((year, month, day), seconds) in [
            ((2000, 2, 29), 951_782_400),
            ((2026, 11, 22), 1_795_305_600),
            ((2049, 12, 31), 2_524_521_600),
            ((2050, 1, 1), 2_524_608_000),
            ((2100, 3, 1), 4_107_542_400),
            ((4096, 1, 1), 67_090_118_400),
        ] {
            let found = not_after(&expiring(year, month, day)).unwrap();
            let since = found.duration_since(SystemTime::UNIX_EPOCH).unwrap();
            assert_eq!(since.as_secs(), seconds, "{year}-{month}-{day}");
        }
        let before = not_after(&expiring(1960, 1, 1)).unwrap();
        let before = SystemTime::UNIX_EPOCH.duration_since(before).unwrap();
        assert_eq!(before.as_secs(), 315_619_200);
    }

    #[test]
    fn what_is_no_certificate_has_no_date() {
        let certificate = expiring(2030, 1, 1);
        let whole = not_after(&certificate);
        assert!(whole.is_some());
        for end in 0..certificate.len() {
            assert_eq!(not_after(&certificate[..end]), None, "{end}");
        }
        // No change of one byte makes it panic.
        for position in 0..certificate.len() {
            for value in [0, 0x7f, 0x80, 0x84, 0xff] {
                let mut changed = certificate.clone();
                changed[position] = value;
                let _ = not_after(&changed);
            }
        }
    }
}
