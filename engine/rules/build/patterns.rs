//! From regular expressions to what is cheap to look for.
//!
//! Nearly all patterns of the list stand for a handful of strings: `[wW]get` is `wget` or `Wget`. Those become literals. The rest
//! becomes an automaton that runs only over user agents that contain a literal without which the pattern cannot match.

use crate::{
    automaton::{self, Automaton},
    list::Bot,
};
use regex_automata::util::syntax;
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use std::collections::{BTreeMap, BTreeSet};

/// The most literals that one pattern may stand for; beyond that an automaton is smaller.
const MAX_LITERALS: usize = 64;

/// What a user agent is searched for.
pub(crate) struct Patterns {
    /// Every pattern of the list, once, and its number. Those that only other lists have come last.
    pub(crate) numbers: BTreeMap<String, usize>,
    /// The numbers of the patterns that only another list has.
    pub(crate) listed: BTreeSet<usize>,
    pub(crate) literals: Vec<Literal>,
    pub(crate) automata: Vec<Automaton>,
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
        if let Some(strings) = expand(&hir) {
            if strings.is_empty() {
                return Err("never matches".into());
            }
            let hit = Hit::Pattern(number);
            self.literals.extend(strings.into_iter().map(|s| Literal {
                bytes: s.bytes,
                at_start: s.at_start,
                at_end: s.at_end,
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
            self.automata.push(automaton::build(&hir, number)?);
        }
        Ok(())
    }
}

/// One of the strings that a pattern stands for.
#[derive(Clone, Default)]
pub(crate) struct Expansion {
    pub(crate) bytes: Vec<u8>,
    pub(crate) at_start: bool,
    pub(crate) at_end: bool,
}

/// All strings that the pattern stands for, if they are few.
pub(crate) fn expand(hir: &Hir) -> Option<Vec<Expansion>> {
    let literal = |bytes: &[u8]| Expansion {
        bytes: bytes.to_vec(),
        ..Expansion::default()
    };
    let all = match hir.kind() {
        HirKind::Empty => vec![Expansion::default()],
        HirKind::Literal(l) => vec![literal(&l.0)],
        HirKind::Look(Look::Start) => vec![Expansion {
            at_start: true,
            ..Expansion::default()
        }],
        HirKind::Look(Look::End) => vec![Expansion {
            at_end: true,
            ..Expansion::default()
        }],
        HirKind::Look(_) => return None,
        HirKind::Class(class) => characters(class)?.iter().map(|bytes| literal(bytes)).collect(),
        HirKind::Capture(capture) => expand(&capture.sub)?,
        HirKind::Repetition(repetition) => {
            let once = expand(&repetition.sub)?;
            let mut power = vec![Expansion::default()];
            let mut all = Vec::new();
            for times in 0..=repetition.max? {
                if times >= repetition.min {
                    all.extend(power.iter().cloned());
                }
                power = join(&power, &once);
                if all.len().max(power.len()) > MAX_LITERALS {
                    return None;
                }
            }
            all
        }
        HirKind::Concat(parts) => {
            let mut all = vec![Expansion::default()];
            for part in parts {
                all = join(&all, &expand(part)?);
                if all.len() > MAX_LITERALS {
                    return None;
                }
            }
            all
        }
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(expand(part)?);
            }
            all
        }
    };
    (all.len() <= MAX_LITERALS).then_some(all)
}

/// Every string of `left` followed by every string of `right`, as far as the anchors allow it.
fn join(left: &[Expansion], right: &[Expansion]) -> Vec<Expansion> {
    let mut all = Vec::new();
    for l in left {
        for r in right {
            let impossible = (r.at_start && !l.bytes.is_empty()) || (l.at_end && !r.bytes.is_empty());
            if !impossible {
                all.push(Expansion {
                    bytes: [l.bytes.as_slice(), &r.bytes].concat(),
                    at_start: l.at_start || r.at_start,
                    at_end: l.at_end || r.at_end,
                });
            }
        }
    }
    all
}

/// The characters of a class, each as the bytes it is sent as, if they are few.
fn characters(class: &Class) -> Option<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    match class {
        Class::Unicode(class) => {
            for range in class.ranges() {
                for c in range.start()..=range.end() {
                    all.push(c.to_string().into_bytes());
                    if all.len() > MAX_LITERALS {
                        return None;
                    }
                }
            }
        }
        Class::Bytes(class) => {
            for range in class.ranges() {
                all.extend((range.start()..=range.end()).map(|byte| vec![byte]));
            }
        }
    }
    Some(all)
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
