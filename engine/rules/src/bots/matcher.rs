//! Searches a user agent for all patterns of all bots at once.
//!
//! Of the 633 different patterns all but two stand for a handful of strings each, 720 literals together. An Aho-Corasick automaton over
//! them has 6,100 states: its tables miss the first cache, and every step waits for the one before. Here each literal is filed under the
//! trigram of it that is rarest in user agents. The search hashes every trigram of the user agent, each independently of the others,
//! and looks into a bitmap of 4 KiB; where a bit is set it compares the literals filed there. In the user agent of a browser, that is
//! two places of 130. What is found is exact: a hash that collides costs a comparison.

use super::{
    Bot,
    tables::{
        AUTOMATA, Automaton, BITMAP_LOG2, BOTS, BUCKETS_LOG2, Hit, LISTED, LITERALS, MATCH, PROBE_BUCKETS,
        PROBES, TRIGGERED, TRIGRAM_BITMAP, TRIGRAM_MULTIPLIER,
    },
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
        let [first, second, rest @ ..] = self.user_agent else {
            return;
        };
        // The last three bytes read, the first one lowest.
        let mut trigram = u32::from(*first) << 8 | u32::from(*second) << 16;
        for (start, &byte) in rest.iter().enumerate() {
            trigram = trigram >> 8 | u32::from(byte) << 16;
            let hash = trigram.wrapping_mul(TRIGRAM_MULTIPLIER) >> (32 - BITMAP_LOG2);
            if TRIGRAM_BITMAP[(hash / 32) as usize] >> (hash % 32) & 1 == 1 {
                self.compare(trigram, hash, start);
            }
        }
    }

    /// Compares the literals filed under the trigram that starts here.
    #[cold]
    fn compare(&mut self, trigram: u32, hash: u32, start: usize) {
        let bucket = (hash >> (BITMAP_LOG2 - BUCKETS_LOG2)) as usize;
        let probes = usize::from(PROBE_BUCKETS[bucket])..usize::from(PROBE_BUCKETS[bucket + 1]);
        for probe in &PROBES[probes] {
            if probe.trigram != trigram {
                continue;
            }
            let literal = &LITERALS[usize::from(probe.literal)];
            let Some(from) = start.checked_sub(usize::from(probe.offset)) else {
                continue;
            };
            let Some(rest) = self.user_agent[from..].strip_prefix(literal.bytes) else {
                continue;
            };
            if (literal.at_start && from != 0) || (literal.at_end && !rest.is_empty()) {
                continue;
            }
            match literal.hit {
                Hit::Pattern(pattern) => self.found(pattern),
                Hit::Automaton(index) => {
                    if !test_and_set(&mut self.decided, index) {
                        let automaton = &AUTOMATA[usize::from(index)];
                        if automaton.matches(self.user_agent) {
                            self.found(automaton.pattern);
                        }
                    }
                }
            }
        }
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

impl Automaton {
    /// Whether the pattern matches anywhere in the input.
    fn matches(&self, input: &[u8]) -> bool {
        let mut row = 0;
        for column in input
            .iter()
            .map(|byte| self.columns[usize::from(*byte)])
            .chain([self.end])
        {
            row = self.rows[usize::from(row) + usize::from(column)];
            if row == MATCH {
                return true;
            }
        }
        false
    }
}
