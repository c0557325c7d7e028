//! Searches a user agent for all words at once, in any case: as `matcher` does for patterns, over the lower-case letters.

mod tables;

pub(super) use tables::{Fact, Meaning, Word};

use tables::{PREFILTER, WORDS};

/// Calls `found` with each place where a word stands and counts.
pub(super) fn search(user_agent: &[u8], mut found: impl FnMut(&'static Word, usize)) {
    PREFILTER.search_any_case(user_agent, |literal, from| {
        let word = &WORDS[usize::from(literal)];
        if word.is_at(user_agent, from) {
            found(word, from);
        }
    });
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
