//! What somebody who wrote an unknown id may have meant.

use super::{
    Bot,
    tables::{ALIASES, BOTS},
};
use std::mem;

/// Longer input gets no suggestion: the longest id is shorter, and the work stays small.
const MAX_INPUT: usize = 64;

/// The bot whose id, or a name that other lists give it, differs from the input in the fewest letters, if the difference is that of a
/// slip: at most a quarter of the letters. Case, hyphens and underscores don't count.
pub(crate) fn nearest(input: &str) -> Option<Bot> {
    if input.len() > MAX_INPUT {
        return None;
    }
    let input = letters(input);
    let ids = BOTS.iter().zip(0..).map(|(bot, index)| (bot.id, index));
    ids.chain(ALIASES.iter().copied())
        .map(|(name, index)| (distance(&input, &letters(name)), index))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= input.len() / 4)
        .map(|(_, index)| Bot(index))
}

fn letters(name: &str) -> Vec<u8> {
    name.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_uppercase())
        .collect()
}

/// The number of letters to insert, delete, replace or swap with their neighbour to get from one to the other.
fn distance(a: &[u8], b: &[u8]) -> usize {
    // The distances of the starts of `a` that are two, one and no letters shorter than the present one, from every start of `b`.
    let (mut last, mut row) = (Vec::new(), (0..=b.len()).collect::<Vec<usize>>());
    for i in 1..=a.len() {
        let before = mem::replace(&mut last, mem::replace(&mut row, vec![i]));
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_count_one_each() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "AB", 2),
            ("CURL", "CURL", 0),
            ("CRUL", "CURL", 1),
            ("CUL", "CURL", 1),
            ("KITTEN", "SITTING", 3),
        ] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
            assert_eq!(distance(b.as_bytes(), a.as_bytes()), expected, "{b} {a}");
        }
    }

    #[test]
    fn the_nearest_name_wins_unless_all_are_far() {
        for (input, expected) in [
            ("CRUL", Some("CURL")),
            ("google-crawler", Some("GOOGLE_CRAWLER")),
            ("GOOGLE_CRAWLR", Some("GOOGLE_CRAWLER")),
            // The name that other lists give it.
            ("GoogleBot", Some("GOOGLE_CRAWLER")),
            ("NOTHING_LIKE_ANY_OF_THEM", None),
            ("", None),
            ("é", None),
        ] {
            assert_eq!(nearest(input).map(Bot::id), expected, "{input}");
        }
        assert_eq!(nearest(&"A".repeat(1_000_000)), None);
    }
}
