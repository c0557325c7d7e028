//! Literals of which every match of a pattern contains at least one: a text without them needs no further look.

use crate::{
    expand::{Expansion, expand, join},
    index::Sample,
};
use regex_syntax::hir::{Hir, HirKind};

/// The most literals that a part of a pattern is replaced by, unless the pattern itself lists more.
const MAX_PRODUCT: usize = 512;
/// The most literals that the first turns of a repetition stand for; more say little for what they cost.
const MAX_TURNS: usize = 32;
/// The most alternatives of a list.
pub(crate) const MAX_LISTED: usize = 2048;
/// What a further literal costs, in the unit of [`Sample::frequency`]: it takes up room in the tables.
const LITERAL_COST: u64 = 6;

/// A set of literals and what it costs to look for it.
struct Candidate {
    literals: Vec<Expansion>,
    cost: u64,
}

/// The set of literals that is expected least often in a text; `None` if the pattern has none of at least three bytes.
pub(crate) fn required(hir: &Hir, sample: &Sample) -> Option<Vec<Expansion>> {
    Some(best(hir, sample)?.literals)
}

fn best(hir: &Hir, sample: &Sample) -> Option<Candidate> {
    let whole = expand(hir, MAX_LISTED).and_then(|all| candidate(&all, sample));
    let parts = match hir.kind() {
        HirKind::Capture(capture) => best(&capture.sub, sample),
        HirKind::Repetition(repetition) if repetition.min > 0 => best(&repetition.sub, sample),
        HirKind::Concat(parts) => best_of_sequence(parts, sample),
        HirKind::Alternation(parts) => {
            let mut all = Candidate {
                literals: Vec::new(),
                cost: 0,
            };
            let complete = parts.iter().all(|part| {
                best(part, sample).is_some_and(|one| {
                    all.literals.extend(one.literals);
                    all.cost += one.cost;
                    true
                })
            });
            (complete && all.literals.len() <= MAX_LISTED).then_some(all)
        }
        _ => None,
    };
    cheaper(whole, parts)
}

/// Of a sequence, the cheapest part, or the cheapest run of parts that stand for a handful of strings together. What is repeated
/// without end may be the first or the last part of a run: its last or its first turns.
fn best_of_sequence(parts: &[Hir], sample: &Sample) -> Option<Candidate> {
    let mut cheapest = None;
    for (start, first) in parts.iter().enumerate() {
        cheapest = cheaper(cheapest, best(first, sample));
        let Some(mut run) = expand(first, MAX_PRODUCT).or_else(|| turns(first)) else {
            continue;
        };
        for part in &parts[start + 1..] {
            let whole = expand(part, MAX_PRODUCT);
            let is_last = whole.is_none();
            let next = whole.unwrap_or_else(|| beginnings(part));
            let next = join(&run, &next, MAX_PRODUCT);
            let Some(next) = next else { break };
            run = next;
            cheapest = cheaper(cheapest, candidate(&run, sample));
            if is_last {
                break;
            }
        }
    }
    cheapest
}

/// The strings that the turns stand for that something must be repeated at least.
fn turns(hir: &Hir) -> Option<Vec<Expansion>> {
    let HirKind::Repetition(repetition) = hir.kind() else {
        return None;
    };
    let once = expand(&repetition.sub, MAX_PRODUCT)?;
    let mut all = vec![Expansion::default()];
    for _ in 0..repetition.min {
        all = join(&all, &once, MAX_PRODUCT)?;
    }
    Some(all)
}

/// Strings of which every match starts with one; the empty string if nothing better is known.
fn beginnings(hir: &Hir) -> Vec<Expansion> {
    let unknown = || vec![Expansion::default()];
    match hir.kind() {
        HirKind::Capture(capture) => beginnings(&capture.sub),
        HirKind::Repetition(_) => turns(hir)
            .filter(|all| all.len() <= MAX_TURNS)
            .unwrap_or_else(unknown),
        HirKind::Concat(parts) => {
            let mut all = unknown();
            for part in parts {
                let whole = expand(part, MAX_PRODUCT);
                let is_last = whole.is_none();
                let next = whole.unwrap_or_else(|| beginnings(part));
                let Some(joined) = join(&all, &next, MAX_PRODUCT) else {
                    break;
                };
                all = joined;
                if is_last {
                    break;
                }
            }
            all
        }
        HirKind::Alternation(parts) => {
            let all: Vec<Expansion> = parts.iter().flat_map(beginnings).collect();
            if all.len() > MAX_PRODUCT { unknown() } else { all }
        }
        _ => expand(hir, MAX_PRODUCT).unwrap_or_else(unknown),
    }
}

fn candidate(all: &[Expansion], sample: &Sample) -> Option<Candidate> {
    let mut literals = all.to_vec();
    literals.sort();
    literals.dedup();
    let mut cost = 0;
    for literal in &literals {
        cost += LITERAL_COST + sample.rarest(&literal.bytes)?;
    }
    Some(Candidate { literals, cost })
}

fn cheaper(a: Option<Candidate>, b: Option<Candidate>) -> Option<Candidate> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.cost < a.cost { b } else { a }),
        (a, b) => a.or(b),
    }
}
