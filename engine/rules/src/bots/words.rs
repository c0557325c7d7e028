//! Searches a user agent for all words at once, in any case: as `matcher` does for patterns, over the lower-case letters.

mod tables;

pub(super) use tables::{Fact, Meaning, Word};

use tables::{BITMAP_LOG2, BUCKETS_LOG2, PROBE_BUCKETS, PROBES, TRIGRAM_BITMAP, TRIGRAM_MULTIPLIER, WORDS};

/// Calls `found` with each place where a word stands and counts.
pub(super) fn search(user_agent: &[u8], mut found: impl FnMut(&'static Word, usize)) {
    let [first, second, rest @ ..] = user_agent else {
        return;
    };
    // The last three bytes read, in lower case, the first one lowest.
    let mut trigram =
        u32::from(first.to_ascii_lowercase()) << 8 | u32::from(second.to_ascii_lowercase()) << 16;
    for (start, byte) in rest.iter().enumerate() {
        trigram = trigram >> 8 | u32::from(byte.to_ascii_lowercase()) << 16;
        let hash = trigram.wrapping_mul(TRIGRAM_MULTIPLIER) >> (32 - BITMAP_LOG2);
        if TRIGRAM_BITMAP[(hash / 32) as usize] >> (hash % 32) & 1 == 0 {
            continue;
        }
        let bucket = (hash >> (BITMAP_LOG2 - BUCKETS_LOG2)) as usize;
        let probes = usize::from(PROBE_BUCKETS[bucket])..usize::from(PROBE_BUCKETS[bucket + 1]);
        for probe in &PROBES[probes] {
            if probe.trigram != trigram {
                continue;
            }
            let word = &WORDS[usize::from(probe.literal)];
            if let Some(from) = start.checked_sub(usize::from(probe.offset))
                && word.is_at(user_agent, from)
            {
                found(word, from);
            }
        }
    }
}

impl Word {
    /// Whether the word stands at this place and counts there.
    fn is_at(&self, user_agent: &[u8], from: usize) -> bool {
        let (before, rest) = user_agent.split_at(from);
        let Some((own, after)) = rest.split_at_checked(self.bytes.len()) else {
            return false;
        };
        own.eq_ignore_ascii_case(self.bytes)
            && (!self.at_start || before.is_empty())
            && (!self.at_end || after.is_empty())
            && (!self.left || !before.last().is_some_and(u8::is_ascii_alphabetic))
            && (!self.right || !after.first().is_some_and(u8::is_ascii_alphabetic))
            && !self.not_after.iter().any(|end| ends_with(before, end))
    }
}

/// Whether the text ends like this, which is in lower case.
fn ends_with(text: &[u8], end: &[u8]) -> bool {
    text.len()
        .checked_sub(end.len())
        .is_some_and(|start| text[start..].eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(user_agent: &str) -> Vec<(&'static [u8], usize)> {
        let mut found = Vec::new();
        search(user_agent.as_bytes(), |word, at| found.push((word.bytes, at)));
        found
    }

    /// Whether a word of these letters counts somewhere.
    fn counts(word: &str, user_agent: &str) -> bool {
        found(user_agent)
            .iter()
            .any(|(bytes, _)| *bytes == word.as_bytes())
    }

    #[test]
    fn words_count_where_they_may() {
        for (word, user_agent, expected) in [
            ("crawl", "xCRAWLERx", true),
            ("crawl", "craw", false),
            ("bot", "Somebot", true),
            ("bot", "Somebot/1", true),
            ("bot", "Bottle", false),
            ("bot", "Cubot", false),
            ("bot", "CUBOT NOTE", false),
            ("seo", "SEO tool", true),
            ("seo", "museo", false),
            ("scan", "CamScan", false),
            ("scan", "PortScan", true),
            ("java/", "Java/1.8", true),
            ("java/", "x Java/1.8", false),
        ] {
            assert_eq!(counts(word, user_agent), expected, "{word} in {user_agent}");
        }
    }

    #[test]
    fn work_grows_with_the_length() {
        let pattern = "bot crawl spider Mozilla/5.0 (Android; like Gecko ";
        let once = found(&pattern.repeat(20)).len();
        let twice = found(&pattern.repeat(40)).len();
        assert!(once >= 20 * 5, "{once}");
        // Every repetition gives the same words; only those at the start differ.
        assert!(twice <= 2 * once, "{twice} of {once}");
    }
}
