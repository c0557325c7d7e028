//! User agents that are exactly those of a widespread browser. Most requests carry one, and nothing can be hidden in it: names, numbers
//! and signs stand where the browser writes them. So no rule has to search them.

use crate::swar::strip_prefix;

/// What may stand in the comment that names the platform, in pieces with a version between each two.
const PLATFORMS: [&[&[u8]]; 10] = [
    &[b"Windows NT 10.0; Win64; x64"],
    &[b"Windows NT 10.0; WOW64"],
    &[b"Windows NT 10.0"],
    &[b"Macintosh; Intel Mac OS X ", b""],
    &[b"X11; Linux x86_64"],
    &[b"X11; Ubuntu; Linux x86_64"],
    &[b"X11; CrOS x86_64 ", b""],
    &[b"Linux; Android ", b"; K"],
    &[b"iPhone; CPU iPhone OS ", b" like Mac OS X"],
    &[b"iPad; CPU OS ", b" like Mac OS X"],
];

/// A piece of what follows the comment: a text and a version.
struct Piece {
    text: &'static [u8],
    /// Whether that may be all.
    may_end: bool,
    /// What may follow.
    next: &'static [Self],
}

const fn piece(text: &'static [u8], next: &'static [Piece]) -> Piece {
    let may_end = next.is_empty();
    Piece { text, may_end, next }
}

const BROWSERS: &[Piece] = &[
    piece(
        b"AppleWebKit/",
        &[
            piece(
                b" (KHTML, like Gecko) Chrome/",
                &[
                    Piece {
                        text: b" Safari/",
                        may_end: true,
                        next: &[piece(b" Edg/", &[]), piece(b" OPR/", &[])],
                    },
                    Piece {
                        text: b" Mobile Safari/",
                        may_end: true,
                        next: &[piece(b" EdgA/", &[])],
                    },
                ],
            ),
            piece(
                b" (KHTML, like Gecko) Version/",
                &[piece(b" Safari/", &[]), piece(b" Mobile/15E148 Safari/", &[])],
            ),
            piece(b" (KHTML, like Gecko) CriOS/", ON_IOS),
            piece(b" (KHTML, like Gecko) FxiOS/", ON_IOS),
            piece(b" (KHTML, like Gecko) GSA/", ON_IOS),
            piece(
                b" (KHTML, like Gecko) SamsungBrowser/",
                &[piece(b" Chrome/", &[piece(b" Mobile Safari/", &[])])],
            ),
        ],
    ),
    piece(b"Gecko/", &[piece(b" Firefox/", &[])]),
];
/// What follows the name of a browser that Apple's engine runs in.
const ON_IOS: &[Piece] = &[piece(b" Mobile/15E148 Safari/", &[])];

/// The longest version, in bytes.
const MAX_VERSION: usize = 20;

/// Whether a user agent is that of a widespread browser, byte for byte but for the versions. One step for each byte and each known browser
/// that begins alike.
pub(crate) fn is_widespread(user_agent: &[u8]) -> bool {
    let Some(rest) = strip_prefix(user_agent, b"Mozilla/5.0 (") else {
        return false;
    };
    PLATFORMS
        .iter()
        .filter_map(|platform| platform_behind(rest, platform))
        .filter_map(|rest| strip_prefix(rest, b") ").or_else(|| revision(rest)))
        .any(|rest| is_written_as(rest, BROWSERS))
}

/// What follows `; rv:109.0) `, with which Firefox ends its comment.
fn revision(rest: &[u8]) -> Option<&[u8]> {
    strip_prefix(version(strip_prefix(rest, b"; rv:")?)?, b") ")
}

/// What follows a platform.
fn platform_behind<'a>(text: &'a [u8], platform: &[&[u8]]) -> Option<&'a [u8]> {
    let (first, others) = platform.split_first()?;
    let text = strip_prefix(text, first)?;
    others
        .iter()
        .try_fold(text, |text, piece| strip_prefix(version(text)?, piece))
}

/// Whether a text is made of such pieces.
fn is_written_as(text: &[u8], pieces: &[Piece]) -> bool {
    // No two of them begin alike: where one doesn't go on, no other one does.
    let found = pieces
        .iter()
        .find_map(|piece| strip_prefix(text, piece.text).zip(Some(piece)));
    let Some((rest, piece)) = found.and_then(|(rest, piece)| version(rest).zip(Some(piece))) else {
        return false;
    };
    match rest {
        [] => piece.may_end,
        _ => is_written_as(rest, piece.next),
    }
}

/// What follows a version: `537.36`, `10_15_7`.
fn version(text: &[u8]) -> Option<&[u8]> {
    let end = text
        .iter()
        .take(MAX_VERSION)
        .take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_'))
        .count();
    text.first()?.is_ascii_digit().then(|| &text[end..])
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{BROWSERS, PLATFORMS, Piece, is_widespread};

    #[test]
    fn only_the_exact_form_of_a_browser_is_known() {
        for (user_agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36",
                true,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.3 Mobile/15E148 Safari/604.1",
                true,
            ),
            (
                "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
                true,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/122.0.0.0 Safari/537.36",
                false,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36 ",
                false,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0'-- Safari/537.36",
                false,
            ),
            (
                "Mozilla/5.0 (Linux; Android 8.0; Storebot) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36",
                false,
            ),
            ("Mozilla/5.0 (Windows NT 10.0) Gecko/ Firefox/", false),
            ("curl/8.14.1", false),
            ("", false),
        ] {
            assert_eq!(is_widespread(user_agent.as_bytes()), expected, "{user_agent}");
        }
    }

    const VERSIONS: [&str; 7] = [
        "0",
        "1.0",
        "41.0.2272.96",
        "122.0.0.0",
        "10_15_7",
        "605.1.15",
        "20100101",
    ];

    /// What can be made of pieces, with this version.
    fn written(pieces: &[Piece], version: &str) -> Vec<String> {
        let with = |piece: &Piece| {
            let start = format!("{}{version}", String::from_utf8_lossy(piece.text));
            let longer = written(piece.next, version);
            let longer: Vec<_> = longer.iter().map(|rest| format!("{start}{rest}")).collect();
            piece.may_end.then_some(start).into_iter().chain(longer)
        };
        pieces.iter().flat_map(with).collect()
    }

    /// Every form with versions of all kinds.
    pub(crate) fn all() -> impl Iterator<Item = String> {
        PLATFORMS.iter().flat_map(|platform| {
            VERSIONS.iter().flat_map(move |version| {
                let pieces: Vec<_> = platform
                    .iter()
                    .map(|piece| String::from_utf8_lossy(piece))
                    .collect();
                let platform = pieces.join(version);
                let forms = written(BROWSERS, version).into_iter();
                forms.flat_map(move |browser| {
                    ["", "; rv:109.0"].map(|revision| format!("Mozilla/5.0 ({platform}{revision}) {browser}"))
                })
            })
        })
    }

    #[test]
    fn there_are_as_many_forms_as_browsers_write() {
        assert_eq!(all().count(), 10 * 12 * VERSIONS.len() * 2);
    }

    #[test]
    fn no_rule_finds_anything_in_them() {
        for user_agent in all() {
            assert!(is_widespread(user_agent.as_bytes()), "{user_agent}");
            let found = crate::bots::search_whole(user_agent.as_bytes());
            assert!(
                found.bots.is_empty() && found.signals.is_empty(),
                "{user_agent}: {found:?}"
            );
        }
    }
}
