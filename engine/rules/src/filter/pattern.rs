//! Regular expressions: the syntax and the engine of Rust's `regex` crate, on bytes and without Unicode unless a pattern asks for
//! it with `(?u)`, as wirefilter has it.
//!
//! The engine takes time linear in the text for every pattern (it has no back-references and no look-around). What a pattern may
//! cost is bounded when it is compiled, because the sandbox has 16 MiB for all rules.

use regex_automata::{
    meta::{Builder, Config, Regex},
    nfa::thompson::WhichCaptures,
    util::syntax,
};

/// The most that one compiled pattern takes, in bytes.
const MAX_PATTERN: usize = 512 << 10;
/// The most that all patterns of a filter take together, in bytes, compiled and with their caches.
const MAX_PATTERNS: usize = 4 << 20;
/// What the lazy DFA of a pattern may cache, in bytes, for each of the two directions it can run in.
const DFA_CACHE: usize = 64 << 10;
/// How deep groups may be nested: what handles them is recursive.
const MAX_NESTING: u32 = 64;

/// What the patterns of a filter may still cost.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    left: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: MAX_PATTERNS }
    }
}

/// A compiled regular expression.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Compiles a pattern, or says what is wrong with it.
    ///
    /// Patterns get a lazy DFA for as long as the budget has room for its cache; after that they are slower, but work.
    pub(super) fn new(pattern: &str, budget: &mut Budget) -> Result<Self, String> {
        let caches = budget.left >= MAX_PATTERNS / 4;
        let limit = MAX_PATTERN.min(budget.left);
        let config = Config::new()
            .utf8_empty(false)
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(limit))
            .hybrid(caches)
            .hybrid_cache_capacity(DFA_CACHE);
        let syntax = syntax::Config::new()
            .unicode(false)
            .utf8(false)
            .nest_limit(MAX_NESTING);
        let built = Builder::new().configure(config).syntax(syntax).build(pattern);
        let regex = built.map_err(|error| match (error.size_limit(), error.syntax_error()) {
            (Some(limit), _) => too_big(limit),
            (None, Some(syntax)) => syntax.to_string(),
            (None, None) => error.to_string(),
        })?;
        let cost = regex.memory_usage() + if caches { 2 * DFA_CACHE } else { 0 };
        budget.left = budget.left.checked_sub(cost).ok_or_else(|| too_big(limit))?;
        Ok(Self(regex))
    }

    /// Whether a part of the text matches.
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.0.is_match(text)
    }
}

fn too_big(limit: usize) -> String {
    format!("Compiled regex exceeds size limit of {limit} bytes.")
}
