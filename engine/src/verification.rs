//! Whether a client that says it is a bot is that bot, by its address.
//!
//! A user agent proves nothing: anybody can write `Googlebot`. Operators therefore publish the addresses of their bots, or the host names
//! that these resolve to. [`BotVerifier`] holds what they publish, from `data/bot-verification.txt`; nothing here does any I/O. Where
//! host names have to decide, it says which ([`Verdict::NeedsDns`]), and the caller looks them up: the name that the address resolves to
//! must fit one of the masks, and resolve to the address.
//!
//! ```
//! use arcjet_engine::verification::{BotVerifier, Verdict, matches_mask};
//!
//! let verifier = BotVerifier::bundled();
//! assert_eq!(verifier.by_address("GOOGLE_CRAWLER", "66.249.66.1".parse()?), Verdict::Verified);
//! assert_eq!(verifier.by_address("OPENAI_CRAWLER", "203.0.113.7".parse()?), Verdict::Spoofed);
//! assert_eq!(verifier.by_address("CURL", "203.0.113.7".parse()?), Verdict::Unverifiable);
//!
//! let Verdict::NeedsDns(masks) = verifier.by_address("BING_CRAWLER", "203.0.113.7".parse()?) else { unreachable!() };
//! assert!(masks.iter().any(|mask| matches_mask(mask, "msnbot-40-77-167-1.search.msn.com")));
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

mod mask;
mod parse;
mod ranges;

use std::{collections::BTreeMap, fmt, net::IpAddr, sync::LazyLock};

pub use mask::matches_mask;
pub use parse::DataError;

use ranges::Ranges;

/// What operators of bots publish. Look-ups take two binary searches.
#[derive(Debug)]
pub struct BotVerifier {
    bots: BTreeMap<String, Proof>,
}

/// What an address says about a client that says it is a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// It is the bot: its operator publishes the address.
    Verified,
    /// It is not the bot: its operator publishes all addresses, and this is none of them.
    Spoofed,
    /// It is the bot if, and only if, the address resolves to a host name that fits one of these masks, and the name to the address.
    NeedsDns(&'a [String]),
    /// Nothing is known that would prove it or disprove it.
    Unverifiable,
}

/// How a bot proves to be itself.
#[derive(Default)]
struct Proof {
    ranges: Ranges,
    masks: Vec<String>,
    /// Whether there are addresses besides `ranges`.
    partial: bool,
}

impl BotVerifier {
    /// What this version of the engine holds, parsed when it is first asked for.
    pub fn bundled() -> &'static Self {
        static BUNDLED: LazyLock<BotVerifier> = LazyLock::new(|| {
            // Invariant: the file is a part of this crate, and a test parses it.
            BotVerifier::parse(include_str!("../data/bot-verification.txt"))
                .expect("the bundled data is well-formed")
        });
        &BUNDLED
    }

    /// Reads data in the form of `data/bot-verification.txt`, for a newer version than the bundled one.
    ///
    /// # Errors
    /// If a line is not of that form; the error names the line.
    pub fn parse(text: &str) -> Result<Self, DataError> {
        Ok(Self {
            bots: parse::parse(text)?,
        })
    }

    /// What the address says about a client that says it is this bot: `GOOGLE_CRAWLER`. IPv4 addresses may be mapped to IPv6.
    pub fn by_address(&self, bot: &str, ip: IpAddr) -> Verdict<'_> {
        let Some(proof) = self.bots.get(bot) else {
            return Verdict::Unverifiable;
        };
        if proof.ranges.contain(ip) {
            Verdict::Verified
        } else if !proof.masks.is_empty() {
            Verdict::NeedsDns(&proof.masks)
        } else if proof.partial {
            Verdict::Unverifiable
        } else {
            Verdict::Spoofed
        }
    }

    /// Whether there is anything that a client that says it is this bot can be verified by.
    pub fn knows(&self, bot: &str) -> bool {
        self.bots.contains_key(bot)
    }

    /// The ids of the bots that can be verified, sorted.
    pub fn bots(&self) -> impl ExactSizeIterator<Item = &str> {
        self.bots.keys().map(String::as_str)
    }
}

impl fmt::Debug for Proof {
    /// Without the hundreds of ranges.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proof")
            .field("ranges", &self.ranges.len())
            .field("masks", &self.masks)
            .field("partial", &self.partial)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str = "# a comment\nranges a\n192.0.2.0/24\n2001:db8::/32\nranges b\n198.51.100.7\n\
        bot BOTH ranges:a ranges:b\nbot HOST ranges:b dns:@.host.example dns:x-*.example\nbot NAME dns:@.name.example\n\
        bot ONE ip:203.0.113.9\nbot SOME partial ranges:a\n";

    fn verdict(bot: &str, ip: &str) -> String {
        let verifier = BotVerifier::parse(DATA).unwrap();
        format!("{:?}", verifier.by_address(bot, ip.parse().unwrap()))
    }

    #[test]
    fn addresses_decide_where_they_can() {
        for (bot, ip, expected) in [
            ("BOTH", "192.0.2.0", "Verified"),
            ("BOTH", "192.0.2.255", "Verified"),
            ("BOTH", "198.51.100.7", "Verified"),
            ("BOTH", "::ffff:192.0.2.1", "Verified"),
            ("BOTH", "2001:db8:ffff::1", "Verified"),
            ("BOTH", "192.0.3.0", "Spoofed"),
            ("BOTH", "2001:db9::", "Spoofed"),
            ("BOTH", "198.51.100.8", "Spoofed"),
            ("HOST", "198.51.100.7", "Verified"),
            (
                "HOST",
                "192.0.2.1",
                r#"NeedsDns(["@.host.example", "x-*.example"])"#,
            ),
            ("NAME", "192.0.2.1", r#"NeedsDns(["@.name.example"])"#),
            ("ONE", "203.0.113.9", "Verified"),
            ("ONE", "203.0.113.10", "Spoofed"),
            ("SOME", "192.0.2.1", "Verified"),
            ("SOME", "203.0.113.10", "Unverifiable"),
            ("NONE", "192.0.2.1", "Unverifiable"),
            ("", "::", "Unverifiable"),
        ] {
            assert_eq!(verdict(bot, ip), expected, "{bot} at {ip}");
        }
    }

    #[test]
    fn the_bundled_data_is_well_formed() {
        let verifier = BotVerifier::bundled();
        assert_eq!(verifier.bots().len(), 53);
        assert!(verifier.bots().is_sorted());
        let private: IpAddr = "10.1.2.3".parse().unwrap();
        let documentation: IpAddr = "2001:db8::1".parse().unwrap();
        for bot in verifier.bots() {
            assert!(verifier.knows(bot));
            for ip in [private, documentation] {
                assert_ne!(verifier.by_address(bot, ip), Verdict::Verified, "{bot} at {ip}");
            }
        }
        for (bot, ip) in [
            ("GOOGLE_CRAWLER", "66.249.64.1"),
            ("GOOGLE_CRAWLER", "2001:4860:4801:10::1"),
            ("BING_CRAWLER", "157.55.39.1"),
            ("FACEBOOK_CRAWLER", "31.13.24.1"),
            ("CENSYS_INSPECT", "162.142.125.9"),
        ] {
            assert_eq!(
                verifier.by_address(bot, ip.parse().unwrap()),
                Verdict::Verified,
                "{bot} at {ip}"
            );
        }
    }
}
