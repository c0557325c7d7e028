//! Groups of digits that belong together: `(0)171 / 555-1234`.

use std::ops::Range;

/// The most groups that are looked at together; no number has more.
pub(super) const MAX_GROUPS: usize = 8;
/// The most characters between two groups.
const MAX_SEPARATOR: usize = 3;

/// What stands between two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    Space,
    Dash,
    Dot,
    Slash,
    /// With a bracket, and perhaps other characters: `) ` or ` (`.
    Bracket,
    /// Any other mixture.
    Mixed,
}

/// Digits without anything between them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What stands between the group before and this one; means nothing for the first.
    pub(super) separator: Separator,
}

impl Group {
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }
}

/// The groups of digits from one place on, up to the first that is set apart.
#[derive(Clone, Debug)]
pub(super) struct Run {
    groups: [Group; MAX_GROUPS],
    len: usize,
}

impl Run {
    /// The groups from the digit at this place on.
    pub(super) fn at(text: &[u8], start: usize) -> Self {
        let none = Group {
            start,
            end: start,
            separator: Separator::Mixed,
        };
        let mut run = Self {
            groups: [none; MAX_GROUPS],
            len: 0,
        };
        let mut next = Some((start, Separator::Mixed));
        while let (Some((start, separator)), true) = (next, run.len < MAX_GROUPS) {
            let digits = text[start..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            run.groups[run.len] = Group {
                start,
                end: start + digits,
                separator,
            };
            run.len += 1;
            next = separator_at(text, start + digits);
        }
        super::work(run.end() - start);
        run
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups[..self.len]
    }

    pub(super) fn start(&self) -> usize {
        self.groups[0].start
    }

    fn end(&self) -> usize {
        self.groups[self.len - 1].end
    }

    /// Whether the first groups are parted by dots and otherwise, too: as in lists of decimals.
    pub(super) fn mixes_dots(&self, count: usize) -> bool {
        let others = &self.groups[1..count.max(1)];
        let dots = others
            .iter()
            .filter(|group| group.separator == Separator::Dot)
            .count();
        dots > 0
            && others
                .iter()
                .any(|group| !matches!(group.separator, Separator::Dot | Separator::Bracket))
    }

    /// How many digits the first groups have together.
    pub(super) fn digits(&self, groups: Range<usize>) -> usize {
        self.groups[groups].iter().map(Group::len).sum()
    }
}

/// What stands between the group that ended here and the next one, and where that one starts.
pub(super) fn separator_at(text: &[u8], from: usize) -> Option<(usize, Separator)> {
    let mut place = from;
    let mut found = None;
    for _ in 0..MAX_SEPARATOR {
        let rest = &text[place..];
        let (separator, len) = match rest {
            [b' ', ..] => (Separator::Space, 1),
            [0xC2, 0xA0, ..] => (Separator::Space, 2),
            [0xE2, 0x80, 0xAF, ..] => (Separator::Space, 3),
            [b'-', ..] => (Separator::Dash, 1),
            // Hyphen, non-breaking hyphen, figure dash, en dash; the minus sign is none.
            [0xE2, 0x80, 0x90..=0x93, ..] => (Separator::Dash, 3),
            [b'.', ..] => (Separator::Dot, 1),
            [b'/', ..] => (Separator::Slash, 1),
            [b'(' | b')', ..] => (Separator::Bracket, 1),
            _ => break,
        };
        place += len;
        found = Some(match (found, separator) {
            (None, _) => separator,
            (Some(Separator::Bracket), _) | (_, Separator::Bracket) => Separator::Bracket,
            // " - ", " / "
            (Some(one @ (Separator::Dash | Separator::Slash)), Separator::Space)
            | (Some(Separator::Space), one @ (Separator::Dash | Separator::Slash)) => one,
            _ => Separator::Mixed,
        });
    }
    match text.get(place) {
        Some(byte) if byte.is_ascii_digit() => found.map(|separator| (place, separator)),
        _ => None,
    }
}

/// Whether digits that start here stand on their own: they don't continue a word, a decimal or an id.
pub(super) fn starts_alone(text: &[u8], start: usize) -> bool {
    match &text[..start] {
        // A decimal goes on, or starts; "Tel.1234" is neither.
        [.., first, second, b'.'] if first.is_ascii_alphabetic() && second.is_ascii_alphabetic() => true,
        [.., b'.'] => false,
        [.., before, b','] => !before.is_ascii_digit(),
        // An id such as a1b2-1234 goes on; "Tel-1234" doesn't.
        [.., before, b'-'] => !before.is_ascii_digit() && !ends_mixed(&text[..start - 1]),
        // A path.
        [.., before, b'/'] => !before.is_ascii_alphabetic(),
        [.., last] if last.is_ascii() => !last.is_ascii_alphanumeric() && !matches!(last, b'_' | b'$'),
        [_, ..] => ends_with_sign(&text[..start]),
        [] => true,
    }
}

/// Whether the character that isn't ASCII and ends here parts words: a sign, but none of a currency, or a script without spaces.
fn ends_with_sign(text: &[u8]) -> bool {
    match text {
        [.., 0xC2, sign] => !matches!(sign, 0xA2 | 0xA3 | 0xA5),
        [.., 0xE2, 0x82, _] => false,
        [.., 0xE2..=0xEF, _, _] => true,
        _ => false,
    }
}

/// Whether the word that ends here has digits in it.
fn ends_mixed(text: &[u8]) -> bool {
    text.iter()
        .rev()
        .take(12)
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .any(u8::is_ascii_digit)
}

/// Whether digits that end here stand on their own.
pub(super) fn ends_alone(text: &[u8], end: usize) -> bool {
    match &text[end..] {
        [b'.' | b',', after, ..] => !after.is_ascii_digit(),
        // An extension: "x123".
        [b'x', after, ..] => after.is_ascii_digit(),
        [b'-', after, ..] => !after.is_ascii_digit(),
        [b'%' | b'_', ..] => false,
        [first, ..] => !first.is_ascii_alphanumeric(),
        [] => true,
    }
}

/// The digits of this part of the text, at most `N` of them, as numbers.
pub(super) fn digits<const N: usize>(text: &[u8]) -> Option<([u8; N], usize)> {
    let mut values = [0; N];
    let mut len = 0;
    for byte in text.iter().filter(|byte| byte.is_ascii_digit()) {
        *values.get_mut(len)? = byte - b'0';
        len += 1;
    }
    Some((values, len))
}
