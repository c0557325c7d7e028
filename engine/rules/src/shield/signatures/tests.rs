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
        BYTES_READ.set(0);
        for kind in KINDS {
            scan(view.as_bytes(), kind.mask(), Place::QueryValue, &mut Vec::new());
        }
        BYTES_READ.get()
    };
    assert!(
        work(1) > 10 * once.len(),
        "the text has literals of few signatures"
    );
    assert!(work(1) <= KINDS.len() * SIGNATURES.len() * once.len());
    assert!(work(8) <= 8 * work(1) + 8 * once.len(), "{} {}", work(8), work(1));
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

proptest! {
    #[test]
    fn the_tables_match_what_the_pattern_matches((number, text) in texts()) {
        let examples = &EXAMPLES[number];
        let signature = signature(examples.id);
        let kind = KINDS.into_iter().find(|kind| scope(signature).views & kind.mask() != 0).unwrap();
        let place = PLACES.into_iter().find(|place| scope(signature).places & place.mask() != 0).unwrap();
        let mut hits = Vec::new();
        scan(&text, kind.mask(), place, &mut hits);
        let found = hits.iter().any(|hit| hit.detector == signature.id);
        prop_assert_eq!(found, reference(examples.pattern).is_match(&text), "{}", examples.id);
    }

    #[test]
    fn any_bytes_are_scanned(text in prop::collection::vec(any::<u8>(), 0..300)) {
        for kind in KINDS {
            scan(&text, kind.mask(), Place::Body, &mut Vec::new());
        }
    }
}
