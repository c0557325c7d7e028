//! What is not looked at: parameters by name, requests by path.

use std::borrow::Cow;

/// A wrong entry of a list: its place, what is wrong, and what is accepted.
type WrongEntry = (usize, String, &'static str);

/// A text that is compared exactly, or by its beginning if it was written with a `*` at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    text: Box<[u8]>,
    any_rest: bool,
}

impl Pattern {
    fn parse(entry: &str) -> Self {
        let (text, any_rest) = match entry.strip_suffix('*') {
            Some(start) => (start, true),
            None => (entry, false),
        };
        Self {
            text: text.as_bytes().into(),
            any_rest,
        }
    }

    fn matches(&self, value: &[u8]) -> bool {
        if self.any_rest {
            value.starts_with(&self.text)
        } else {
            value == &*self.text
        }
    }
}

/// The parameters that are not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters(Vec<Pattern>);

impl Parameters {
    pub(super) fn new(entries: &[String]) -> Result<Self, WrongEntry> {
        let accepted =
            "the name of a parameter, with a * at its end for any rest: comment, user.bio, draft_*";
        let check = |(place, entry): (usize, &String)| match entry.trim_end_matches('*') {
            "" if entry.is_empty() => Err((place, "the name is empty".into(), accepted)),
            "" => Err((place, "every parameter would be excluded".into(), accepted)),
            _ => Ok(Pattern::parse(entry)),
        };
        Ok(Self(
            entries.iter().enumerate().map(check).collect::<Result<_, _>>()?,
        ))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, name: &[u8]) -> bool {
        self.0.iter().any(|pattern| pattern.matches(name))
    }
}

/// The paths whose requests are not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Paths(Vec<Pattern>);

impl Paths {
    pub(super) fn new(entries: &[String]) -> Result<Self, WrongEntry> {
        let accepted = "a path that begins with /, with a * at its end for any rest: /health, /hooks/*";
        let check = |(place, entry): (usize, &String)| {
            if !entry.starts_with('/') {
                Err((place, "the path doesn't begin with /".into(), accepted))
            } else if entry.trim_end_matches('*') == "/" && entry.len() > 1 {
                Err((place, "every path would be excluded".into(), accepted))
            } else {
                Ok(Pattern::parse(entry))
            }
        };
        Ok(Self(
            entries.iter().enumerate().map(check).collect::<Result<_, _>>()?,
        ))
    }

    /// Whether requests for this path, as sent, are not looked at.
    pub(super) fn contains(&self, path: &[u8]) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let path = percent_decoded(path);
        is_plain(&path) && self.0.iter().any(|pattern| pattern.matches(&path))
    }
}

/// Whether a path means the same to everyone who reads it: no part of it can lead elsewhere.
fn is_plain(path: &[u8]) -> bool {
    let Some(rest) = path.strip_prefix(b"/") else {
        return false;
    };
    let ambiguous = |byte: &u8| matches!(byte, b'\\' | b'%' | b';') || byte.is_ascii_control();
    let mut segments = rest.split(|byte| *byte == b'/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if segment == b"." || segment == b".." || (segment.is_empty() && !is_last) {
            return false;
        }
    }
    !rest.iter().any(ambiguous)
}

/// The path with its percent-encoded bytes decoded, but not those that are a slash: these stay visible as `%`.
fn percent_decoded(path: &[u8]) -> Cow<'_, [u8]> {
    if !path.contains(&b'%') {
        return Cow::Borrowed(path);
    }
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [first, tail @ ..] = rest {
        let hex = |byte: u8| (byte as char).to_digit(16);
        let encoded = match rest {
            [b'%', high, low, ..] => hex(*high)
                .zip(hex(*low))
                .map(|(high, low)| (high * 16 + low) as u8),
            _ => None,
        };
        match encoded {
            Some(byte) if byte != b'/' => {
                decoded.push(byte);
                rest = &rest[3..];
            }
            _ => {
                decoded.push(*first);
                rest = tail;
            }
        }
    }
    Cow::Owned(decoded)
}

#[cfg(test)]
mod tests {
    use super::{Parameters, Paths};

    fn paths(entries: &[&str]) -> Paths {
        let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        Paths::new(&entries).expect("the entries are right")
    }

    #[test]
    fn parameters_are_exact_or_by_their_beginning() {
        let list = Parameters::new(&["comment".into(), "draft_*".into()]).expect("the entries are right");
        for (name, expected) in [
            ("comment", true),
            ("comments", false),
            ("Comment", false),
            ("draft_", true),
            ("draft_7", true),
            ("draft", false),
            ("", false),
        ] {
            assert_eq!(list.contains(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn paths_that_could_lead_elsewhere_are_never_excluded() {
        let list = paths(&["/hooks/*", "/health", "/caf\u{e9}"]);
        for (path, expected) in [
            ("/health", true),
            ("/healthy", false),
            ("/hooks/", true),
            ("/hooks/a/b", true),
            ("/hooks", false),
            ("/hooks/a%20b", true),
            ("/caf%C3%A9", true),
            ("/hooks/../login", false),
            ("/hooks/%2e%2e/login", false),
            ("/hooks/..%2flogin", false),
            ("/hooks/%252e%252e/login", false),
            ("/hooks/..\\login", false),
            ("/hooks/..;/login", false),
            ("/hooks//login", false),
            ("/hooks/./login", false),
        ] {
            assert_eq!(list.contains(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn wrong_entries_are_refused_with_their_place() {
        let wrong = |entries: &[&str]| {
            let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
            Paths::new(&entries).map_err(|(place, ..)| place)
        };
        assert_eq!(wrong(&["/a", "b"]), Err(1));
        assert_eq!(wrong(&["/*"]), Err(0));
        assert!(Parameters::new(&["*".into()]).is_err());
        assert!(Parameters::new(&[String::new()]).is_err());
    }
}
