//! Custom rules with one that does what it is told (`tests/custom-rules`).

mod faults;
mod loading;
mod reload;

use std::path::PathBuf;

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use super::*;
use crate::rule::CustomRule;

static COMPONENT: &[u8] = include_bytes!("../../../tests/assets/custom-rules.wasm");

/// Machine code that all tests share: nobody waits for the compiler twice.
const CACHE: &str = concat!(env!("OUT_DIR"), "/custom-rules");

/// The component, with another text where it says which edition it is.
fn edition(name: &str) -> Vec<u8> {
    let mark = b"edition of the component";
    let at = COMPONENT
        .windows(mark.len())
        .position(|bytes| bytes == mark)
        .unwrap();
    let mut component = COMPONENT.to_vec();
    component[at..at + mark.len()].copy_from_slice(format!("{name:24}").as_bytes());
    component
}

fn rule() -> CustomRule {
    CustomRule::from_bytes("test", COMPONENT).cache_directory(CACHE)
}

/// A request that tells the rule what to do.
fn request(what: &str) -> RequestDetails {
    RequestDetails::builder("GET", "/")
        .header("x-do", what.as_bytes())
        .build()
}

impl CustomSandbox {
    fn told(&self, what: &str) -> Result<Verdict, Fault> {
        self.judge(&request(what), None)
    }

    /// What the rule says of itself when it is told nothing.
    fn says(&self) -> String {
        self.told("").unwrap().reason.trim_end().to_owned()
    }
}

/// A rule with the counters that it keeps.
struct Counted {
    rule: Arc<CustomSandbox>,
    counters: Snapshotter,
}

impl Counted {
    fn load(rule: &CustomRule) -> Self {
        let recorder = DebuggingRecorder::new();
        let counters = recorder.snapshotter();
        let rule = metrics::with_local_recorder(&recorder, || rule.load()).unwrap();
        Self { rule, counters }
    }

    /// What the counters have gained since they were last asked: name, kind or outcome, and how much.
    fn gained(&self) -> Vec<(String, String, u64)> {
        let mut gained = Vec::new();
        for (key, _, _, value) in self.counters.snapshot().into_vec() {
            let labels: Vec<_> = key
                .key()
                .labels()
                .map(|label| (label.key(), label.value()))
                .collect();
            let [("rule", "test"), (_, kind)] = labels[..] else {
                panic!("{labels:?}")
            };
            match value {
                DebugValue::Counter(0) => {}
                DebugValue::Counter(value) => {
                    gained.push((key.key().name().to_owned(), kind.to_owned(), value));
                }
                other => panic!("{other:?}"),
            }
        }
        gained
    }
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = PathBuf::from(concat!(env!("OUT_DIR"), "/custom-tests")).join(test);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, contents).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_rule_is_told_everything_about_the_request() {
    let rule = rule().config(r#"{"a": 1}"#).body_limit(4).load().unwrap();
    let request = RequestDetails::builder("POST", "/login")
        .query("next=%2F")
        .header("x-do", b"echo")
        .host("example.com:8080")
        .header("X-Twice", b"1")
        .header("x-twice", b"\xFF2")
        .build()
        .with_local("plan", "free")
        .with_body(&b"name=value"[..]);
    let verdict = rule.judge(&request, Some([192, 0, 2, 7].into())).unwrap();
    assert_eq!(
        verdict.reason,
        "{\"a\": 1} POST example.com:8080 /login next=%2F Some(\"192.0.2.7\") 4 name x-twice=1 \
         x-twice=\u{fffd}2 plan:free"
    );
    assert!(!verdict.denied);
}

#[test]
fn bodies_of_the_longest_length_fit() {
    let rule = rule().body_limit(1 << 20).load().unwrap();
    let request = RequestDetails::builder("POST", "/")
        .header("x-do", b"echo")
        .build()
        .with_body(vec![b'x'; 2 << 20]);
    for _ in 0..20 {
        let verdict = rule.judge(&request, None).unwrap();
        assert!(verdict.reason.contains(" None 1048576"), "{}", verdict.reason);
    }
}

#[test]
fn instances_are_kept_by_each_thread_and_recycled() {
    let rule = rule().load().unwrap();
    for call in 1..=10_000 {
        assert_eq!(rule.says(), format!("call {call} of edition of the component"));
    }
    assert_eq!(rule.says(), "call 1 of edition of the component");
    let other = std::thread::scope(|scope| scope.spawn(|| rule.says()).join().unwrap());
    assert_eq!(other, "call 1 of edition of the component");
}
