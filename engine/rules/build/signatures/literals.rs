//! Literals of which every match of a pattern contains at least one: a text without them needs no further look.

use super::ahead::Ahead;
use super::context::{Context, Neighbours};
use crate::{
    expand::{Expansion, expand, join},
    index::Sample,
};
use regex_syntax::hir::{Hir, HirKind};
use std::collections::BTreeMap;

/// The most literals that a part of a pattern is replaced by, unless the pattern itself lists more.
const MAX_PRODUCT: usize = 512;
/// The most literals that the first turns of a repetition stand for; more say little for what they cost.
const MAX_TURNS: usize = 32;
/// The most alternatives of a list.
pub(crate) const MAX_LISTED: usize = 2048;
/// What a further literal costs, in the unit of [`Sample::frequency`]: it takes up room in the tables.
const LITERAL_COST: u64 = 6;

/// A string with what can stand around it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Literal {
    pub(crate) bytes: Vec<u8>,
    pub(crate) before: Neighbours,
    pub(crate) behind: Neighbours,
    /// What a match can have before the string.
    pub(crate) ahead: Ahead,
}

/// Where a part stands in its pattern.
#[derive(Clone, Copy)]
pub(crate) struct Position {
    context: Context,
    ahead: Ahead,
}

impl Literal {
    /// One of the strings that a part stands for.
    pub(crate) fn new(text: &Expansion, position: Position) -> Self {
        let Position { context, ahead } = position;
        Self {
            before: context.before.beyond(text.before, text.bytes.first()),
            behind: context.behind.beyond(text.after, text.bytes.last()),
            bytes: text.bytes.clone(),
            ahead,
        }
    }
}

impl Position {
    /// The pattern as a whole.
    pub(crate) const WHOLE: Self = Self {
        context: Context::UNKNOWN,
        ahead: Ahead::NOTHING,
    };

    /// The place of a run of parts of a sequence that stands here.
    fn inside(self, before: &[Hir], behind: &[Hir]) -> Self {
        Self {
            context: self.context.inside(before, behind),
            ahead: before.iter().fold(self.ahead, Ahead::and),
        }
    }

    /// The place of something that is repeated here. Of its turns, the first is meant.
    fn repeated(self, part: &Hir) -> Self {
        Self {
            context: self.context.repeated(part),
            ahead: self.ahead,
        }
    }
}

/// A set of literals and what it costs to look for it.
struct Candidate {
    literals: Vec<Literal>,
    cost: u64,
}

/// The set of literals that is expected least often in a text; `None` if the pattern has none of at least three bytes.
pub(crate) fn required(hir: &Hir, sample: &Sample) -> Option<Vec<Literal>> {
    let all = best(hir, sample, Position::WHOLE)?.literals;
    // One string in two contexts is one literal: that is enough to know where to look closer.
    let mut merged: BTreeMap<Vec<u8>, Literal> = BTreeMap::new();
    for literal in all {
        merged
            .entry(literal.bytes.clone())
            .and_modify(|known| {
                known.before = known.before.or(literal.before);
                known.behind = known.behind.or(literal.behind);
                known.ahead = known.ahead.or(literal.ahead);
            })
            .or_insert(literal);
    }
    Some(merged.into_values().collect())
}

fn best(hir: &Hir, sample: &Sample, position: Position) -> Option<Candidate> {
    let whole = expand(hir, MAX_LISTED).and_then(|all| candidate(&all, sample, position));
    let parts = match hir.kind() {
        HirKind::Capture(capture) => best(&capture.sub, sample, position),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            best(&repetition.sub, sample, position.repeated(&repetition.sub))
        }
        HirKind::Concat(parts) => best_of_sequence(parts, sample, position),
        HirKind::Alternation(parts) => {
            let mut all = Candidate {
                literals: Vec::new(),
                cost: 0,
            };
            let complete = parts.iter().all(|part| {
                best(part, sample, position).is_some_and(|one| {
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
fn best_of_sequence(parts: &[Hir], sample: &Sample, position: Position) -> Option<Candidate> {
    let mut cheapest = None;
    for (start, first) in parts.iter().enumerate() {
        let own = position.inside(&parts[..start], &parts[start + 1..]);
        cheapest = cheaper(cheapest, best(first, sample, own));
        let whole = expand(first, MAX_PRODUCT);
        // Before the last turns of a repetition there can be others.
        let (before, ahead) = match whole {
            Some(_) => (own.context.before, own.ahead),
            None => (Context::UNKNOWN.before, own.ahead.and(first)),
        };
        let Some(mut run) = whole.or_else(|| turns(first)) else {
            continue;
        };
        for (end, part) in (start + 2..).zip(&parts[start + 1..]) {
            let whole = expand(part, MAX_PRODUCT);
            let is_last = whole.is_none();
            let next = whole.unwrap_or_else(|| beginnings(part));
            let next = join(&run, &next, MAX_PRODUCT);
            let Some(next) = next else { break };
            run = next;
            let behind = if is_last {
                Context::UNKNOWN.behind
            } else {
                position.context.inside(&[], &parts[end..]).behind
            };
            let context = Context { before, behind };
            cheapest = cheaper(cheapest, candidate(&run, sample, Position { context, ahead }));
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

fn candidate(all: &[Expansion], sample: &Sample, position: Position) -> Option<Candidate> {
    let mut literals: Vec<Literal> = all.iter().map(|text| Literal::new(text, position)).collect();
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
