//! Regular expressions: the syntax of Rust's `regex` crate, on bytes and without Unicode unless a pattern asks for it with `(?u)`,
//! as wirefilter has it.
//!
//! Plain text is looked for as such. For the rest there is a DFA that is built while it is used, and a simulation of the NFA
//! (Pike's) for what the DFA can't do; both take time linear in the text, whatever the pattern. They are put together here, because
//! the crate's own combination of engines is a third larger and holds twice the memory to find where a match begins, which nobody
//! asks. What a pattern may cost is bounded when it is compiled: the sandbox has 16 MiB for all rules.

use memchr::memmem::Finder;
use regex_automata::{
    Input, MatchKind,
    hybrid::dfa,
    nfa::thompson::{
        NFA, WhichCaptures,
        pikevm::{self, PikeVM},
    },
    util::{pool::Pool, prefilter::Prefilter, syntax},
};
use regex_syntax::hir::HirKind;
use std::{
    fmt,
    panic::{RefUnwindSafe, UnwindSafe},
    sync::Arc,
};

/// The most that one compiled pattern takes, in bytes.
const MAX_PATTERN: usize = 512 << 10;
/// The most that all patterns of a filter take together, in bytes, compiled and with the caches of their DFAs.
const MAX_PATTERNS: usize = 4 << 20;
/// The part of it that caches take.
const MAX_CACHES: usize = MAX_PATTERNS / 2;
/// What a DFA may cache of itself, in bytes. A pattern that needs more has none.
const CACHE: usize = 64 << 10;
/// How deep groups may be nested: the compiler of patterns is recursive.
const MAX_NESTING: u32 = 64;

/// What the patterns of a filter have cost.
#[derive(Clone, Debug, Default)]
pub(super) struct Budget {
    compiled: usize,
    caches: usize,
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Literal(Box<Finder<'static>>),
    Automaton(Arc<Automaton>),
}

/// A pattern that is more than plain text.
pub(super) struct Automaton {
    /// Nothing if the pattern is too big for one, or the budget was used up.
    dfa: Option<Engine<dfa::DFA, dfa::Cache>>,
    nfa: Engine<PikeVM, pikevm::Cache>,
}

/// An engine and the memory that it works in, which is kept from one use to the next.
struct Engine<E, C> {
    engine: E,
    caches: Pool<C, Create<C>>,
}

type Create<C> = Box<dyn Fn() -> C + Send + Sync + UnwindSafe + RefUnwindSafe>;

impl Pattern {
    /// Compiles a pattern, or says what is wrong with it.
    pub(super) fn new(pattern: &str, budget: &mut Budget) -> Result<Self, String> {
        let syntax = syntax::Config::new()
            .unicode(false)
            .utf8(false)
            .nest_limit(MAX_NESTING);
        let hir = syntax::parse_with(pattern, &syntax).map_err(|error| error.to_string())?;
        if let HirKind::Literal(literal) = hir.kind() {
            let finder = Finder::new(&literal.0).into_owned();
            return Ok(Self::Literal(finder.into()));
        }
        let limit = MAX_PATTERN.min(MAX_PATTERNS - MAX_CACHES - budget.compiled);
        let too_big = || format!("Compiled regex exceeds size limit of {limit} bytes.");
        let config = NFA::config()
            .utf8(false)
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(limit));
        let built = NFA::compiler().configure(config).build_from_hir(&hir);
        let nfa = built.map_err(|error| match error.size_limit() {
            Some(_) => too_big(),
            None => error.to_string(),
        })?;
        let compiled = budget.compiled + nfa.memory_usage();
        if compiled > MAX_PATTERNS - MAX_CACHES {
            return Err(too_big());
        }
        budget.compiled = compiled;
        let simulation = PikeVM::new_from_nfa(nfa.clone()).map_err(|error| error.to_string())?;
        let dfa = (budget.caches + CACHE <= MAX_CACHES)
            .then(|| {
                let config = dfa::Config::new()
                    .prefilter(Prefilter::from_hir_prefix(MatchKind::LeftmostFirst, &hir))
                    .unicode_word_boundary(true)
                    .cache_capacity(CACHE);
                let dfa = dfa::Builder::new().configure(config).build_from_nfa(nfa);
                dfa.ok()
            })
            .flatten();
        if dfa.is_some() {
            budget.caches += CACHE;
        }
        let automaton = Automaton {
            dfa: dfa.map(|dfa| Engine::new(dfa, dfa::DFA::create_cache)),
            nfa: Engine::new(simulation, PikeVM::create_cache),
        };
        Ok(Self::Automaton(automaton.into()))
    }

    /// Whether a part of the text matches.
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        match self {
            Self::Literal(finder) => finder.find(text).is_some(),
            Self::Automaton(automaton) => automaton.is_match(text),
        }
    }
}

impl Automaton {
    fn is_match(&self, text: &[u8]) -> bool {
        // Where a match ends doesn't matter, so the first end is good enough.
        let input = Input::new(text).earliest(true);
        let by_dfa = self.dfa.as_ref().and_then(|dfa| {
            // It gives up where Unicode's notion of a word boundary would have to be applied to something else than ASCII.
            dfa.engine.try_search_fwd(&mut dfa.caches.get(), &input).ok()
        });
        match by_dfa {
            Some(end) => end.is_some(),
            None => self.nfa.engine.is_match(&mut self.nfa.caches.get(), input),
        }
    }
}

impl<E: Clone + Send + Sync + UnwindSafe + RefUnwindSafe + 'static, C: Send + 'static> Engine<E, C> {
    fn new(engine: E, create: fn(&E) -> C) -> Self {
        let own = engine.clone();
        Self {
            engine,
            caches: Pool::new(Box::new(move || create(&own))),
        }
    }
}

impl fmt::Debug for Automaton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Automaton")
            .field("dfa", &self.dfa.is_some())
            .field("states", &self.nfa.engine.get_nfa().states().len())
            .finish()
    }
}
