//! `protect()` in the process, without a runtime and without sockets.

use std::cell::Cell;
use std::hint::black_box;
use std::time::Duration;

use arcjet_benches::{CURL, bots, finish, request_of};
use arcjet_engine::{
    Arcjet, ArcjetBuilder, Decision, FixedWindow, RequestDetails, SlidingWindow, TokenBucket,
};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

const HOUR: Duration = Duration::from_secs(3600);

fn client(configure: impl FnOnce(ArcjetBuilder) -> ArcjetBuilder) -> Arcjet {
    configure(Arcjet::builder())
        .build()
        .expect("the configuration is right")
}

/// Judges the same request again and again, after checking that the decision is of the wanted kind.
fn same(criterion: &mut Criterion, name: &str, arcjet: &Arcjet, request: &RequestDetails, denied: bool) {
    let judge = || finish(arcjet.protect(request));
    // Twice: the second one may come from the cache, as all that follow.
    assert_eq!(
        [judge(), judge()].map(|decision| decision.is_denied()),
        [denied; 2],
        "{name}"
    );
    criterion
        .benchmark_group("protect")
        .bench_function(name, |bencher| bencher.iter(|| black_box(judge())));
}

/// Judges a request from another client each time. `before` is done to it first, outside of the measurement.
fn new_clients(
    criterion: &mut Criterion,
    name: &str,
    arcjet: &Arcjet,
    user_agent: Option<&str>,
    before: impl Fn(&RequestDetails),
    right: impl Fn(&Decision) -> bool,
) {
    let number = Cell::new(0);
    let next = || {
        number.set(number.get() + 1);
        let request = request_of(user_agent, number.get());
        before(&request);
        request
    };
    assert!(right(&finish(arcjet.protect(&next()))), "{name}");
    criterion
        .benchmark_group("protect")
        .bench_function(name, |bencher| {
            bencher.iter_batched(
                next,
                |request| (finish(arcjet.protect(&request)), request),
                BatchSize::SmallInput,
            );
        });
}

fn allowed(criterion: &mut Criterion) {
    let browser = request_of(None, 1);
    let limit = FixedWindow::new(u32::MAX, HOUR);
    let none = client(|builder| builder);
    same(criterion, "no rules, allow", &none, &browser, false);
    let limited = client(|builder| builder.rule(limit.clone()));
    same(criterion, "fixed window, allow", &limited, &browser, false);
    let sliding = client(|builder| builder.rule(SlidingWindow::new(u32::MAX, HOUR)));
    same(criterion, "sliding window, allow", &sliding, &browser, false);
    let bucket = client(|builder| builder.rule(TokenBucket::new(u32::MAX, u32::MAX, HOUR)));
    same(criterion, "token bucket, allow", &bucket, &browser, false);
    let bots_only = client(|builder| builder.rule(bots()));
    same(criterion, "bots, allow", &bots_only, &browser, false);
    let both = client(|builder| builder.rule(bots()).rule(limit.clone()));
    same(criterion, "bots and limit, allow", &both, &browser, false);
    new_clients(
        criterion,
        "bots and limit, allow, new clients",
        &both,
        None,
        |_| {},
        Decision::is_allowed,
    );
    criterion.benchmark_group("protect").bench_function(
        "bots and limit, allow, with the description of the request",
        |bencher| {
            bencher.iter(|| finish(both.protect(&request_of(None, 1))));
        },
    );
}

fn denied(criterion: &mut Criterion) {
    let both = client(|builder| builder.rule(bots()).rule(FixedWindow::new(u32::MAX, HOUR)));
    let fresh_denial = |decision: &Decision| decision.is_denied() && !is_cached(decision);
    new_clients(
        criterion,
        "bots and limit, bot denied, new clients",
        &both,
        Some(CURL),
        |_| {},
        fresh_denial,
    );
    same(
        criterion,
        "bots and limit, bot denied, cached",
        &both,
        &request_of(Some(CURL), 1),
        true,
    );

    let one = client(|builder| builder.rule(bots()).rule(FixedWindow::new(1, HOUR)));
    new_clients(
        criterion,
        "bots and limit, limit denied, new clients",
        &one,
        None,
        |request| drop(finish(one.protect(request))),
        fresh_denial,
    );
    let browser = request_of(None, 0);
    finish(one.protect(&browser));
    same(
        criterion,
        "bots and limit, limit denied, cached",
        &one,
        &browser,
        true,
    );
}

fn is_cached(decision: &Decision) -> bool {
    decision
        .results()
        .iter()
        .any(|result| result.state() == arcjet_engine::RuleState::Cached)
}

criterion_group!(benches, allowed, denied);
criterion_main!(benches);
