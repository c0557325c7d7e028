//! The program: its exit, its output, its memory.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::TemporaryFile;
use crate::dns::{self, NameServer};
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

const DNS_RULES: &[u8] =
    b"[[rule]]\ntype = 'validate_email'\ndeny = ['NO_MX_RECORDS']\n[[rule]]\ntype = 'detect_bot'\n\
    deny = ['CURL']\n[[rule]]\ntype = 'fixed_window'\nmax = 2\nwindow = 60\n";

/// Conclusion, denied types of the address, and whether the bot is verified and whether it is spoofed, of each record.
fn judged_mail_and_bots(output: &Output) -> Vec<Value> {
    let lines = text(&output.stdout).lines();
    let decisions = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let summed = decisions.map(|decision| {
        let results = decision["results"].as_array().unwrap();
        let reason = |kind: &str| {
            let result = results.iter().find(|result| result["type"] == kind).unwrap();
            result["reason"].clone()
        };
        let (email, bot) = (reason("validate_email"), reason("detect_bot"));
        json!([
            decision["conclusion"],
            email["denied"],
            bot["verified"],
            bot["spoofed"]
        ])
    });
    summed.collect()
}

#[test]
fn the_dns_is_asked_only_if_that_is_said() {
    let dns = NameServer::start(dns::records());
    let record = |ip: &str, email: &str| {
        json!({"ip": ip, "email": email, "user_agent": dns::BING, "time": 1_760_000_000_000_u64}).to_string()
    };
    let mut lines = vec![
        record("192.0.2.7", "jane@mail.example"),
        record("192.0.2.8", "jane@nowhere.example"),
    ];
    // More than may be asked at once, in more than one batch.
    let many = |nth: usize| {
        record(
            &format!("198.51.{}.{}", nth / 200, nth % 200),
            &format!("jane@{nth}.example"),
        )
    };
    lines.extend((0..1_500).map(many));
    // The limit denies it, so the DNS is of no account.
    lines.extend([
        record("192.0.2.7", "jane@mail.example"),
        record("192.0.2.7", "jane@nowhere.example"),
    ]);
    let input = lines.join("\n");
    let server = dns.address.to_string();

    let without = replay(
        DNS_RULES,
        "no-dns.jsonl",
        input.as_bytes(),
        &["--dns-server", &server],
    );
    assert_eq!(dns.questions(), []);
    let judged = judged_mail_and_bots(&without);
    assert_eq!(judged[0], json!(["ALLOW", [], false, false]));
    assert_eq!(judged[1], json!(["ALLOW", [], false, false]));

    let flags = [
        "--dns",
        "--dns-server",
        &server,
        "--dns-timeout",
        "30s",
        "--dns-max-concurrent",
        "16",
    ];
    let with = replay(DNS_RULES, "dns.jsonl", input.as_bytes(), &flags);
    let judged = judged_mail_and_bots(&with);
    assert_eq!(judged.len(), 1_504);
    assert_eq!(judged[0], json!(["ALLOW", [], true, false]));
    for judged in &judged[1..1_502] {
        assert_eq!(*judged, json!(["DENY", ["NO_MX_RECORDS"], false, true]));
    }
    assert_eq!(judged[1_502], judged[0]);
    assert_eq!(judged[1_503], json!(["DENY", [], false, false]));
}

#[test]
fn tables_of_addresses_are_read_from_a_folder() {
    let folder = crate::valkey::server::fresh_folder();
    std::fs::create_dir_all(folder.join("vpn")).unwrap();
    std::fs::write(folder.join("vpn/own.txt"), "192.0.2.0/24\n").unwrap();
    let rules = b"[[rule]]\ntype = 'filter'\ndeny = ['ip.src.vpn']\n";
    let input = b"{\"ip\":\"192.0.2.1\"}\n{\"ip\":\"198.51.100.1\"}\n";
    let conclusions = |flags: &[&str]| {
        let output = replay(rules, &format!("reputation-{}.jsonl", flags.len()), input, flags);
        assert!(output.status.success(), "{output:?}");
        let conclusion = |line: &str| serde_json::from_str::<Value>(line).unwrap()["conclusion"].clone();
        text(&output.stdout).lines().map(conclusion).collect::<Vec<_>>()
    };
    assert_eq!(conclusions(&[]), ["ALLOW", "ALLOW"]);
    let path = folder.to_str().unwrap();
    assert_eq!(conclusions(&["--reputation-folder", path]), ["DENY", "ALLOW"]);

    let missing = replay(
        rules,
        "reputation-missing.jsonl",
        input,
        &["--reputation-folder", "/nowhere/at/all"],
    );
    assert_eq!(missing.status.code(), Some(1));
    assert!(
        text(&missing.stderr).contains("--reputation-folder"),
        "{missing:?}"
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn ipv6_clients_count_by_the_prefix_that_is_given() {
    let rules = b"[[rule]]\ntype = 'fixed_window'\nmax = 1\nwindow = 60\n";
    let input = b"{\"ip\":\"2001:db8:1:1::1\"}\n{\"ip\":\"2001:db8:1:2::1\"}\n";
    for (name, flags, last) in [
        ("ipv6-64.jsonl", &[][..], "ALLOW"),
        ("ipv6-48.jsonl", &["--ipv6-prefix", "48"], "DENY"),
    ] {
        let output = replay(rules, name, input, flags);
        let line = text(&output.stdout).lines().last().unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(line).unwrap()["conclusion"],
            last,
            "{name}"
        );
    }
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
