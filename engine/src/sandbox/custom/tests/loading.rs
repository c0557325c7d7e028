//! What is accepted as a rule, and what is said about the rest.

use super::*;

fn refusal(rule: &CustomRule) -> String {
    rule.load().unwrap_err().to_string()
}

#[test]
fn what_is_no_rule_is_refused_in_words() {
    let accepted = "; accepted: a WebAssembly component that exports the world `custom-rule` \
                    (engine/wit/custom/custom-rule.wit) and imports nothing, binary or as text";
    for (bytes, complaint) in [
        (&b"(component)"[..], "no export `configure` found"),
        (
            b"(component (import \"wasi:clocks/monotonic-clock@0.2.0\" (instance (export \"now\" (func (result u64))))))",
            "component imports instance `wasi:clocks/monotonic-clock@0.2.0`",
        ),
        (b"\0asm\x01\0\0\0", "a core module"),
        (b"(module)", "module"),
        (b"not WebAssembly", "expected `(`"),
        (b"", "expected"),
        (&COMPONENT[..COMPONENT.len() / 2], "out of bounds"),
    ] {
        let refusal = refusal(&CustomRule::from_bytes("test", bytes).without_cache());
        assert!(refusal.starts_with("bytes: "), "{refusal}");
        assert!(refusal.contains(complaint), "{complaint}: {refusal}");
        assert!(refusal.ends_with(accepted) && !refusal.contains('\n'), "{refusal}");
    }
}

#[test]
fn a_file_is_named() {
    let folder = Folder::new("a_file_is_named");
    let missing = folder.0.join("missing.wasm");
    let error = refusal(&CustomRule::from_file(&missing));
    let start = format!("file: can't read {}: ", missing.display());
    assert!(
        error.starts_with(&start) && error.ends_with("; accepted: the path of a WebAssembly component"),
        "{error}"
    );
    let wrong = folder.file("wrong.wasm", b"(component)");
    let error = refusal(&CustomRule::from_file(wrong));
    assert!(error.starts_with("file: "), "{error}");
}

#[test]
fn settings_are_checked() {
    let seconds = std::time::Duration::from_secs;
    for (rule, expected) in [
        (rule().name(""), "name: the rule has no name; accepted: a name"),
        (
            rule().config("{"),
            "config: not JSON: EOF while parsing an object at line 1 column 1; accepted: JSON",
        ),
        (
            rule().body_limit(2_000_000),
            "body_limit: 2000000 bytes; accepted: 0 to 1048576 bytes",
        ),
        (
            rule().watch(),
            "watch: a rule from bytes has no file to watch; accepted: a rule from a file",
        ),
        (
            rule().memory_limit(1_000),
            "memory_limit: 1000 bytes; accepted: 4 MiB to 4 GiB, in bytes",
        ),
        (rule().deadline(seconds(2)), "deadline: 2s; accepted: 1 ms to 1 s"),
        (
            rule().config("\"refuse\""),
            "config: told to refuse; accepted: what the rule `test` accepts",
        ),
    ] {
        assert_eq!(refusal(&rule), expected);
    }
    let error = refusal(&rule().config("\"refuse at length\""));
    assert!(
        error.starts_with(&format!("config: {};", "x".repeat(1_024))),
        "{error}"
    );
    let error = refusal(&rule().cache_directory("here"));
    assert!(
        error.starts_with("cache_directory: ") && error.contains("absolute"),
        "{error}"
    );
}

#[test]
fn the_text_form_is_accepted() {
    // What the text lacks is said, so it was parsed.
    let error = refusal(&CustomRule::from_bytes("test", "(component)").without_cache());
    assert!(!error.contains("parse"), "{error}");
}

#[test]
fn machine_code_is_found_again() {
    let folder = Folder::new("machine_code_is_found_again");
    let load = |component: Vec<u8>| {
        let rule = CustomRule::from_bytes("test", component).cache_directory(&folder.0);
        let loaded = rule.load().unwrap();
        let cache = loaded.compiler.cache.as_ref().unwrap();
        assert!(loaded.told("deny").unwrap().denied);
        (cache.cache_hits(), cache.cache_misses())
    };
    assert_eq!(load(edition("A")), (0, 1));
    assert_eq!(load(edition("A")), (1, 0));
    assert_eq!(load(edition("B")), (0, 1), "another component");
    assert_eq!(load(edition("A")), (1, 0), "both are kept");

    let none = rule().without_cache().load().unwrap();
    assert!(none.compiler.cache.is_none());
}

#[test]
fn clones_share_what_was_loaded() {
    let rule = rule();
    let loaded = rule.load().unwrap();
    let copy = rule.clone();
    let dry = rule.clone().mode(crate::rule::Mode::DryRun);
    assert!(Arc::ptr_eq(&loaded, &copy.load().unwrap()));
    assert!(Arc::ptr_eq(&loaded, &dry.load().unwrap()));
    assert!(!Arc::ptr_eq(&loaded, &rule.config("1").load().unwrap()));
}
