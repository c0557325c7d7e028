//! Searches a user agent for all patterns of all bots at once.
//!
//! Of the 633 different patterns all but two stand for a handful of strings each, 720 literals together. An Aho-Corasick automaton over
//! them has 6,100 states: its tables miss the first cache, and every step waits for the one before. Here a [prefilter](crate::prefilter)
//! with a bitmap of 4 KiB finds the literals; in the user agent of a browser, it has two places of 130 to look at. What is found is
//! exact: a hash that collides costs a comparison.

use super::{
    Bot,
    tables::{AUTOMATA, BOTS, Hit, LISTED, LITERALS, PREFILTER, TRIGGERED},
};

/// How much of a user agent is searched, in bytes from its start. Real ones are shorter; more would be work for the sake of an attacker,
/// who has simpler means to go undetected. `$` in a pattern means the end of what is searched.
pub const MAX_USER_AGENT: usize = 2048;

/// What the lists know of a user agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The well-known bots that it names, in the order of their ids.
    pub(super) bots: Vec<Bot>,
    /// Whether it matches a pattern of crawler-user-agents.
    pub(super) listed: bool,
}

/// Searches a user agent for all patterns. Allocates only if it names a well-known bot.
pub(super) fn search(user_agent: &[u8]) -> Found {
    let mut search = Search {
        user_agent: &user_agent[..user_agent.len().min(MAX_USER_AGENT)],
        ..Search::default()
    };
    search.run();
    if search.any {
        Found {
            bots: search.bots(),
            listed: search.listed,
        }
    } else {
        Found::default()
    }
}

/// One search and the patterns and automata it came across.
#[derive(Default)]
struct Search<'a> {
    user_agent: &'a [u8],
    any: bool,
    listed: bool,
    matching: [u64; TRIGGERED.len().div_ceil(64)],
    /// The automata that were run, so that a user agent that repeats a literal doesn't run one again.
    decided: [u64; AUTOMATA.len().div_ceil(64)],
}

impl Search<'_> {
    fn run(&mut self) {
        let user_agent = self.user_agent;
        PREFILTER.search(user_agent, |literal, from| {
            let literal = &LITERALS[usize::from(literal)];
            let Some(rest) = user_agent[from..].strip_prefix(literal.bytes) else {
                return;
            };
            if (literal.at_start && from != 0) || (literal.at_end && !rest.is_empty()) {
                return;
            }
            match literal.hit {
                Hit::Pattern(pattern) => self.found(pattern),
                Hit::Automaton(index) => {
                    if !test_and_set(&mut self.decided, index) {
                        let (pattern, automaton) = &AUTOMATA[usize::from(index)];
                        if automaton.matches(user_agent) {
                            self.found(*pattern);
                        }
                    }
                }
            }
        });
    }

    fn found(&mut self, pattern: u16) {
        self.any = true;
        self.listed |= LISTED[usize::from(pattern)];
        test_and_set(&mut self.matching, pattern);
    }

    /// The bots of which all accepted patterns match and no forbidden one.
    fn bots(&self) -> Vec<Bot> {
        let mut bots = Vec::new();
        for (word, bits) in self.matching.iter().enumerate() {
            let mut bits = *bits;
            while bits != 0 {
                let pattern = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                bots.extend(
                    TRIGGERED[pattern]
                        .iter()
                        .copied()
                        .filter(|bot| self.is_bot(*bot))
                        .map(Bot),
                );
            }
        }
        bots.sort_unstable();
        bots
    }

    /// Whether a bot whose first accepted pattern matches is there.
    fn is_bot(&self, bot: u16) -> bool {
        let bot = &BOTS[usize::from(bot)];
        let matches = |pattern: &u16| self.matching[usize::from(pattern / 64)] >> (pattern % 64) & 1 == 1;
        bot.also.iter().all(matches) && !bot.forbidden.iter().any(matches)
    }
}

/// Sets a bit and says whether it was set.
fn test_and_set(bits: &mut [u64], index: u16) -> bool {
    let (word, bit) = (&mut bits[usize::from(index / 64)], 1 << (index % 64));
    let was_set = *word & bit != 0;
    *word |= bit;
    was_set
}
