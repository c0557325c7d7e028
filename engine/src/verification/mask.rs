//! Masks of host names.

/// The longest host name there is (RFC 1035, section 2.3.4).
const MAX_HOSTNAME: usize = 253;

/// Whether a host name fits a mask: `*` in it stands for one character or none, `@` for any characters, also dots or none at all; all
/// others for themselves, in any case. A dot at the end of the name doesn't count.
///
/// The work is at most the length of the mask times that of the name; what is longer than a host name can be fits nothing.
///
/// ```
/// use arcjet_engine::verification::matches_mask;
///
/// assert!(matches_mask("crawl-***-***-***-***.googlebot.com", "crawl-66-249-66-1.googlebot.com."));
/// assert!(matches_mask("@.search.msn.com", "msnbot-40-77-167-1.search.msn.com"));
/// assert!(!matches_mask("@.search.msn.com", "search.msn.com.example.org"));
/// ```
pub fn matches_mask(mask: &str, hostname: &str) -> bool {
    let hostname = hostname.strip_suffix('.').unwrap_or(hostname).as_bytes();
    if hostname.is_empty() || hostname.len() > MAX_HOSTNAME {
        return false;
    }
    // fits[i]: whether the mask read so far fits the first i characters of the name.
    let mut fits = vec![false; hostname.len() + 1];
    fits[0] = true;
    for byte in mask.bytes() {
        match byte {
            b'@' => {
                let mut any = false;
                for fit in &mut fits {
                    any |= *fit;
                    *fit = any;
                }
            }
            b'*' => {
                for i in (1..fits.len()).rev() {
                    fits[i] |= fits[i - 1];
                }
            }
            _ => {
                for i in (1..fits.len()).rev() {
                    fits[i] = fits[i - 1] && hostname[i - 1].eq_ignore_ascii_case(&byte);
                }
                fits[0] = false;
            }
        }
    }
    fits[hostname.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn masks_fit_whole_names() {
        for (mask, name, expected) in [
            (
                "crawl-***-***-***-***.googlebot.com",
                "crawl-66-249-66-1.googlebot.com",
                true,
            ),
            (
                "crawl-***-***-***-***.googlebot.com",
                "crawl-203-208-160-255.googlebot.com",
                true,
            ),
            (
                "crawl-***-***-***-***.googlebot.com",
                "crawl-66-249-66.googlebot.com",
                false,
            ),
            (
                "crawl-***-***-***-***.googlebot.com",
                "crawl-6666-249-66-1.googlebot.com",
                false,
            ),
            (
                "crawl-***-***-***-***.googlebot.com",
                "crawl-66-249-66-1.googlebot.com.evil.example",
                false,
            ),
            (
                "crawl-***-***-***-***.googlebot.com",
                "evil.crawl-66-249-66-1.googlebot.com",
                false,
            ),
            ("@.yandex.ru", "spider-5-255-231-1.yandex.ru", true),
            ("@.yandex.ru", "a.b.yandex.ru", true),
            ("@.yandex.ru", "SPIDER.YANDEX.RU.", true),
            ("@.yandex.ru", "evilyandex.ru", false),
            ("@.yandex.ru", "yandex.ru", false),
            ("ip.uptimerobot.com", "ip.uptimerobot.com", true),
            ("ip.uptimerobot.com", "ipxuptimerobot.com", false),
            ("@a@a@", "bab", false),
            ("@a@a@", "baba", true),
            ("*", "", false),
            ("@", ".", false),
            ("@", "x", true),
            ("**", "xyz", false),
            ("", "x", false),
            ("@.é", "x.é", true),
        ] {
            assert_eq!(matches_mask(mask, name), expected, "{mask} and {name}");
        }
        assert!(!matches_mask("@", &"x".repeat(MAX_HOSTNAME + 1)));
        assert!(matches_mask("@", &"x".repeat(MAX_HOSTNAME)));
    }

    /// The same, by trying every length of every wildcard.
    fn reference(mask: &[u8], name: &[u8]) -> bool {
        match mask.split_first() {
            None => name.is_empty(),
            Some((b'@', rest)) => (0..=name.len()).any(|skip| reference(rest, &name[skip..])),
            Some((b'*', rest)) => (0..=name.len().min(1)).any(|skip| reference(rest, &name[skip..])),
            Some((byte, rest)) => name.first() == Some(byte) && reference(rest, &name[1..]),
        }
    }

    proptest! {
        #[test]
        fn masks_match_as_their_definition_says(mask in "[ab@*]{0,6}", name in "[ab]{1,6}") {
            prop_assert_eq!(matches_mask(&mask, &name), reference(mask.as_bytes(), name.as_bytes()));
        }
    }
}
