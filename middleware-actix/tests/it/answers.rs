//! What clients get: allowed, denied, by which rule, with which headers.

use std::time::Duration;

use actix_web::http::header::LOCATION;
use actix_web::{App, HttpResponse, web};
use arcjet_actix::{ArcjetMiddleware, Denied, DetectBot, FailPolicy, Mode, TokenBucket};

use crate::app::{FIREFOX, Running, arcjet, clock, per_minute, start};

const CURL: (&str, &str) = ("user-agent", "curl/8.5.0");

async fn hello(protect: ArcjetMiddleware) -> Running {
    start(move || {
        App::new()
            .wrap(protect.clone())
            .route("/", web::get().to(async || "hello"))
    })
    .await
}

#[tokio::test]
async fn a_limit_counts_denies_and_ends() {
    let clock = clock();
    let app = hello(ArcjetMiddleware::new(
        arcjet(&clock).rule(per_minute(2)).build().unwrap(),
    ))
    .await;
    let policy = "2;w=60";
    assert_eq!(
        app.get("/").await.limit(),
        (200, "limit=2, remaining=1, reset=60", policy, "")
    );
    clock.advance(Duration::from_secs(20));
    assert_eq!(
        app.get("/").await.limit(),
        (200, "limit=2, remaining=0, reset=40", policy, "")
    );

    let denied = app.get("/").await;
    assert_eq!(
        denied.limit(),
        (429, "limit=2, remaining=0, reset=40", policy, "40")
    );
    assert_eq!(denied.body, "Too many requests. Please try again later.\n");
    assert_eq!(denied.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(denied.header("cache-control"), "no-store");

    // From here on the denial is remembered, and counts down.
    clock.advance(Duration::from_millis(39_001));
    assert_eq!(
        app.get("/").await.limit(),
        (429, "limit=2, remaining=0, reset=1", policy, "1")
    );
    clock.advance(Duration::from_millis(999));
    assert_eq!(
        app.get("/").await.limit(),
        (200, "limit=2, remaining=1, reset=60", policy, "")
    );
}

#[tokio::test]
async fn http2_gets_the_same() {
    let rules = arcjet(&clock())
        .rule(per_minute(1))
        .rule(DetectBot::deny(["CURL"]));
    let app = hello(ArcjetMiddleware::new(rules.build().unwrap())).await.http2();
    assert_eq!(app.get_with("/", &[CURL]).await.status, 403);
    let allowed = app.get("/").await;
    assert_eq!((allowed.status.as_u16(), &*allowed.body), (200, "hello"));
    assert_eq!(
        app.get("/").await.limit(),
        (429, "limit=1, remaining=0, reset=60", "1;w=60", "60")
    );
}

#[tokio::test]
async fn a_bot_is_refused_in_the_format_that_it_names() {
    let rules = arcjet(&clock())
        .rule(DetectBot::allow(["CATEGORY:SEARCH_ENGINE"]))
        .rule(per_minute(9));
    let app = hello(ArcjetMiddleware::new(rules.build().unwrap())).await;
    // The second answer comes from the cache.
    for _ in 0..2 {
        let text = app.get_with("/", &[CURL, ("accept", "*/*")]).await;
        assert_eq!(text.limit(), (403, "", "", ""));
        assert_eq!(text.body, "This request was refused.\n");
    }
    let json = app.get_with("/", &[CURL, ("accept", "application/json")]).await;
    assert_eq!(json.header("content-type"), "application/json");
    assert_eq!(
        json.body,
        r#"{"code":"forbidden","message":"this request was refused"}"#
    );
    let problem = [
        CURL,
        ("accept", "text/html;q=0.1"),
        ("accept", "application/problem+json"),
    ];
    assert_eq!(
        app.get_with("/", &problem).await.header("content-type"),
        "application/problem+json"
    );
    // What the bot did cost others nothing, though they share its address.
    assert_eq!(
        app.get("/").await.header("ratelimit"),
        "limit=9, remaining=8, reset=60"
    );
}

#[tokio::test]
async fn several_limits_show_the_nearest_and_all_policies() {
    let bucket = TokenBucket::new(10, 1, Duration::from_secs(5));
    let rules = arcjet(&clock()).rule(per_minute(100)).rule(bucket);
    let app = hello(ArcjetMiddleware::new(rules.build().unwrap())).await;
    let answer = app.get("/").await;
    assert!(
        answer.header("ratelimit").starts_with("limit=10, remaining=9, "),
        "{answer:?}"
    );
    assert_eq!(answer.header("ratelimit-policy"), "10;w=5, 100;w=60");
}

#[tokio::test]
async fn a_dry_run_shows_nothing_to_clients() {
    let rules = arcjet(&clock())
        .rule(per_minute(1).mode(Mode::DryRun))
        .rule(DetectBot::deny(["CURL"]).mode(Mode::DryRun));
    let app = hello(ArcjetMiddleware::new(rules.build().unwrap())).await;
    for _ in 0..3 {
        assert_eq!(app.get_with("/", &[CURL]).await.limit(), (200, "", "", ""));
    }
}

#[tokio::test]
async fn what_cannot_be_judged_follows_the_policy() {
    for (policy, status) in [(FailPolicy::Open, 200), (FailPolicy::Closed, 403)] {
        let rules = arcjet(&clock())
            .rule(DetectBot::deny(["CURL"]))
            .fail_policy(policy);
        let app = hello(ArcjetMiddleware::new(rules.build().unwrap())).await;
        assert_eq!(
            app.get_with("/", &[]).await.status,
            status,
            "no user agent, {policy:?}"
        );
        assert_eq!(app.get("/").await.status, 200);
    }
}

#[tokio::test]
async fn the_answer_can_be_the_applications_own() {
    let rules = arcjet(&clock())
        .rule(per_minute(1))
        .rule(DetectBot::deny(["CURL", "WGET"]));
    let protect = ArcjetMiddleware::new(rules.build().unwrap()).on_deny(|decision, request| {
        let wget = request.headers().get("user-agent").unwrap() != CURL.1;
        match decision.reason() {
            reason if reason.is_bot() && wget => Denied::new(decision.clone(), request.headers()).into(),
            reason if reason.is_bot() => HttpResponse::SeeOther()
                .insert_header((LOCATION, "/bots"))
                .finish(),
            _ => HttpResponse::TooManyRequests()
                .insert_header(("ratelimit", "mine"))
                .body("slow down"),
        }
    });
    let app = hello(protect).await;
    let redirect = app.get_with("/", &[CURL]).await;
    assert_eq!(
        (redirect.status.as_u16(), redirect.header("location")),
        (303, "/bots")
    );
    assert_eq!(
        app.get_with("/", &[("user-agent", "Wget/1.21")]).await.body,
        "This request was refused.\n"
    );
    assert_eq!(app.get("/").await.status, 200);
    let limited = app.get("/").await;
    // The middleware adds what is missing and keeps what is there.
    assert_eq!(limited.limit(), (429, "mine", "", "60"));
    assert_eq!(limited.body, "slow down");
}

#[tokio::test]
async fn an_answer_may_be_any_responder() {
    let arcjet = arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap();
    let app = hello(ArcjetMiddleware::new(arcjet).on_deny(|_, request| request.path().to_owned())).await;
    let own = app.get_with("/", &[CURL]).await;
    assert_eq!((own.limit(), &*own.body), ((200, "", "", ""), "/"));
}

#[tokio::test]
async fn a_client_behind_a_trusted_proxy_is_told_apart() {
    let rules = arcjet(&clock())
        .rule(per_minute(1))
        .trusted_proxies(["127.0.0.1"]);
    let app = hello(ArcjetMiddleware::new(rules.build().unwrap())).await;
    let as_client = async |ip| {
        app.get_with("/", &[("user-agent", FIREFOX), ("x-forwarded-for", ip)])
            .await
    };
    assert_eq!(as_client("203.0.113.7").await.status, 200);
    assert_eq!(as_client("203.0.113.7").await.status, 429);
    assert_eq!(as_client("203.0.113.8").await.status, 200);
    // What the client itself claims, left of what the proxy saw, doesn't count.
    assert_eq!(as_client("203.0.113.9, 203.0.113.7").await.status, 429);
}
