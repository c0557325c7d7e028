//! Wildcards: `/articles/*`. A star stands for any bytes, `\*` for a star, `\\` for a backslash.

/// A wildcard, cut at its stars.
///
/// The parts between the stars are looked for one after the other, each where it comes first after the one before; more is not
/// needed to find a match if there is one. Each search is linear (Knuth, Morris and Pratt), and none goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wildcard {
    any_case: bool,
    first: Box<[u8]>,
    /// Nothing without a star: then the first part is all there is.
    rest: Option<AfterStar>,
}

/// What follows the first star.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AfterStar {
    /// The parts that have a star after them.
    middle: Box<[Needle]>,
    last: Box<[u8]>,
}

impl Wildcard {
    /// A wildcard for texts in any case, as far as A to Z go, or only as written; or what is wrong with it.
    pub(super) fn new(pattern: &[u8], any_case: bool) -> Result<Self, String> {
        let mut parts = cut(pattern)?;
        if any_case {
            parts.iter_mut().for_each(|part| part.make_ascii_lowercase());
        }
        let last = parts.pop();
        let mut parts = parts.into_iter();
        Ok(match (parts.next(), last) {
            (Some(first), Some(last)) => {
                let middle: Vec<_> = parts.collect();
                // Between two stars stands something.
                if middle.iter().any(Vec::is_empty) {
                    return Err("wildcard contains a double star".to_owned());
                }
                Self {
                    any_case,
                    first: first.into(),
                    rest: Some(AfterStar {
                        middle: middle.into_iter().map(Needle::new).collect(),
                        last: last.into(),
                    }),
                }
            }
            (None, last) | (last, None) => Self {
                any_case,
                first: last.unwrap_or_default().into(),
                rest: None,
            },
        })
    }

    /// Whether a text matches, all of it.
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        let same = |part: &[u8], own: &[u8]| {
            if self.any_case {
                part.eq_ignore_ascii_case(own)
            } else {
                part == own
            }
        };
        let Some(AfterStar { middle, last }) = &self.rest else {
            return same(text, &self.first);
        };
        let Some((start, text)) = text.split_at_checked(self.first.len()) else {
            return false;
        };
        let Some(end) = text.len().checked_sub(last.len()) else {
            return false;
        };
        let (mut between, end) = text.split_at(end);
        if !same(start, &self.first) || !same(end, last) {
            return false;
        }
        for needle in middle {
            match needle.end_in(between, self.any_case) {
                Some(end) => between = &between[end..],
                None => return false,
            }
        }
        true
    }
}

/// The parts of a wildcard between its stars, with nothing escaped any more.
fn cut(pattern: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut parts = vec![];
    let mut part = vec![];
    let mut bytes = pattern.iter().enumerate();
    while let Some((place, byte)) = bytes.next() {
        match byte {
            b'*' => parts.push(std::mem::take(&mut part)),
            b'\\' => match bytes.next() {
                Some((_, escaped @ (b'*' | b'\\'))) => part.push(*escaped),
                next => {
                    let what = match next {
                        Some(_) => "invalid escape sequence",
                        None => "incomplete escape sequence at the end of the wildcard",
                    };
                    return Err(format!(
                        "invalid wildcard: wildcard syntax error at position {place}: {what}"
                    ));
                }
            },
            other => part.push(*other),
        }
    }
    parts.push(part);
    Ok(parts)
}

/// What is looked for in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Needle {
    bytes: Box<[u8]>,
    /// For each place: how many bytes before and at it are also those that the needle begins with.
    borders: Box<[u16]>,
}

impl Needle {
    fn new(bytes: Vec<u8>) -> Self {
        let mut borders = vec![0u16; bytes.len()];
        let mut matched = 0u16;
        for place in 1..bytes.len() {
            matched = advance(&bytes, &borders, matched, bytes[place]);
            borders[place] = matched;
        }
        Self {
            bytes: bytes.into(),
            borders: borders.into(),
        }
    }

    /// Where the needle ends in a text that has it, for the first time.
    fn end_in(&self, text: &[u8], any_case: bool) -> Option<usize> {
        let mut matched = 0;
        for (place, byte) in text.iter().enumerate() {
            let byte = if any_case {
                byte.to_ascii_lowercase()
            } else {
                *byte
            };
            matched = advance(&self.bytes, &self.borders, matched, byte);
            if usize::from(matched) == self.bytes.len() {
                return Some(place + 1);
            }
        }
        None
    }
}

/// How many bytes of the needle match after one more byte, if so many did before it; fewer than all.
fn advance(needle: &[u8], borders: &[u16], mut matched: u16, byte: u8) -> u16 {
    loop {
        #[cfg(test)]
        STEPS.set(STEPS.get() + 1);
        if needle[usize::from(matched)] == byte {
            return matched + 1;
        }
        if matched == 0 {
            return 0;
        }
        matched = borders[usize::from(matched) - 1];
    }
}

#[cfg(test)]
thread_local! {
    /// Comparisons made so far, for the test that they are linear.
    pub(super) static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Comparisons for a text of `As` that a wildcard of `as` almost matches: the worst case of a search that goes back.
    fn steps(length: usize) -> usize {
        let pattern = format!("*{}b*{0}b*", "a".repeat(200));
        let wildcard = Wildcard::new(pattern.as_bytes(), true).expect("a right wildcard");
        let text = "A".repeat(length);
        STEPS.set(0);
        assert!(!wildcard.is_match(text.as_bytes()));
        STEPS.get()
    }

    #[test]
    fn matching_is_linear() {
        for length in [10_000, 20_000, 40_000] {
            let steps = steps(length);
            assert!((length..=2 * length).contains(&steps), "{steps} for {length}");
        }
    }

    #[test]
    fn parts_are_found_in_order_and_never_twice() {
        for (pattern, text, matches) in [
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*ab*ab*", "abab", true),
            ("*ab*ab*", "aab", false),
            ("a*b*c", "axbxbxc", true),
            ("a*b*c", "acb", false),
            ("*aab*", "aaab", true),
            ("*abac*", "ababac", true),
            (r"\*\\", r"*\", true),
            (r"\**", "x", false),
            ("", "", true),
            ("*", "", true),
        ] {
            let wildcard = Wildcard::new(pattern.as_bytes(), false).expect("a right wildcard");
            assert_eq!(wildcard.is_match(text.as_bytes()), matches, "{pattern} {text}");
        }
    }
}
