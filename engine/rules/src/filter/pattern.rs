//! Regular expressions: the syntax and the engine of Rust's `regex` crate, on bytes and without Unicode unless a pattern asks for
//! it with `(?u)`, as wirefilter has it.
//!
//! The engine takes time linear in the text for every pattern (it has no back-references and no look-around). What a pattern may
//! cost is bounded when it is compiled, because the sandbox has 16 MiB for all rules.

use regex_automata::{
    meta::{BuildError, Builder, Config, Regex},
    nfa::thompson::WhichCaptures,
    util::syntax,
};

/// The most that one compiled pattern takes, in bytes.
const MAX_PATTERN: usize = 1 << 20;
/// The most that a pattern takes that a lazy DFA is made for, in bytes and for each direction.
const MAX_CACHED: usize = 256 << 10;
/// The most that all compiled patterns of a filter take together, in bytes.
const MAX_COMPILED: usize = 3 << 20;
/// The most that the lazy DFAs of a filter's patterns cache together, in bytes.
const MAX_CACHES: usize = 3 << 20;
/// What the lazy DFA of a pattern may cache, in bytes, for each of the two directions it can run in.
const CACHE: usize = 64 << 10;
/// How deep groups may be nested: what handles them is recursive.
const MAX_NESTING: u32 = 64;

/// What the patterns of a filter have cost so far, in bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Budget {
    compiled: usize,
    caches: usize,
}

/// A compiled regular expression.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Compiles a pattern, or says what is wrong with it.
    ///
    /// The first patterns of a filter get a lazy DFA, as long as there is room for its cache and unless they are big. The rest is
    /// slower, but works.
    pub(super) fn new(pattern: &str, budget: &mut Budget) -> Result<Self, String> {
        let limit = MAX_PATTERN.min(MAX_COMPILED - budget.compiled);
        let with_dfa = (budget.caches + 2 * CACHE <= MAX_CACHES)
            .then(|| build(pattern, true, limit.min(MAX_CACHED)))
            .filter(|built| !matches!(built, Err(error) if error.size_limit().is_some()));
        let has_dfa = with_dfa.is_some();
        let built = with_dfa.unwrap_or_else(|| build(pattern, false, limit));
        let regex = built.map_err(|error| match (error.size_limit(), error.syntax_error()) {
            (Some(limit), _) => too_big(limit),
            (None, Some(syntax)) => syntax.to_string(),
            (None, None) => error.to_string(),
        })?;
        let compiled = budget.compiled + regex.memory_usage();
        if compiled > MAX_COMPILED {
            return Err(too_big(limit));
        }
        budget.compiled = compiled;
        if has_dfa {
            budget.caches += 2 * CACHE;
        }
        Ok(Self(regex))
    }

    /// Whether a part of the text matches.
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.0.is_match(text)
    }
}

fn build(pattern: &str, dfa: bool, limit: usize) -> Result<Regex, Box<BuildError>> {
    let config = Config::new()
        .utf8_empty(false)
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(limit))
        .hybrid(dfa)
        .hybrid_cache_capacity(CACHE);
    let syntax = syntax::Config::new()
        .unicode(false)
        .utf8(false)
        .nest_limit(MAX_NESTING);
    let built = Builder::new().configure(config).syntax(syntax).build(pattern);
    built.map_err(Box::new)
}

fn too_big(limit: usize) -> String {
    format!("Compiled regex exceeds size limit of {limit} bytes.")
}
