//! What the user agent of a browser looks like, and what it can't look like.

use crate::bots::words::Fact;

/// All versions of Windows NT there are. Windows 11 calls itself 10.0.
const WINDOWS_NT: [&[u8]; 14] = [
    b"3.1", b"3.5", b"3.51", b"4.0", b"4.1", b"5.0", b"5.01", b"5.1", b"5.2", b"6.0", b"6.1", b"6.2", b"6.3",
    b"10.0",
];
/// The version of the previews of Windows 10.
const WINDOWS_NT_PREVIEW: &[u8] = b"6.4";
/// The shortest word without a version that counts as the name of a program.
const MIN_NAME: usize = 4;

/// What is known about the shape of a user agent, collected in the order of its words.
pub(super) struct Shape<'a> {
    text: &'a [u8],
    facts: u32,
    impossible_version: bool,
    placeholder: bool,
    engine_comment: bool,
}

impl<'a> Shape<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            facts: 0,
            impossible_version: false,
            placeholder: false,
            engine_comment: false,
        }
    }

    /// Notes a fact and what follows the word that told it.
    pub(super) fn add(&mut self, fact: Fact, end: usize) {
        let rest = self.text.get(end..).unwrap_or_default();
        match fact {
            Fact::Chrome | Fact::Firefox => {
                self.placeholder |= rest
                    .first()
                    .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'{');
            }
            Fact::WindowsNt => self.impossible_version |= !is_windows_nt(rest),
            // `(KHTML, like Gecko)`, the first one: in it only programs add their name, with rare exceptions.
            Fact::LikeGecko if self.has(Fact::Khtml) && !self.has(Fact::LikeGecko) => {
                self.engine_comment |= names_another(rest)
            }
            _ => {}
        }
        self.facts |= 1 << fact as u32;
    }

    fn has(&self, fact: Fact) -> bool {
        self.facts >> fact as u32 & 1 == 1
    }

    /// Calls `found` with each signal that the shape gives.
    pub(super) fn signals(&self, mut found: impl FnMut(&'static str)) {
        let has = |fact| self.has(fact);
        let engine = [
            Fact::Engine,
            Fact::Khtml,
            Fact::LikeGecko,
            Fact::Chrome,
            Fact::Firefox,
            Fact::Msie,
        ];
        let browses = has(Fact::Client) || engine.into_iter().any(has);
        if !browses {
            found(if has(Fact::Mozilla) {
                "no-engine"
            } else {
                "not-a-browser"
            });
        }
        // A product comes first (RFC 9110). Facebook's application starts with a bracket.
        if self
            .text
            .first()
            .is_some_and(|byte| !byte.is_ascii_alphanumeric() && *byte != b'[')
        {
            found("no-product");
        }
        if has(Fact::Compatible) && !has(Fact::Msie) && !has(Fact::CompatibleBrowser) && !has(Fact::Client) {
            found("compatible-with-nothing");
        }
        if self.engine_comment {
            found("name-in-engine-comment");
        }
        if self.placeholder {
            found("placeholder");
        }
        if self.impossible_version {
            found("impossible-windows");
        }
        let engines = [Fact::Msie, Fact::Chrome, Fact::Firefox];
        if engines.into_iter().filter(|fact| has(*fact)).count() > 1 {
            found("contradicting-browsers");
        }
        if !has(Fact::Client) && lacks_platform(self.text) {
            found("no-platform");
        }
        let desktop = has(Fact::Desktop) && !has(Fact::Client);
        if desktop && (has(Fact::Chrome) || has(Fact::Firefox)) && ends_with_name(self.text) {
            found("name-without-version");
        }
    }
}

/// Whether this starts with a version of Windows NT. One that is cut off or left out is no contradiction.
fn is_windows_nt(text: &[u8]) -> bool {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit() && *byte != b'.')
        .unwrap_or(text.len());
    let version = &text[..end];
    version.is_empty()
        || !version.contains(&b'.')
        || version == WINDOWS_NT_PREVIEW
        || version.starts_with(b"10.0.")
        || version.starts_with(b"6.") && version.iter().filter(|byte| **byte == b'.').count() > 1
        || WINDOWS_NT.contains(&version)
}

/// Whether the rest of `(KHTML, like Gecko)` has something else in it. Arora and a few old browsers name Safari.
fn names_another(rest: &[u8]) -> bool {
    let end = rest.iter().position(|byte| *byte == b')').unwrap_or(0);
    let inside = rest[..end].trim_ascii();
    let browser = |start: &[u8]| {
        inside
            .get(..start.len())
            .is_some_and(|own| own.eq_ignore_ascii_case(start))
    };
    !inside.is_empty() && !browser(b", safari") && !browser(b"version/") && !browser(b"chrome/")
}

/// Whether `Mozilla/5.0` is not followed by a comment. Some browsers on phones leave out all parentheses.
fn lacks_platform(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"Mozilla/") else {
        return false;
    };
    let version = rest
        .iter()
        .position(|byte| !byte.is_ascii_digit() && *byte != b'.')
        .unwrap_or(rest.len());
    let rest = rest[version..].trim_ascii_start();
    !rest.starts_with(b"(") && !rest.starts_with(b"[") && !rest.starts_with(b"Linux")
}

/// Whether the last word outside of comments is one without a version after one with a version: `Safari/537.36 DareBoost`. Browsers on
/// desktops add their name with a version. A word with other characters in it is a setting or a language.
fn ends_with_name(text: &[u8]) -> bool {
    let text = without_last_comment(text).trim_ascii_end();
    let text = text.strip_suffix(b";").unwrap_or(text);
    let start = text
        .iter()
        .rposition(|byte| matches!(byte, b' ' | b';'))
        .map_or(0, |edge| edge + 1);
    let name = &text[start..];
    let is_name = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'.' | b'-' | b'_');
    // Browsers of Asia and Russia call themselves LBBROWSER and MRCHROME.
    let is_browser = name.to_ascii_lowercase().ends_with(b"chrome");
    name.len() >= MIN_NAME && name[0].is_ascii_alphabetic() && name.iter().all(is_name) && !is_browser
}

/// Without a comment at its end, if there is one: from the last opening parenthesis on.
fn without_last_comment(text: &[u8]) -> &[u8] {
    let trimmed = text.trim_ascii_end();
    if !trimmed.ends_with(b")") {
        return trimmed;
    }
    let open = trimmed
        .iter()
        .rposition(|byte| *byte == b'(')
        .unwrap_or(trimmed.len());
    &trimmed[..open]
}
