//! The layer inside axum's router, in the process: no sockets, no HTTP.

use std::hint::black_box;
use std::net::SocketAddr;

use arcjet_benches::{BROWSER_HEADERS, CURL, Protection, app, client, finish};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use http::Request;
use tower::Service as _;

fn request(user_agent: Option<&str>) -> Request<Body> {
    let mut request = Request::get("/articles/42?utm_source=news&ref=home");
    for (name, value) in BROWSER_HEADERS {
        let value = user_agent.filter(|_| name == "user-agent").unwrap_or(value);
        request = request.header(name, value);
    }
    // As axum's server puts it there.
    let peer = SocketAddr::from((client(1), 40_000));
    request
        .extension(ConnectInfo(peer))
        .body(Body::empty())
        .expect("the parts are valid")
}

fn layer(criterion: &mut Criterion) {
    for (name, protection, user_agent, status) in [
        ("bare", Protection::None, None, 200),
        ("no rules, allow", Protection::NoRules, None, 200),
        ("limit, allow", Protection::Limit, None, 200),
        ("bots and limit, allow", Protection::BotsAndLimit, None, 200),
        (
            "bots and limit, bot denied, cached",
            Protection::BotsAndLimit,
            Some(CURL),
            403,
        ),
        ("limit, denied, cached", Protection::SpentLimit, None, 429),
        ("tower_governor, allow", Protection::Governor, None, 200),
        (
            "tower_governor with headers, allow",
            Protection::GovernorWithHeaders,
            None,
            200,
        ),
        ("tower_governor, denied", Protection::SpentGovernor, None, 429),
    ] {
        let mut app = app(protection).expect("the configuration is right");
        let mut answer = |request| -> Response {
            let Ok(response) = finish(app.call(request));
            response
        };
        // The first request of a client spends its limit.
        answer(request(user_agent));
        assert_eq!(answer(request(user_agent)).status(), status, "{name}");
        criterion
            .benchmark_group("layer")
            .bench_function(name, |bencher| {
                bencher.iter_batched(
                    || request(user_agent),
                    |request| black_box(answer(request)),
                    BatchSize::SmallInput,
                );
            });
    }
}

criterion_group!(benches, layer);
criterion_main!(benches);
