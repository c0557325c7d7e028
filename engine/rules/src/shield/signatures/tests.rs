//! Every signature against its own examples, and the tables against the patterns they were made from.

use super::tables::{SCOPES, SIGNATURES, Scope, Signature};
use crate::{
    automaton::BYTES_READ,
    shield::{
        charset,
        finding::{Finding, Place, ViewKind},
    },
};
use proptest::prelude::*;
use regex_automata::{meta::Regex, util::syntax};

struct Examples {
    id: &'static str,
    pattern: &'static str,
    attacks: &'static [&'static str],
    benign: &'static [&'static str],
}

mod data {
    use super::Examples;
    include!(concat!(env!("OUT_DIR"), "/signature_examples.rs"));
}
use data::EXAMPLES;

const KINDS: [ViewKind; 4] = [
    ViewKind::Decoded,
    ViewKind::Shell,
    ViewKind::Compact,
    ViewKind::Path,
];
const PLACES: [Place; 13] = [
    Place::Method,
    Place::Path,
    Place::QueryName,
    Place::QueryValue,
    Place::HeaderName,
    Place::HeaderValue,
    Place::Cookie,
    Place::UserAgent,
    Place::Referer,
    Place::BodyName,
    Place::BodyValue,
    Place::Body,
    Place::FileName,
];

/// A plain idea of the views, so that examples can be written as values.
fn view(example: &str, kind: ViewKind) -> String {
    let decoded = example.to_ascii_lowercase();
    match kind {
        ViewKind::Decoded => decoded,
        ViewKind::Shell => decoded
            .replace("${ifs}", " ")
            .replace("$ifs", " ")
            .replace(['\'', '"', '\\', '^'], ""),
        ViewKind::Compact => decoded.replace("/**/", "").split_ascii_whitespace().collect(),
        ViewKind::Path => decoded.replace('\\', "/"),
    }
}

fn scan(view: &[u8], kinds: u8, place: Place, hits: &mut Vec<Finding>) {
    super::scan(view, charset::classes(view), kinds, place, hits);
}

fn scope(signature: &Signature) -> &'static Scope {
    &SCOPES[usize::from(signature.scope)]
}

fn signature(id: &str) -> &'static Signature {
    SIGNATURES.iter().find(|signature| signature.id == id).unwrap()
}

/// Whether the signature is found in the text in this place, in any of the views it reads.
fn is_found(signature: &Signature, text: &str, place: Place) -> bool {
    KINDS.into_iter().any(|kind| {
        let mut hits = Vec::new();
        scan(view(text, kind).as_bytes(), kind.mask(), place, &mut hits);
        hits.iter().any(|hit| hit.detector == signature.id)
    })
}

