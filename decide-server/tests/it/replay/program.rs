//! The program: its exit, its output, its memory.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Output, Stdio};

use super::TemporaryFile;
use crate::program::command;

const SHIELD: &[u8] = b"[[rule]]\ntype = 'shield'\n";

fn replay(rules: &[u8], name: &str, input: &[u8], flags: &[&str]) -> Output {
    let rules = TemporaryFile::new(&format!("{name}.toml"), rules);
    let input = TemporaryFile::new(name, input);
    command()
        .args(["replay", "--rules"])
        .args([&rules.0, &input.0])
        .args(flags)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn decisions_go_out_and_the_summary_beside_them() {
    let output = replay(
        SHIELD,
        "program.jsonl",
        b"{\"id\":\"a\"}\n{\n{\"id\":\"b\"}\n",
        &[],
    );
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stdout).lines().count(), 2);
    let errors = text(&output.stderr);
    assert!(
        errors.contains("program.jsonl:2: not a record") && errors.contains("2 records in"),
        "{errors}"
    );
    assert!(errors.contains("1 could not be read"), "{errors}");
}

#[test]
fn the_summary_can_be_had_as_json() {
    let output = replay(
        SHIELD,
        "summary.jsonl",
        b"{}\n{\"uri\":\"/?q=<script>alert(1)</script>\"}\n",
        &["--summary", "json"],
    );
    let summary: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(
        summary["conclusions"],
        serde_json::json!({"ALLOW": 1, "DENY": 1, "ERROR": 0})
    );
    assert_eq!(summary["rules"][0]["type"], "shield");
}

#[test]
fn faults_end_it_only_where_they_must() {
    let bad = replay(
        b"[[rule]]\ntype = 'shield'\nthreshold = 'x'\nmodes = 1",
        "rules.jsonl",
        b"{}",
        &[],
    );
    assert_eq!(bad.status.code(), Some(1));
    let errors = text(&bad.stderr);
    assert!(
        errors.contains("line 3: rule[0].threshold") && errors.contains("line 4: rule[0].modes"),
        "{errors}"
    );

    let strict = replay(SHIELD, "strict.jsonl", b"{}\n{\n", &["--strict"]);
    assert_eq!(
        (strict.status.code(), text(&strict.stdout).lines().count()),
        (Some(1), 1)
    );

    let unreadable = replay(SHIELD, "unreadable.txt", b"nothing known", &[]);
    assert_eq!(unreadable.status.code(), Some(1));
    assert!(text(&unreadable.stderr).contains("no input could be read"));
}

#[test]
fn schemas_are_printed() {
    let output = command().args(["schema", "rules"]).output().unwrap();
    assert_eq!(text(&output.stdout), arcjet_decide_server::RulesFile::schema());
}

/// The most memory that a process has had so far, in kilobytes.
#[cfg(target_os = "linux")]
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_input_and_what_has_come_is_judged_at_once() {
    let rules = TemporaryFile::new("memory.toml", SHIELD);
    let mut program = command()
        .args(["replay", "-", "--rules"])
        .arg(&rules.0)
        .args(["--summary", "none", "--name-bad", "0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = program.stdin.take().unwrap();
    let mut decisions = BufReader::new(program.stdout.take().unwrap());
    let mut judged = |input: &mut std::process::ChildStdin, id: &str| {
        writeln!(input, "{{\"id\":\"{id}\"}}").unwrap();
        let mut line = String::new();
        decisions.read_line(&mut line).unwrap();
        assert!(line.starts_with(&format!("{{\"id\":\"{id}\"")), "{line}");
    };
    // Enough for every queue to be full.
    let skipped = format!("{{\"method\":\"RAW\",\"padding\":\"{}\"}}\n", "x".repeat(4_000));
    let feed = |input: &mut std::process::ChildStdin, records: usize| {
        for _ in 0..records {
            input.write_all(skipped.as_bytes()).unwrap();
        }
    };
    feed(&mut input, 2_000);
    judged(&mut input, "first");
    let before = peak(program.id());
    feed(&mut input, 15_000);
    judged(&mut input, "last");
    let after = peak(program.id());
    drop(input);
    assert!(program.wait().unwrap().success());
    // 60 MB went through.
    assert!(after < before + 16_000, "{before} kB, then {after} kB");
}
