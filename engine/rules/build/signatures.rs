//! From the files of attack signatures to tables: literals that are looked for all at once, and an automaton for each signature
//! that is no finite set of strings.

mod ahead;
mod context;
mod emit;
mod file;
mod literals;
mod scope;
mod signs;

use crate::{
    automaton::{self, Automaton},
    expand::{Expansion, expand},
    index::{self, Index, Sample},
};
use ahead::Ahead;
use file::Entry;
use literals::Position;
use regex_syntax::{
    ParserBuilder,
    hir::{Class, ClassBytes, ClassBytesRange, Hir, HirKind, Repetition},
};
use scope::{Scope, TIERS};
use std::path::Path;

/// Headers, paths, parameters and texts as browsers send them, made up.
const ORDINARY: &str = include_str!("signatures/ordinary.txt");
/// How often those are counted.
const ORDINARY_WEIGHT: usize = 40;

/// The most strings of a pattern that is taken as a list without asking whether an automaton is smaller: building one takes long.
const MAX_SHORT_LIST: usize = 512;
/// What a literal takes up in the tables, in bytes, its probe included.
const LITERAL_BYTES: usize = 44;
/// The most bytes that the automaton of one signature may take.
const MAX_AUTOMATON: usize = 32 << 10;
/// The most bytes that all automata may take together.
const MAX_AUTOMATA: usize = 1000 << 10;

