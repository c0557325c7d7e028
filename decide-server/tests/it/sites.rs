//! Sites from a configuration file: their keys and rules, and reading the file again while the server runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arcjet_decide_server::KeyHash;
use arcjet_engine::wire::v1alpha1::{Conclusion, Decision};
use arcjet_engine::wire::v2::{GuardConclusion, GuardResponse};
use http::StatusCode;
use prost::Message as _;

use crate::client::{Answer, DECIDE, decide, fixed_window, proto, send};
use crate::guard;
use crate::program::{Program, command};

const OLD: &str = "ajkey_old_of_web_0123456789";
const NEW: &str = "ajkey_new_of_web_0123456789";
const API: &str = "ajkey_of_api_0123456789abcd";

/// A configuration file in a folder of its own, which goes with the value.
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("arcjet-sites-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = Self(folder.join("arcjet-decide.toml"));
        file.write(text);
        file
    }

    /// Replaces the file in one step, as programs that write configurations do.
    fn write(&self, text: &str) {
        let next = self.0.with_extension("next");
        fs::write(&next, text).unwrap();
        fs::rename(&next, &self.0).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn serve(&self) -> Program {
        Program::start(|command| {
            command.arg("--config").arg(self.path());
        })
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.parent().unwrap());
    }
}

fn site(name: &str, keys: &[&str]) -> String {
    let keys = keys
        .iter()
        .map(|key| format!("{{ hash = \"{}\" }}", KeyHash::of(key).unwrap()));
    let keys: Vec<String> = keys.collect();
    format!("[[site]]\nname = \"{name}\"\nkeys = [{}]\n", keys.join(", "))
}

async fn ask(program: &Program, key: &str, max: u32) -> Answer {
    let mut request = proto(DECIDE, &decide("203.0.113.9", vec![fixed_window(max)]));
    request
        .headers_mut()
        .insert("authorization", format!("Bearer {key}").parse().unwrap());
    send(program.address, request).await
}

async fn decision(program: &Program, key: &str, max: u32) -> Decision {
    ask(program, key, max).await.decision()
}

async fn reloads(program: &Program, result: &str) -> u64 {
    let label = format!("result=\"{result}\"");
    program.counter("arcjet_decide_reloads_total", &[&label]).await
}

/// Waits until a key is answered with this status.
async fn wait_for_status(program: &Program, key: &str, status: StatusCode) {
    let start = Instant::now();
    while ask(program, key, 1_000_000).await.status != status {
        assert!(start.elapsed() < Duration::from_secs(60), "never {status}");
    }
}

