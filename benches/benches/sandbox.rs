//! What the sandbox costs: the same rule on the same requests, native and in WASM.

use std::hint::black_box;

use arcjet_benches::{BROWSER_HEADERS, CURL, bots, request_of};
use arcjet_engine::bench::SandboxedRule;
use arcjet_engine::{Conclusion, Isolation, SandboxConfig};
use arcjet_rules::{BotList, DetectBot, Mode, Request, Rule, RuleConfig, RuleSet};
use criterion::{Criterion, criterion_group, criterion_main};

/// The longest user agents that browsers send: an app's browser on a phone.
const LONG: &str = "Mozilla/5.0 (Linux; Android 14; SM-S928B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) \
    Version/4.0 Chrome/142.0.7444.102 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/538.0.0.53.71;IABMV/1;]";

fn sandbox(criterion: &mut Criterion) {
    let native = RuleSet::new(&[Rule {
        mode: Mode::Live,
        config: RuleConfig::DetectBot(DetectBot::new(BotList::Allow(vec![
            "CATEGORY:SEARCH_ENGINE".to_owned(),
        ]))),
    }])
    .expect("the rule is right");
    let pooled = SandboxedRule::new(bots(), SandboxConfig::default()).expect("the rule is right");
    let fresh = SandboxConfig::default().isolation(Isolation::PerRequest);
    let fresh = SandboxedRule::new(bots(), fresh).expect("the rule is right");

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

criterion_group!(benches, sandbox);
criterion_main!(benches);
