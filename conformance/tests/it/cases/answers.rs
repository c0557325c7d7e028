//! What clients get: allowed, denied, by which rule, with which headers.

use std::time::Duration;

use arcjet_engine::{FailPolicy, Mode, TokenBucket};
use conformance::{App, Framework};
use hyper::Method;

use super::{arcjet, clock, no_curl, per_minute};
use crate::client::{Asking, CURL, FIREFOX, Protocol};

pub(crate) async fn a_limit_counts_denies_and_ends<F: Framework>(protocol: Protocol) {
    let clock = clock();
    let app = App::new(arcjet(&clock).rule(per_minute(2)).build().unwrap());
    let asking = Asking::serve::<F>(app, protocol).await;
    let policy = "2;w=60";
    let first = asking.get("/").await;
    assert_eq!(
        first.limits(),
        (200, "limit=2, remaining=1, reset=60", policy, "")
    );
    assert_eq!(first.body, "hello");
    clock.advance(Duration::from_secs(20));
    assert_eq!(
        asking.get("/").await.limits(),
        (200, "limit=2, remaining=0, reset=40", policy, "")
    );

    let denied = asking.get("/").await;
    assert_eq!(
        denied.limits(),
        (429, "limit=2, remaining=0, reset=40", policy, "40")
    );
    assert_eq!(denied.body, "Too many requests. Please try again later.\n");
    assert_eq!(denied.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(denied.header("cache-control"), "no-store");

    // From here on the denial is remembered, and counts down.
    clock.advance(Duration::from_millis(39_001));
    assert_eq!(
        asking.get("/").await.limits(),
        (429, "limit=2, remaining=0, reset=1", policy, "1")
    );
    clock.advance(Duration::from_millis(999));
    assert_eq!(
        asking.get("/").await.limits(),
        (200, "limit=2, remaining=1, reset=60", policy, "")
    );
    assert_eq!(asking.app.seen.requests(), 3);
}

pub(crate) async fn several_limits_show_the_nearest_and_all_policies<F: Framework>(protocol: Protocol) {
    let bucket = TokenBucket::new(10, 1, Duration::from_secs(5));
    let arcjet = arcjet(&clock()).rule(per_minute(100)).rule(bucket);
    let asking = Asking::serve::<F>(App::new(arcjet.build().unwrap()), protocol).await;
    let answer = asking.get("/").await;
    assert_eq!(
        answer.limits(),
        (200, "limit=10, remaining=9, reset=5", "10;w=5, 100;w=60", "")
    );
}

pub(crate) async fn limits_can_be_kept_from_clients<F: Framework>(protocol: Protocol) {
    let arcjet = arcjet(&clock()).rule(per_minute(1)).rate_limit_headers(false);
    let asking = Asking::serve::<F>(App::new(arcjet.build().unwrap()), protocol).await;
    assert_eq!(asking.get("/").await.limits(), (200, "", "", ""));
    // When to come back is no secret; the second denial is the one that was remembered.
    for _ in 0..2 {
        assert_eq!(asking.get("/").await.limits(), (429, "", "", "60"));
    }
}

pub(crate) async fn a_bot_is_refused_in_the_format_that_it_names<F: Framework>(protocol: Protocol) {
    let app = App::new(
        arcjet(&clock())
            .rule(no_curl())
            .rule(per_minute(9))
            .build()
            .unwrap(),
    );
    let asking = Asking::serve::<F>(app, protocol).await;
    for (accept, content_type, body) in [
        ("*/*", "text/plain; charset=utf-8", "This request was refused.\n"),
        (
            "application/json",
            "application/json",
            r#"{"code":"forbidden","message":"this request was refused"}"#,
        ),
        (
            "application/problem+json",
            "application/problem+json",
            r#"{"title":"Forbidden","status":403,"detail":"this request was refused","code":"forbidden"}"#,
        ),
    ] {
        let answer = asking
            .ask(Method::GET, "/", &[CURL, ("accept", accept)], "")
            .await;
        assert_eq!(answer.limits(), (403, "", "", ""));
        assert_eq!(
            (answer.header("content-type"), &*answer.body),
            (content_type, body)
        );
    }
    // What the bot did cost others nothing, though they share its address.
    assert_eq!(
        asking.get("/").await.header("ratelimit"),
        "limit=9, remaining=8, reset=60"
    );
}

pub(crate) async fn no_method_of_a_denied_request_reaches_a_handler<F: Framework>(protocol: Protocol) {
    let app = App::new(arcjet(&clock()).rule(no_curl()).build().unwrap());
    let asking = Asking::serve::<F>(app, protocol).await;
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let method: Method = method.parse().unwrap();
        for path in ["/", "/no-such-path", "/decision?x=1"] {
            let denied = asking.ask(method.clone(), path, &[CURL], "").await;
            assert_eq!(denied.status, 403, "{method} {path}");
            assert_eq!(denied.body.is_empty(), method == "HEAD", "{method} {path}");
        }
    }
    assert_eq!(asking.app.seen.requests(), 0);
    assert_eq!(asking.ask(Method::HEAD, "/", &[FIREFOX], "").await.status, 200);
    assert_eq!(asking.get("/no-such-path").await.status, 404);
    assert_eq!(asking.app.seen.requests(), 1);
}

