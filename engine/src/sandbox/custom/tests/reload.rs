//! Another edition of the rule takes over, or doesn't.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::*;
use crate::sandbox::ticker::tests::until;

fn from_file(path: &std::path::Path) -> CustomRule {
    CustomRule::from_file(path).name("test").cache_directory(CACHE)
}

fn reloads(outcome: &str, times: u64) -> Vec<(String, String, u64)> {
    let name = "arcjet_custom_rule_reloads_total".to_owned();
    vec![(name, outcome.to_owned(), times)]
}

#[test]
fn the_new_rule_judges_from_then_on() {
    let folder = Folder::new("the_new_rule_judges");
    let path = folder.file("rule.wasm", &edition("A"));
    let rule = from_file(&path);
    let counted = Counted::load(&rule);
    assert_eq!(counted.rule.says(), "call 1 of A");
    folder.file("rule.wasm", &edition("B"));
    assert_eq!(counted.rule.says(), "call 2 of A", "nobody said so yet");
    rule.reload().unwrap();
    assert_eq!(counted.rule.says(), "call 1 of B");
    assert_eq!(counted.gained(), reloads("reloaded", 1));

    rule.reload().unwrap();
    assert_eq!(counted.rule.says(), "call 2 of B", "the file is as it was");
    assert_eq!(counted.gained(), []);
}

#[test]
fn the_old_rule_stays_if_the_new_one_is_refused() {
    let folder = Folder::new("the_old_rule_stays");
    let path = folder.file("rule.wasm", &edition("A"));
    let rule = from_file(&path);
    let counted = Counted::load(&rule);
    for wrong in [&b"(component)"[..], b"garbage", &edition("B")[..1000], b""] {
        folder.file("rule.wasm", wrong);
        let error = rule.reload().unwrap_err();
        assert_eq!(error.field(), "file");
        assert_eq!(counted.gained(), reloads("refused", 1));
    }
    std::fs::remove_file(&path).unwrap();
    assert!(rule.reload().unwrap_err().problem().contains("can't read"));
    assert_eq!(counted.rule.says(), "call 1 of A");
    assert_eq!(counted.gained(), reloads("refused", 1));
    folder.file("rule.wasm", &edition("B"));
    rule.reload().unwrap();
    assert_eq!(counted.rule.says(), "call 1 of B");
}

#[test]
fn no_request_fails_under_load() {
    let folder = Folder::new("no_request_fails");
    let editions = ["A", "B", "C", "D", "E", "F"].map(edition);
    let path = folder.file("rule.wasm", &editions[0]);
    let rule = from_file(&path);
    let counted = Counted::load(&rule);
    let (done, judged) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    assert!(counted.rule.told("deny").unwrap().denied);
                    assert!(!counted.rule.told("").unwrap().denied);
                    judged.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for component in editions.iter().cycle().skip(1).take(24) {
            let before = judged.load(Ordering::Relaxed);
            folder.file("rule.wasm", component);
            // Several who notice at once.
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| rule.reload().unwrap());
                }
            });
            until("requests are judged between reloads", || {
                judged.load(Ordering::Relaxed) > before
            });
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(counted.rule.version.load().number, 24, "each once");
    assert_eq!(counted.gained(), reloads("reloaded", 24));
    assert!(counted.rule.says().ends_with(" of A"));
}

#[test]
fn a_rule_that_was_not_loaded_yet_is() {
    let rule = rule();
    rule.reload().unwrap();
    assert!(rule.load().unwrap().told("deny").unwrap().denied);
    assert!(rule.name("").reload().is_err());
}

#[test]
fn a_look_at_the_file_reloads_what_has_changed() {
    let folder = Folder::new("a_look_at_the_file");
    let path = folder.file("rule.wasm", &edition("A"));
    let rule = from_file(&path);
    // Watched by hand, so that no thread looks in between.
    let counted = Counted::load(&rule);
    let mut watched = Watched::note(rule.clone().watch().settings()).unwrap();
    let weak = Arc::downgrade(&counted.rule);
    assert!(Watched::note(rule.settings()).is_none());

    assert!(watched.look(&weak));
    assert_eq!(counted.gained(), [], "nothing new");
    // As programs that replace files do: the same length, another file.
    let next = folder.file("next.wasm", &edition("B"));
    std::fs::rename(next, &path).unwrap();
    assert!(watched.look(&weak));
    assert_eq!(counted.rule.says(), "call 1 of B");
    assert_eq!(counted.gained(), reloads("reloaded", 1));

    std::fs::remove_file(&path).unwrap();
    assert!(watched.look(&weak));
    assert_eq!(counted.gained(), [], "a file that is gone is being replaced");
    folder.file("rule.wasm", &edition("C")[..2000]);
    assert!(watched.look(&weak) && watched.look(&weak));
    assert_eq!(counted.gained(), reloads("refused", 1));
    folder.file("rule.wasm", &edition("C"));
    assert!(watched.look(&weak) && watched.look(&weak));
    assert_eq!(counted.gained(), reloads("reloaded", 1));
    assert_eq!(counted.rule.says(), "call 1 of C");

    drop((rule, counted));
    assert!(!watched.look(&weak), "nothing is left to look after");
}

#[test]
fn a_watched_file_is_reloaded_by_itself() {
    let folder = Folder::new("a_watched_file");
    let path = folder.file("rule.wasm", &edition("A"));
    let rule = from_file(&path).watch().load().unwrap();
    let next = folder.file("next.wasm", &edition("B"));
    std::fs::rename(next, &path).unwrap();
    until("the new edition judges", || rule.says().ends_with("of B"));
}

#[test]
fn the_watching_thread_ends_with_the_rule() {
    let folder = Folder::new("the_watching_thread_ends");
    let path = folder.file("rule.wasm", &edition("A"));
    let rule = from_file(&path);
    let loaded = rule.load().unwrap();
    let watched = Watched::note(rule.clone().watch().settings()).unwrap();
    let thread = watched.start(&loaded).unwrap();
    drop((rule, loaded));
    thread.join().unwrap();
}
