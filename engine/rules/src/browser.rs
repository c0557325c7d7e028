//! User agents that are exactly those of a widespread browser. Most requests carry one, and nothing can be hidden in it: names, numbers
//! and signs stand where the browser writes them. So no rule has to search them.

/// What may stand in the comment that names the platform; a `#` stands for a version.
const PLATFORMS: [&[u8]; 10] = [
    b"Windows NT 10.0; Win64; x64",
    b"Windows NT 10.0; WOW64",
    b"Windows NT 10.0",
    b"Macintosh; Intel Mac OS X #",
    b"X11; Linux x86_64",
    b"X11; Ubuntu; Linux x86_64",
    b"X11; CrOS x86_64 #",
    b"Linux; Android #; K",
    b"iPhone; CPU iPhone OS # like Mac OS X",
    b"iPad; CPU OS # like Mac OS X",
];
/// What may follow the comment, likewise.
const BROWSERS: [&[u8]; 12] = [
    b"AppleWebKit/# (KHTML, like Gecko) Chrome/# Safari/#",
    b"AppleWebKit/# (KHTML, like Gecko) Chrome/# Mobile Safari/#",
    b"AppleWebKit/# (KHTML, like Gecko) Chrome/# Safari/# Edg/#",
    b"AppleWebKit/# (KHTML, like Gecko) Chrome/# Mobile Safari/# EdgA/#",
    b"AppleWebKit/# (KHTML, like Gecko) Chrome/# Safari/# OPR/#",
    b"AppleWebKit/# (KHTML, like Gecko) Version/# Safari/#",
    b"AppleWebKit/# (KHTML, like Gecko) Version/# Mobile/15E148 Safari/#",
    b"AppleWebKit/# (KHTML, like Gecko) CriOS/# Mobile/15E148 Safari/#",
    b"AppleWebKit/# (KHTML, like Gecko) FxiOS/# Mobile/15E148 Safari/#",
    b"AppleWebKit/# (KHTML, like Gecko) GSA/# Mobile/15E148 Safari/#",
    b"Gecko/# Firefox/#",
    b"AppleWebKit/# (KHTML, like Gecko) SamsungBrowser/# Chrome/# Mobile Safari/#",
];
/// The longest version, in bytes.
const MAX_VERSION: usize = 20;

/// Whether a user agent is that of a widespread browser, byte for byte but for the versions. One step for each byte and each known browser
/// that begins alike.
pub(crate) fn is_widespread(user_agent: &[u8]) -> bool {
    let Some(rest) = user_agent.strip_prefix(b"Mozilla/5.0 (") else {
        return false;
    };
    PLATFORMS
        .iter()
        .filter_map(|platform| written_as(rest, platform))
        .filter_map(|rest| rest.strip_prefix(b") ").or_else(|| revision(rest)))
        .any(|rest| {
            BROWSERS
                .iter()
                .any(|browser| written_as(rest, browser) == Some(&[]))
        })
}

/// What follows `; rv:109.0) `, with which Firefox ends its comment.
fn revision(rest: &[u8]) -> Option<&[u8]> {
    version(rest.strip_prefix(b"; rv:")?)?.strip_prefix(b") ")
}

/// What follows a text that is written like this.
fn written_as<'a>(mut text: &'a [u8], form: &[u8]) -> Option<&'a [u8]> {
    let mut parts = form.split(|byte| *byte == b'#');
    text = text.strip_prefix(parts.next()?)?;
    for part in parts {
        text = version(text)?.strip_prefix(part)?;
    }
    Some(text)
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
    use super::{BROWSERS, PLATFORMS, is_widespread};

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

    /// Every form with versions of all kinds.
    pub(crate) fn all() -> impl Iterator<Item = String> {
        PLATFORMS.iter().flat_map(move |platform| {
            BROWSERS.iter().flat_map(move |browser| {
                VERSIONS.iter().flat_map(move |version| {
                    ["", "; rv:109.0"].map(|revision| {
                        let text = |form: &[u8]| String::from_utf8_lossy(form).replace('#', version);
                        format!("Mozilla/5.0 ({}{revision}) {}", text(platform), text(browser))
                    })
                })
            })
        })
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