pub(crate) async fn a_dry_run_shows_nothing<F: Framework>(protocol: Protocol) {
    let arcjet = arcjet(&clock())
        .rule(per_minute(1).mode(Mode::DryRun))
        .rule(no_curl().mode(Mode::DryRun))
        .build()
        .unwrap();
    let asking = Asking::serve::<F>(App::new(arcjet), protocol).await;
    for _ in 0..3 {
        let answer = asking.ask(Method::GET, "/", &[CURL], "").await;
        assert_eq!(answer.limits(), (200, "", "", ""));
    }
    assert_eq!(asking.app.seen.requests(), 3);
}

pub(crate) async fn what_cannot_be_judged_follows_the_policy<F: Framework>(protocol: Protocol) {
    for (policy, status) in [(FailPolicy::Open, 200), (FailPolicy::Closed, 403)] {
        let arcjet = arcjet(&clock())
            .rule(no_curl())
            .fail_policy(policy)
            .build()
            .unwrap();
        let asking = Asking::serve::<F>(App::new(arcjet), protocol).await;
        let answer = asking.ask(Method::GET, "/", &[], "").await;
        assert_eq!(answer.status, status, "no user agent, {policy:?}");
        assert_eq!(asking.get("/").await.status, 200);
    }
}

pub(crate) async fn the_answer_can_be_the_applications_own<F: Framework>(protocol: Protocol) {
    let app = App {
        answers_itself: true,
        ..App::new(
            arcjet(&clock())
                .rule(per_minute(1))
                .rule(no_curl())
                .build()
                .unwrap(),
        )
    };
    let asking = Asking::serve::<F>(app, protocol).await;
    let bot = asking.ask(Method::POST, "/", &[CURL], "").await;
    assert_eq!(
        (bot.limits(), bot.header("x-reason")),
        ((418, "", "", ""), "no tea for bots")
    );
    assert_eq!(bot.body, "mine");
    assert_eq!(asking.get("/").await.status, 200);
    // What is missing is added.
    let limited = asking.get("/").await;
    assert_eq!(
        limited.limits(),
        (429, "limit=1, remaining=0, reset=60", "1;w=60", "60")
    );
    assert_eq!(
        (limited.header("x-reason"), &*limited.body),
        ("slow down", "mine")
    );
}

pub(crate) async fn a_denial_in_a_handler_is_the_answer<F: Framework>(protocol: Protocol) {
    let client = arcjet(&clock()).rule(per_minute(100)).build().unwrap();
    let per_user = client
        .with_only(per_minute(1).characteristics(["userId"]))
        .unwrap();
    let app = App {
        per_user,
        ..App::new(client)
    };
    let asking = Asking::serve::<F>(app, protocol).await;
    let ask = async |user| {
        asking
            .ask(Method::POST, "/ask", &[FIREFOX, ("x-user", user)], "")
            .await
    };
    let allowed = ask("ann").await;
    // The handler's decision shows its own limit in place of the middleware's.
    assert_eq!(
        allowed.limits(),
        (200, "limit=1, remaining=0, reset=60", "1;w=60", "")
    );
    assert_eq!(allowed.body, "answer");
    let denied = ask("ann").await;
    assert_eq!(
        denied.limits(),
        (429, "limit=1, remaining=0, reset=60", "1;w=60", "60")
    );
    assert_eq!(denied.body, "Too many requests. Please try again later.\n");
    assert_eq!(ask("bob").await.status, 200);
    // Each of them counted once for the middleware's limit.
    assert_eq!(
        asking.get("/").await.header("ratelimit"),
        "limit=100, remaining=96, reset=60"
    );
}