/// Waits until the server has tried to reload that often.
async fn wait_for_reloads(program: &Program, result: &str, count: u64) {
    let start = Instant::now();
    while reloads(program, result).await < count {
        assert!(start.elapsed() < Duration::from_secs(60), "no reload");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn sites_count_apart_and_keys_of_one_site_together() {
    let file = File::new("apart", &(site("web", &[OLD, NEW]) + &site("api", &[API])));
    let program = file.serve();
    assert_eq!(decision(&program, OLD, 2).await.conclusion(), Conclusion::Allow);
    assert_eq!(decision(&program, NEW, 2).await.conclusion(), Conclusion::Allow);
    assert_eq!(decision(&program, OLD, 2).await.conclusion(), Conclusion::Deny);
    assert_eq!(decision(&program, API, 2).await.conclusion(), Conclusion::Allow);
    assert_eq!(
        ask(&program, "ajkey_of_nobody_0123456789", 2).await.status,
        StatusCode::UNAUTHORIZED
    );

    let decisions = "arcjet_decide_decisions_total";
    assert_eq!(
        program
            .counter(decisions, &[r#"site="web""#, r#"conclusion="allow""#])
            .await,
        2
    );
    assert_eq!(
        program
            .counter(decisions, &[r#"site="web""#, r#"conclusion="deny""#])
            .await,
        1
    );
    assert_eq!(program.counter(decisions, &[r#"site="api""#]).await, 1);
}

#[tokio::test]
async fn rules_of_a_site_follow_those_of_the_request() {
    let rules = "[[site.rule]]\ntype = \"fixed_window\"\nmax = 1\nwindow = 86400\n";
    let file = File::new("rules", &(site("web", &[NEW]) + rules + &site("api", &[API])));
    let program = file.serve();
    let first = decision(&program, NEW, 100).await;
    assert_eq!(first.conclusion(), Conclusion::Allow);
    assert_eq!(first.rule_results.len(), 2);
    let second = decision(&program, NEW, 100).await;
    assert_eq!(second.conclusion(), Conclusion::Deny);
    assert_eq!(second.rule_results[0].conclusion(), Conclusion::Allow);
    assert_eq!(second.rule_results[1].conclusion(), Conclusion::Deny);
    assert_eq!(decision(&program, API, 100).await.rule_results.len(), 1);
}

#[tokio::test]
async fn a_rule_of_the_site_counts_apart_from_the_same_rule_of_a_request() {
    let rules = "[[site.rule]]\ntype = \"fixed_window\"\nmax = 2\nwindow = 86400\n";
    let file = File::new("twins", &(site("web", &[NEW]) + rules));
    let program = file.serve();
    for _ in 0..2 {
        assert_eq!(decision(&program, NEW, 2).await.conclusion(), Conclusion::Allow);
    }
    assert_eq!(decision(&program, NEW, 2).await.conclusion(), Conclusion::Deny);
}

/// They are about requests; `docs/guard.md` says why.
#[tokio::test]
async fn rules_of_a_site_do_not_apply_to_guarded_calls() {
    let rules = "[[site.rule]]\ntype = \"fixed_window\"\nmax = 1\nwindow = 864000\n";
    let file = File::new("guarded", &(site("web", &[NEW]) + rules));
    let program = file.serve();
    for expected in [
        GuardConclusion::Allow,
        GuardConclusion::Allow,
        GuardConclusion::Deny,
    ] {
        let mut call = proto(guard::GUARD, &guard::request(vec![guard::window(2)]));
        let key = format!("Bearer {NEW}").parse().unwrap();
        call.headers_mut().insert("authorization", key);
        let answer = send(program.address, call).await;
        let decision = GuardResponse::decode(answer.body).unwrap().decision.unwrap();
        assert_eq!(
            (decision.conclusion(), decision.rule_results.len()),
            (expected, 1)
        );
    }
    assert_eq!(decision(&program, NEW, 9).await.conclusion(), Conclusion::Allow);
    assert_eq!(decision(&program, NEW, 9).await.conclusion(), Conclusion::Deny);
}

#[tokio::test]
async fn an_expired_key_is_refused_and_says_so() {
    let hash = KeyHash::of(OLD).unwrap();
    let text = format!(
        "[[site]]\nname = \"web\"\nkeys = [{{ hash = \"{hash}\", expires = 2020-01-01T00:00:00Z }}]\n"
    );
    let file = File::new("expired", &text);
    let program = file.serve();
    let answer = ask(&program, OLD, 1).await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::UNAUTHORIZED, "unauthenticated")
    );
    assert!(
        answer.json()["message"].as_str().unwrap().contains("expired"),
        "{answer:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn keys_rotate_without_a_gap_and_counts_stay() {
    let file = File::new("rotate", &site("web", &[OLD]));
    let program = file.serve();
    assert_eq!(decision(&program, OLD, 2).await.conclusion(), Conclusion::Allow);

    file.write(&site("web", &[OLD, NEW]));
    program.signal("-HUP");
    wait_for_status(&program, NEW, StatusCode::OK).await;
    assert_eq!(decision(&program, NEW, 2).await.conclusion(), Conclusion::Allow);
    assert_eq!(decision(&program, OLD, 2).await.conclusion(), Conclusion::Deny);

    file.write(&site("web", &[NEW]));
    program.signal("-HUP");
    wait_for_status(&program, OLD, StatusCode::UNAUTHORIZED).await;
    assert_eq!(decision(&program, NEW, 2).await.conclusion(), Conclusion::Deny);
}

#[tokio::test]
async fn a_changed_file_is_noticed_and_a_bad_one_changes_nothing() {
    let file = File::new("bad", &site("web", &[OLD]));
    let program = file.serve();
    file.write("[[site]]\nnam = \"web\"\n");
    wait_for_reloads(&program, "failure", 1).await;
    assert_eq!(ask(&program, OLD, 9).await.status, StatusCode::OK);
    assert_eq!(reloads(&program, "success").await, 0);

    file.write(&site("web", &[NEW]));
    wait_for_reloads(&program, "success", 1).await;
    assert_eq!(ask(&program, OLD, 9).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&program, NEW, 9).await.status, StatusCode::OK);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_reloading() {
    let file = File::new("load", &site("web", &[OLD]));
    let program = Arc::new(file.serve());
    let (done, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (program, done, answered) = (Arc::clone(&program), Arc::clone(&done), Arc::clone(&answered));
            tokio::spawn(async move {
                while !done.load(Ordering::Relaxed) {
                    let answer = ask(&program, OLD, 1_000_000).await;
                    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let rules = "[[site.rule]]\ntype = \"detect_bot\"\ndeny = [\"CURL\"]\n";
    for round in 1..=10 {
        let with_rules = if round % 2 == 0 { rules } else { "" };
        file.write(&(site("web", &[OLD, NEW]) + with_rules));
        let before = answered.load(Ordering::Relaxed);
        program.signal("-HUP");
        wait_for_reloads(&program, "success", round).await;
        let start = Instant::now();
        while answered.load(Ordering::Relaxed) < before + 8 {
            assert!(start.elapsed() < Duration::from_secs(60), "no answers");
            tokio::task::yield_now().await;
        }
    }
    done.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
}

pub(crate) fn check(file: &File, configure: impl FnOnce(&mut std::process::Command)) -> Output {
    let mut command = command();
    command.arg("check").arg("--config").arg(file.path());
    configure(&mut command);
    command.output().unwrap()
}

#[test]
fn check_tells_all_faults_of_file_and_environment_at_once() {
    let file = File::new(
        "check",
        "listen = \"here\"\n\n[limits]\nmax_connections = \"many\"\nmax_conections = 5\n",
    );
    let output = check(&file, |command| {
        command.env("ARCJET_DECIDE_REQUEST_TIMEOUT", "soon");
    });
    assert_eq!(output.status.code(), Some(1));
    let path = file.path().display();
    let errors = String::from_utf8(output.stderr).unwrap();
    for expected in [
        format!("{path}:1: listen: \"here\"; accepted: an IP address and a port"),
        format!("{path}:4: limits.max_connections: \"many\": invalid digit"),
        format!("{path}:5: limits.max_conections: unknown field, did you mean max_connections?"),
        "ARCJET_DECIDE_REQUEST_TIMEOUT: \"soon\"; accepted: a whole number with ms, s or m".to_owned(),
    ] {
        assert!(errors.contains(&expected), "{expected} is missing in:\n{errors}");
    }
}

#[test]
fn check_prints_what_would_run() {
    let file = File::new(
        "prints",
        &(site("web", &[OLD, NEW]) + "[[site.rule]]\ntype = \"shield\"\n"),
    );
    let output = check(&file, |command| {
        command.args(["--listen", "0.0.0.0:1"]);
    });
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        printed.contains("0.0.0.0:1") && printed.contains("web (2 keys, 1 rules)"),
        "{printed}"
    );
    assert!(printed.ends_with("ok\n"), "{printed}");
}

#[test]
fn rules_that_cannot_be_a_sites_are_refused() {
    let rules = "[[site.rule]]\ntype = \"token_bucket\"\ncapacity = 1\nrefill_rate = 1\ninterval = 1\n";
    let file = File::new("kinds", &(site("web", &[OLD]) + rules));
    let output = check(&file, |_| {});
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        errors.contains(
            "site[0].rule[0].type: token_bucket can't be a rule of a site; accepted: filter, shield"
        ),
        "{errors}"
    );
}

#[test]
fn flags_count_more_than_variables_and_those_more_than_the_file() {
    let file = File::new("layers", "listen = \"127.0.0.1:1\"\n");
    let listens = |configure: &dyn Fn(&mut std::process::Command)| {
        let output = check(&file, configure);
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(listens(&|_| {}).contains("127.0.0.1:1\n"));
    assert!(
        listens(&|command| {
            command.env("ARCJET_DECIDE_LISTEN", "127.0.0.1:2");
        })
        .contains("127.0.0.1:2\n")
    );
    assert!(
        listens(&|command| {
            command
                .env("ARCJET_DECIDE_LISTEN", "127.0.0.1:2")
                .args(["--listen", "127.0.0.1:3"]);
        })
        .contains("127.0.0.1:3\n")
    );
}

#[test]
fn the_example_is_right() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/arcjet-decide.toml");
    let output = command().args(["check", "--config", path]).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("web (2 keys, 2 rules)"), "{printed}");
}

#[test]
fn a_usage_fault_is_told_from_a_wrong_configuration() {
    let output = command().args(["check", "--no-such-flag"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn new_keys_open_the_site_that_their_line_configures() {
    let output = command().args(["key", "new"]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let (key, line) = printed.split_once('\n').unwrap();
    assert!(line.contains(&KeyHash::of(key).unwrap().to_string()), "{printed}");
    let file = File::new("new", &format!("[[site]]\nname = \"web\"\n{line}"));
    assert!(check(&file, |_| {}).status.success());
}
