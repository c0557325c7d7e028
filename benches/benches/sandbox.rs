//! What the sandbox costs: the same rules on the same requests, native and in WASM.

use std::hint::black_box;

use arcjet_benches::{BROWSER_HEADERS, CURL, REAL_REQUESTS, bots, request_of};
use arcjet_engine::bench::SandboxedRules;
use arcjet_engine::{Conclusion, Isolation, SandboxConfig};
use arcjet_rules::{BotList, DetectBot, Mode, Request, Rule, RuleConfig, RuleSet, Shield};
use criterion::{Criterion, criterion_group, criterion_main};

/// The longest user agents that browsers send: an app's browser on a phone.
const LONG: &str = "Mozilla/5.0 (Linux; Android 14; SM-S928B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) \
    Version/4.0 Chrome/142.0.7444.102 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/538.0.0.53.71;IABMV/1;]";

fn sandbox(criterion: &mut Criterion) {
    let native = native([native_bots()]);
    let rules = || vec![bots().into()];
    let pooled = SandboxedRules::new(rules(), SandboxConfig::default()).expect("the rule is right");
    let fresh = SandboxConfig::default().isolation(Isolation::PerRequest);
    let fresh = SandboxedRules::new(rules(), fresh).expect("the rule is right");

    for (name, user_agent, conclusion) in [
        ("browser", BROWSER_HEADERS[1].1, Conclusion::Allow),
        ("long browser", LONG, Conclusion::Allow),
        ("bot", CURL, Conclusion::Deny),
    ] {
        let request = request_of(Some(user_agent), 1);
        // What the host hands to the guest: the headers that the rules read.
        let headers: [(&[u8], &[u8]); 1] = [(b"user-agent", user_agent.as_bytes())];
        let described = Request {
            method: b"GET",
            headers: &headers,
            ..Request::default()
        };
        let mut group = criterion.benchmark_group("sandbox");
        group.bench_function(format!("{name}, native"), |bencher| {
            bencher.iter(|| native.judge(black_box(&described)));
        });
        assert_eq!(pooled.judge(&request), Some(conclusion));
        group.bench_function(format!("{name}, sandboxed"), |bencher| {
            bencher.iter(|| pooled.judge(black_box(&request)));
        });
        assert_eq!(fresh.judge(&request), Some(conclusion));
        group.bench_function(format!("{name}, fresh instance per request"), |bencher| {
            bencher.iter(|| fresh.judge(black_box(&request)));
        });
    }
}

/// Shield and bots on whole requests: what most applications run.
fn real_requests(criterion: &mut Criterion) {
    let native = native([RuleConfig::Shield(Shield::default()), native_bots()]);
    let rules = vec![arcjet_engine::Shield::new().into(), bots().into()];
    let pooled = SandboxedRules::new(rules, SandboxConfig::default()).expect("the rules are right");
    for real in &REAL_REQUESTS {
        let request = real.describe();
        let headers: Vec<(&[u8], &[u8])> = request
            .headers()
            .map(|(name, value)| (name.as_bytes(), value))
            .collect();
        let described = Request {
            method: request.method().as_bytes(),
            host: request.host().as_bytes(),
            path: request.path().as_bytes(),
            query: request.query().as_bytes(),
            headers: &headers,
            body: request.body(),
            ..Request::default()
        };
        let mut group = criterion.benchmark_group("sandbox");
        let outcomes = native.judge(&described);
        assert!(outcomes.len() == 2 && outcomes[1].conclusion == arcjet_rules::Conclusion::Allow);
        group.bench_function(format!("{}, native", real.name), |bencher| {
            bencher.iter(|| native.judge(black_box(&described)));
        });
        assert_eq!(pooled.judge(&request), Some(Conclusion::Allow));
        group.bench_function(format!("{}, sandboxed", real.name), |bencher| {
            bencher.iter(|| pooled.judge(black_box(&request)));
        });
    }
}

fn native_bots() -> RuleConfig {
    RuleConfig::DetectBot(DetectBot::new(BotList::Allow(vec![
        "CATEGORY:SEARCH_ENGINE".to_owned(),
    ])))
}

fn native<const N: usize>(configs: [RuleConfig; N]) -> RuleSet {
    let mode = Mode::Live;
    RuleSet::new(&configs.map(|config| Rule { mode, config })).expect("the rules are right")
}

criterion_group!(benches, sandbox, real_requests);
criterion_main!(benches);