#[test]
fn every_signature_finds_its_attacks_wherever_it_looks() {
    let mut wrong = Vec::new();
    for examples in &EXAMPLES {
        let signature = signature(examples.id);
        for place in PLACES {
            for attack in examples.attacks {
                if is_found(signature, attack, place) != (scope(signature).places & place.mask() != 0) {
                    wrong.push(format!("{} in {place:?}: {attack}", examples.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_signature_finds_its_benign_examples() {
    let mut wrong = Vec::new();
    for examples in &EXAMPLES {
        for place in PLACES {
            for benign in examples.benign {
                if is_found(signature(examples.id), benign, place) {
                    wrong.push(format!("{} in {place:?}: {benign}", examples.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_signature_is_reported_once_with_its_category_and_score() {
    let twice = "../../../etc/passwd ../../../etc/passwd";
    let mut hits = Vec::new();
    scan(
        twice.as_bytes(),
        ViewKind::Path.mask(),
        Place::QueryValue,
        &mut hits,
    );
    assert!(hits.len() > 1, "{hits:?}");
    for hit in &hits {
        assert_eq!(
            hits.iter().filter(|other| other.detector == hit.detector).count(),
            1
        );
        let signature = signature(hit.detector);
        assert_eq!((hit.category, hit.score), (signature.category, signature.score));
    }
}

#[test]
fn texts_shorter_than_a_trigram_have_no_findings() {
    for text in ["", "/", ".."] {
        let mut hits = Vec::new();
        scan(
            text.as_bytes(),
            ViewKind::Decoded.mask(),
            Place::QueryValue,
            &mut hits,
        );
        assert_eq!(hits, []);
    }
}

#[test]
fn every_automaton_reads_a_view_at_most_once_however_often_its_literals_stand_there() {
    let once: String = EXAMPLES.iter().flat_map(|e| e.attacks).copied().collect();
    let work = |times: usize| {
        let view = once.to_ascii_lowercase().repeat(times);
        let mut most = 0;
        for kind in KINDS {
            BYTES_READ.set(0);
            scan(view.as_bytes(), kind.mask(), Place::QueryValue, &mut Vec::new());
            most = most.max(BYTES_READ.get());
        }
        let automata = SIGNATURES
            .iter()
            .filter(|signature| signature.confirm.is_some())
            .count();
        assert!(most <= automata * view.len(), "{most} for {times}");
        most
    };
    assert!(work(1) > once.len(), "the text has literals of few signatures");
    assert!(work(8) <= 10 * work(1), "{} {}", work(8), work(1));
}

#[test]
fn of_a_long_view_only_what_is_around_literals_is_read() {
    // Literals of which none is a part of a match.
    let literals = "eval( or exec( ";
    let view = format!("{literals}{}{literals}", "some words of prose and ".repeat(400));
    BYTES_READ.set(0);
    let mut hits = Vec::new();
    scan(view.as_bytes(), ViewKind::ALL_MASK, Place::BodyValue, &mut hits);
    assert_eq!(hits, []);
    assert!(
        (1..1000).contains(&BYTES_READ.get()),
        "{} bytes",
        BYTES_READ.get()
    );
}

fn reference(pattern: &str) -> Regex {
    Regex::builder()
        .syntax(
            syntax::Config::new()
                .unicode(false)
                .utf8(false)
                .case_insensitive(true)
                .dot_matches_new_line(true),
        )
        .build(pattern)
        .unwrap()
}

/// Pieces of the examples put together, so that literals and whole matches are frequent.
fn texts() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let piece = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0..40_usize,
    );
    (0..EXAMPLES.len(), prop::collection::vec(piece, 1..5)).prop_map(|(number, pieces)| {
        let examples = &EXAMPLES[number];
        let all: Vec<&str> = examples.attacks.iter().chain(examples.benign).copied().collect();
        let mut text = Vec::new();
        for (example, start, length) in pieces {
            let bytes = example.get(&all).as_bytes();
            if !bytes.is_empty() {
                let start = start.index(bytes.len()).saturating_sub(length / 4);
                text.extend(&bytes[start..bytes.len().min(start + length)]);
            }
        }
        text.make_ascii_lowercase();
        (number, text)
    })
}

/// The same pieces, with fillers between them that are parts of the examples of other signatures, blanks or letters.
fn long_texts() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let filler = prop_oneof![
        texts().prop_map(|(_, text)| text),
        "[a-z ]{0,60}".prop_map(String::into_bytes),
        r#"[ '"();<>$.\\/a0_-]{0,12}"#.prop_map(String::into_bytes),
    ];
    let place = prop_oneof![Just(0.0), Just(1.0), 0.0..=1.0];
    (texts(), prop::collection::vec((filler, place), 1..6)).prop_map(|((number, mut text), fillers)| {
        for (filler, place) in fillers {
            let at = (text.len() as f64 * place) as usize;
            text.splice(at..at, filler);
        }
        (number, text)
    })
}

/// Compares what the tables say about a signature with what its pattern says.
fn matches_as_its_pattern(number: usize, text: &[u8]) -> Result<(), TestCaseError> {
    let examples = &EXAMPLES[number];
    let signature = signature(examples.id);
    // Every signature has a view and a place: the build script sees to it.
    let kind = KINDS
        .into_iter()
        .find(|kind| scope(signature).views & kind.mask() != 0)
        .unwrap();
    let place = PLACES
        .into_iter()
        .find(|place| scope(signature).places & place.mask() != 0)
        .unwrap();
    let mut hits = Vec::new();
    scan(text, kind.mask(), place, &mut hits);
    let found = hits.iter().any(|hit| hit.detector == signature.id);
    prop_assert_eq!(
        found,
        reference(examples.pattern).is_match(text),
        "{}",
        examples.id
    );
    Ok(())
}

proptest! {
    #[test]
    fn the_tables_match_what_the_pattern_matches((number, text) in texts()) {
        matches_as_its_pattern(number, &text)?;
    }

    /// What surrounds a match is much longer than it: automata begin and stop in the middle of the text.
    #[test]
    fn long_texts_match_where_their_pieces_do((number, text) in long_texts()) {
        matches_as_its_pattern(number, &text)?;
    }

    #[test]
    fn the_table_that_is_chosen_says_nothing_else_than_the_whole_one((_, text) in texts()) {
        let names = |classes, kinds| {
            let mut hits = Vec::new();
            super::scan(&text, classes, kinds, Place::QueryValue, &mut hits);
            let mut names: Vec<_> = hits.iter().map(|hit| hit.detector).collect();
            names.sort_unstable();
            names
        };
        let own = charset::classes(&text);
        let all = (0..=255u8).fold(0, |all, byte| all | charset::class(byte));
        let mut one_by_one: Vec<_> = KINDS.into_iter().flat_map(|kind| names(own, kind.mask())).collect();
        one_by_one.sort_unstable();
        one_by_one.dedup();
        prop_assert_eq!(&names(own, ViewKind::ALL_MASK), &names(all, ViewKind::ALL_MASK));
        prop_assert_eq!(names(own, ViewKind::ALL_MASK), one_by_one);
    }

    #[test]
    fn any_bytes_are_scanned(text in prop::collection::vec(any::<u8>(), 0..300)) {
        for kind in KINDS {
            scan(&text, kind.mask(), Place::Body, &mut Vec::new());
        }
    }
}
