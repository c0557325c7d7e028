//! International bank account numbers (ISO 13616).

use std::ops::Range;

/// Countries and the lengths of their IBANs, sorted: the SWIFT IBAN registry, release 99.
const LENGTHS: [([u8; 2], usize); 89] = [
    (*b"AD", 24),
    (*b"AE", 23),
    (*b"AL", 28),
    (*b"AT", 20),
    (*b"AZ", 28),
    (*b"BA", 20),
    (*b"BE", 16),
    (*b"BG", 22),
    (*b"BH", 22),
    (*b"BI", 27),
    (*b"BR", 29),
    (*b"BY", 28),
    (*b"CH", 21),
    (*b"CR", 22),
    (*b"CY", 28),
    (*b"CZ", 24),
    (*b"DE", 22),
    (*b"DJ", 27),
    (*b"DK", 18),
    (*b"DO", 28),
    (*b"EE", 20),
    (*b"EG", 29),
    (*b"ES", 24),
    (*b"FI", 18),
    (*b"FK", 18),
    (*b"FO", 18),
    (*b"FR", 27),
    (*b"GB", 22),
    (*b"GE", 22),
    (*b"GI", 23),
    (*b"GL", 18),
    (*b"GR", 27),
    (*b"GT", 28),
    (*b"HN", 28),
    (*b"HR", 21),
    (*b"HU", 28),
    (*b"IE", 22),
    (*b"IL", 23),
    (*b"IQ", 23),
    (*b"IS", 26),
    (*b"IT", 27),
    (*b"JO", 30),
    (*b"KW", 30),
    (*b"KZ", 20),
    (*b"LB", 28),
    (*b"LC", 32),
    (*b"LI", 21),
    (*b"LT", 20),
    (*b"LU", 20),
    (*b"LV", 21),
    (*b"LY", 25),
    (*b"MC", 27),
    (*b"MD", 24),
    (*b"ME", 22),
    (*b"MK", 19),
    (*b"MN", 20),
    (*b"MR", 27),
    (*b"MT", 31),
    (*b"MU", 30),
    (*b"NI", 28),
    (*b"NL", 18),
    (*b"NO", 15),
    (*b"OM", 23),
    (*b"PK", 24),
    (*b"PL", 28),
    (*b"PS", 29),
    (*b"PT", 25),
    (*b"QA", 29),
    (*b"RO", 24),
    (*b"RS", 22),
    (*b"RU", 33),
    (*b"SA", 24),
    (*b"SC", 31),
    (*b"SD", 18),
    (*b"SE", 24),
    (*b"SI", 19),
    (*b"SK", 24),
    (*b"SM", 27),
    (*b"SO", 23),
    (*b"ST", 25),
    (*b"SV", 28),
    (*b"TL", 23),
    (*b"TN", 24),
    (*b"TR", 26),
    (*b"UA", 29),
    (*b"VA", 22),
    (*b"VG", 24),
    (*b"XK", 20),
    (*b"YE", 30),
];

/// The IBAN whose check digits start here, behind the two letters of a country: in one piece, or in groups of four.
pub(super) fn find(text: &[u8], digit: usize) -> Option<Range<usize>> {
    let start = digit.checked_sub(2)?;
    if start > 0 && (text[start - 1].is_ascii_alphanumeric() || text[start - 1] == b'_') {
        return None;
    }
    // Compared as numbers, which is far cheaper than as slices.
    let country = u16::from_be_bytes([
        text[start].to_ascii_uppercase(),
        text[start + 1].to_ascii_uppercase(),
    ]);
    let index = LENGTHS
        .binary_search_by_key(&country, |(country, _)| u16::from_be_bytes(*country))
        .ok()?;
    let (_, length) = LENGTHS[index];
    let mut place = start;
    let mut remainder = Remainder::default();
    let mut head = [0; 4];
    for index in 0..length {
        let grouped = index > 0 && index % 4 == 0;
        match text.get(place) {
            Some(b' ' | b'-') if grouped => place += 1,
            Some(0xC2) if grouped && text.get(place + 1) == Some(&0xA0) => place += 2,
            _ => {}
        }
        let character = *text.get(place)?;
        // The country and the check digits are reckoned last.
        match head.get_mut(index) {
            Some(head) => *head = character,
            None => remainder.add(character)?,
        }
        place += 1;
    }
    head.into_iter()
        .try_for_each(|character| remainder.add(character))?;
    let goes_on = text.get(place).is_some_and(u8::is_ascii_alphanumeric);
    (remainder.0 == 1 && !goes_on && head[2].is_ascii_digit() && head[3].is_ascii_digit())
        .then_some(start..place)
}

/// The remainder of dividing by 97 (ISO 7064).
#[derive(Default)]
struct Remainder(u32);

impl Remainder {
    /// Appends a digit, or a letter as the two digits of its number.
    fn add(&mut self, character: u8) -> Option<()> {
        self.0 = match character {
            b'0'..=b'9' => self.0 * 10 + u32::from(character - b'0'),
            b'A'..=b'Z' => self.0 * 100 + u32::from(character - b'A') + 10,
            b'a'..=b'z' => self.0 * 100 + u32::from(character - b'a') + 10,
            _ => return None,
        } % 97;
        Some(())
    }
}