/// Everything that the tables hold.
pub(crate) struct Signatures {
    entries: Vec<Entry>,
    literals: Vec<Literal>,
    /// The automata, each one once.
    automata: Vec<Automaton>,
    /// For each entry, the automaton that confirms it, unless finding a literal does.
    confirmed_by: Vec<Option<usize>>,
    /// For each entry, how far before a literal its automaton has to begin, and the length of its longest literal; `None` if that is not
    /// known.
    ahead: Vec<Option<(Ahead, usize)>>,
    scopes: Vec<Scope>,
    /// For each entry, its scope.
    scope_of: Vec<u8>,
    /// For each tier, its name and the literals of it.
    indices: Vec<(&'static str, Index)>,
}

/// A string to look for, and the signature that it belongs to.
struct Literal {
    text: literals::Literal,
    signature: usize,
}

/// Compiles all files of the directory; `user_agents` are in lower case.
pub(crate) fn compile(directory: &Path, user_agents: &[String]) -> Result<Signatures, String> {
    let entries = file::read(directory)?;
    // Ordinary texts say which literals are rare. User agents are the longest sample, so the others count several times.
    let benign = entries
        .iter()
        .flat_map(|entry| &entry.benign)
        .map(|text| text.to_ascii_lowercase());
    let ordinary = ORDINARY
        .lines()
        .cycle()
        .take(ORDINARY.lines().count() * ORDINARY_WEIGHT);
    let texts: Vec<String> = benign
        .chain(user_agents.iter().cloned())
        .chain(ordinary.map(str::to_owned))
        .collect();
    let sample = Sample::new(texts.iter().map(String::as_bytes));

    let mut literals = Vec::new();
    let mut automata: Vec<Automaton> = Vec::new();
    let mut confirmed_by = Vec::new();
    let mut ahead = Vec::new();
    let mut problems = Vec::new();
    for (signature, entry) in entries.iter().enumerate() {
        let (own, automaton) = match compile_one(entry, &sample) {
            Ok(compiled) => compiled,
            Err(problem) => {
                problems.push(format!("{}: signature {:?}: {problem}", entry.file, entry.id));
                continue;
            }
        };
        ahead.push(furthest_ahead(entry, &own));
        literals.extend(own.into_iter().map(|text| Literal { text, signature }));
        confirmed_by.push(automaton.map(|automaton| {
            automata
                .iter()
                .position(|other| *other == automaton)
                .unwrap_or_else(|| {
                    automata.push(automaton);
                    automata.len() - 1
                })
        }));
    }
    if !problems.is_empty() {
        return Err(problems.join("; "));
    }
    let bytes: usize = automata.iter().map(Automaton::bytes).sum();
    if bytes > MAX_AUTOMATA {
        return Err(format!(
            "the automata of all signatures take {bytes} bytes, more than {MAX_AUTOMATA}"
        ));
    }
    let needed = |confirmed_by: &Option<usize>| {
        confirmed_by.map_or([u32::MAX; signs::SETS], |automaton| {
            signs::needed(&automata[automaton])
        })
    };
    let signs: Vec<_> = confirmed_by.iter().map(needed).collect();
    let (scopes, scope_of) = scope::all(&entries, &signs)?;
    let mut indices = Vec::new();
    for tier in TIERS {
        let held: Vec<index::Literal<'_>> = literals
            .iter()
            .enumerate()
            .filter(|(_, literal)| tier.can_hold(literal, &scopes[usize::from(scope_of[literal.signature])]))
            .map(|(number, literal)| index::Literal {
                bytes: &literal.text.bytes,
                number,
                group: scope_of[literal.signature],
            })
            .collect();
        indices.push((tier.name, index::build(&held, &sample, tier.size)?));
    }
    Ok(Signatures {
        entries,
        literals,
        automata,
        confirmed_by,
        ahead,
        scopes,
        scope_of,
        indices,
    })
}

/// The literals to look for, and the automaton that confirms what they promise; without one, the literals are all there is.
fn compile_one(
    entry: &Entry,
    sample: &Sample,
) -> Result<(Vec<literals::Literal>, Option<Automaton>), String> {
    let hir = parse(&entry.pattern)?;
    if hir.properties().minimum_len().is_none_or(|length| length == 0) {
        return Err("matches the empty text, or never".into());
    }
    let literal = |text: &Expansion| literals::Literal::new(text, Position::WHOLE);
    let mut strings: Option<Vec<_>> = expand(&hir, literals::MAX_LISTED)
        .filter(|all| entry.literals.is_empty() && all.iter().all(|one| one.bytes.len() >= 3))
        .map(|all| all.iter().map(literal).collect());
    if let Some(all) = &mut strings {
        all.sort();
        all.dedup();
    }
    if let Some(all) = strings.take_if(|all| all.len() <= MAX_SHORT_LIST) {
        return Ok((all, None));
    }
    let required = if entry.literals.is_empty() {
        literals::required(&hir, sample)
            .ok_or("has no literals of at least three bytes that every match contains; give them")?
    } else {
        let given = |text: &String| literal(&Expansion::new(text.to_ascii_lowercase().as_bytes()));
        entry.literals.iter().map(given).collect()
    };
    let automaton = automaton::build(&hir);
    // Whichever is smaller: the whole list, or what every match contains and an automaton.
    if let Some(strings) = strings {
        let whole = strings.len() * LITERAL_BYTES;
        let parts = required.len() * LITERAL_BYTES;
        if automaton
            .as_ref()
            .map_or(true, |automaton| whole <= parts + automaton.bytes())
        {
            return Ok((strings, None));
        }
    }
    let automaton = automaton?;
    if automaton.bytes() > MAX_AUTOMATON {
        return Err(format!(
            "its automaton takes {} bytes, more than {MAX_AUTOMATON}",
            automaton.bytes()
        ));
    }
    Ok((required, Some(automaton)))
}

/// How far before a literal an automaton has to begin, and the length of the longest one: literals are found in the order of their
/// trigrams, so that one that starts earlier may be found later.
fn furthest_ahead(entry: &Entry, literals: &[literals::Literal]) -> Option<(Ahead, usize)> {
    // Those that are given may be fewer than the pattern has: who writes `a | sh` may also write two blanks.
    if !entry.literals.is_empty() {
        return None;
    }
    let longest = literals.iter().map(|literal| literal.bytes.len()).max()?;
    let furthest = literals.iter().map(|literal| literal.ahead).reduce(Ahead::or)?;
    Some((furthest, longest))
}

/// Parses a pattern for texts in lower case.
fn parse(pattern: &str) -> Result<Hir, String> {
    let hir = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .case_insensitive(true)
        .dot_matches_new_line(true)
        .build()
        .parse(pattern)
        .map_err(|e| e.to_string())?;
    Ok(lower(hir))
}

/// The pattern without the upper case that no view holds: what is left is shorter and has more literals.
fn lower(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0.to_ascii_lowercase()),
        HirKind::Class(Class::Bytes(mut class)) => {
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'A', b'Z')]));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Repetition(Repetition {
            min,
            max,
            greedy,
            sub,
        }) => Hir::repetition(Repetition {
            min,
            max,
            greedy,
            sub: Box::new(lower(*sub)),
        }),
        HirKind::Capture(capture) => lower(*capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(lower).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.into_iter().map(lower).collect()),
    }
}
