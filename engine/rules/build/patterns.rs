//! From regular expressions to what is cheap to look for.
//!
//! Nearly all patterns of the list stand for a handful of strings: `[wW]get` is `wget` or `Wget`. Those become literals. The rest
//! becomes an automaton that runs only over user agents that contain a literal without which the pattern cannot match.

use crate::{
    automaton::{self, Automaton},
    expand::{Edge, Expansion, expand},
    list::Bot,
};
use regex_automata::util::syntax;
use regex_syntax::hir::{Hir, HirKind};
use std::collections::{BTreeMap, BTreeSet};

/// The most literals that one pattern may stand for; beyond that an automaton is smaller.
pub(crate) const MAX_LITERALS: usize = 64;

/// What a user agent is searched for.
pub(crate) struct Patterns {
    /// Every pattern of the list, once, and its number. Those that only other lists have come last.
    pub(crate) numbers: BTreeMap<String, usize>,
    /// The numbers of the patterns that only another list has.
    pub(crate) listed: BTreeSet<usize>,
    pub(crate) literals: Vec<Literal>,
    /// The automata and the pattern that each one decides.
    pub(crate) automata: Vec<(usize, Automaton)>,
}

/// A string to look for and what finding it means.
pub(crate) struct Literal {
    pub(crate) bytes: Vec<u8>,
    /// Only at the start of the user agent.
    pub(crate) at_start: bool,
    /// Only at the end of the user agent.
    pub(crate) at_end: bool,
    pub(crate) hit: Hit,
}

#[derive(Clone, Copy)]
pub(crate) enum Hit {
    /// This pattern matches.
    Pattern(usize),
    /// This automaton has to decide.
    Automaton(usize),
}

/// Compiles every pattern of the list of bots, and those of another list.
pub(crate) fn compile(bots: &[Bot], other: &[String]) -> Result<Patterns, String> {
    let mut patterns = Patterns {
        numbers: BTreeMap::new(),
        listed: BTreeSet::new(),
        literals: Vec::new(),
        automata: Vec::new(),
    };
    for bot in bots {
        for pattern in bot.pattern.accepted.iter().chain(&bot.pattern.forbidden) {
            patterns
                .number(pattern)
                .map_err(|e| format!("bot {}, pattern {pattern:?}: {e}", bot.id))?;
        }
    }
    // What a pattern that both have means is said by the bots that it belongs to.
    for pattern in other.iter().collect::<BTreeSet<_>>() {
        if patterns.numbers.contains_key(pattern) {
            continue;
        }
        let number = patterns
            .number(pattern)
            .map_err(|e| format!("public list, pattern {pattern:?}: {e}"))?;
        patterns.listed.insert(number);
    }
    Ok(patterns)
}

impl Patterns {
    /// The number of a pattern, which is compiled when it is new.
    fn number(&mut self, pattern: &str) -> Result<usize, String> {
        if let Some(number) = self.numbers.get(pattern) {
            return Ok(*number);
        }
        let number = self.numbers.len();
        self.numbers.insert(pattern.to_owned(), number);
        self.add(pattern, number)?;
        Ok(number)
    }

    fn add(&mut self, pattern: &str, number: usize) -> Result<(), String> {
        let hir = syntax::parse(pattern).map_err(|e| e.to_string())?;
        if let Some(strings) = expand(&hir, MAX_LITERALS).filter(|all| all.iter().all(has_plain_edges)) {
            if strings.is_empty() {
                return Err("never matches".into());
            }
            let hit = Hit::Pattern(number);
            self.literals.extend(strings.into_iter().map(|s| Literal {
                bytes: s.bytes,
                at_start: s.before == Edge::Text,
                at_end: s.after == Edge::Text,
                hit,
            }));
        } else {
            let bytes =
                required(&hir).ok_or("has no literal part, so it would have to run over every user agent")?;
            let hit = Hit::Automaton(self.automata.len());
            self.literals.push(Literal {
                bytes,
                at_start: false,
                at_end: false,
                hit,
            });
            self.automata.push((number, automaton::build(&hir)?));
        }
        Ok(())
    }
}

/// The literals of bots know the start and the end of the text, no boundaries of words.
pub(crate) fn has_plain_edges(expansion: &Expansion) -> bool {
    expansion.before != Edge::Word && expansion.after != Edge::Word
}

/// The longest string that every match contains.
fn required(hir: &Hir) -> Option<Vec<u8>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(literal.0.to_vec()),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(required).max_by_key(Vec::len),
        _ => None,
    }
}
