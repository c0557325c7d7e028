//! What a rule of the application's own costs: the one of `examples/custom-rule`, with its configuration.

use std::hint::black_box;

use arcjet_benches::request_of;
use arcjet_engine::CustomRule;
use arcjet_engine::bench::SandboxedCustomRule;
use criterion::{Criterion, criterion_group, criterion_main};

static DECOY: &[u8] = include_bytes!("../../examples/custom-rule/decoy.wasm");

fn custom(criterion: &mut Criterion) {
    let rule = CustomRule::from_bytes("decoy", DECOY)
        .config(r#"{"paths": ["/.env", "/wp-login.php", "/.git/config"]}"#)
        .without_cache();
    let rule = SandboxedCustomRule::new(&rule).expect("the example's rule is right");
    let request = request_of(None, 1);
    let mut group = criterion.benchmark_group("custom");
    assert_eq!(rule.judge(&request), Some(false));
    group.bench_function("pooled call", |bencher| {
        bencher.iter(|| rule.judge(black_box(&request)))
    });
    assert_eq!(rule.judge_afresh(&request), Some(false));
    group.bench_function("fresh instance per request", |bencher| {
        bencher.iter(|| rule.judge_afresh(black_box(&request)));
    });
}

criterion_group!(benches, custom);
criterion_main!(benches);
