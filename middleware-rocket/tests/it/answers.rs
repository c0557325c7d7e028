//! What clients get: denials in the format that they accept, and headers that say where they stand.

use std::time::Duration;

use arcjet_rocket::{ArcjetFairing, Denied, DetectBot, Mode};
use rocket::http::{Header, Status};
use rocket::response::Redirect;
use rocket::{Either, Responder, get, routes};

use crate::app::{App, FIREFOX, arcjet, clock, per_minute, rocket};

#[get("/")]
fn hello() -> &'static str {
    "hello"
}

#[derive(Responder)]
struct Own(&'static str, Header<'static>);

#[get("/own")]
fn own() -> Own {
    Own("own", Header::new("RateLimit", "limit=7, remaining=7, reset=7"))
}

#[rocket::async_test]
async fn a_client_learns_where_it_stands_and_when_to_come_back() {
    let clock = clock();
    let arcjet = arcjet(&clock).rule(per_minute(2)).build().unwrap();
    let rocket = rocket()
        .attach(ArcjetFairing::new(arcjet))
        .mount("/", routes![hello]);
    let app = App::start(rocket).await;
    for remaining in [1, 0] {
        let answer = app.get("/").await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, "hello"));
        assert_eq!(
            answer.header("ratelimit"),
            format!("limit=2, remaining={remaining}, reset=60")
        );
        assert_eq!(answer.header("ratelimit-policy"), "2;w=60");
    }
    clock.advance(Duration::from_secs(18));
    for path in ["/", "/nothing"] {
        let denied = app.get(path).await;
        assert_eq!(
            (denied.status.as_u16(), denied.header("retry-after")),
            (429, "42")
        );
        assert_eq!(denied.header("ratelimit"), "limit=2, remaining=0, reset=42");
        assert_eq!(denied.header("cache-control"), "no-store");
        assert_eq!(denied.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(denied.body, "Too many requests. Please try again later.\n");
        // Other fairings see denials too: this is one of Rocket's Shield.
        assert_eq!(denied.header("x-frame-options"), "SAMEORIGIN");
    }
    clock.advance(Duration::from_secs(42));
    assert_eq!(app.get("/").await.status, 200);
}

#[rocket::async_test]
async fn the_body_of_a_denial_is_in_the_accepted_format() {
    let arcjet = arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap();
    let app = App::start(rocket().attach(ArcjetFairing::new(arcjet))).await;
    for (accept, content_type, body) in [
        ("*/*", "text/plain; charset=utf-8", "This request was refused.\n"),
        (
            "application/json",
            "application/json",
            r#"{"code":"forbidden","message":"this request was refused"}"#,
        ),
        (
            "text/html, application/problem+json",
            "application/problem+json",
            r#"{"title":"Forbidden","status":403,"detail":"this request was refused","code":"forbidden"}"#,
        ),
    ] {
        let answer = app
            .get_with("/", &[("user-agent", "curl/8"), ("accept", accept)])
            .await;
        assert_eq!(answer.status, 403);
        assert_eq!(
            (answer.header("content-type"), &*answer.body),
            (content_type, body)
        );
        assert_eq!(answer.header("retry-after"), "");
    }
}

#[rocket::async_test]
async fn a_handlers_own_headers_stay() {
    let arcjet = arcjet(&clock()).rule(per_minute(9)).build().unwrap();
    let rocket = rocket()
        .attach(ArcjetFairing::new(arcjet))
        .mount("/", routes![own]);
    let answer = App::start(rocket).await.get("/own").await;
    assert_eq!(answer.header("ratelimit"), "limit=7, remaining=7, reset=7");
    assert_eq!(answer.header("ratelimit-policy"), "");
}

#[rocket::async_test]
async fn a_dry_run_changes_nothing_for_clients() {
    let arcjet = arcjet(&clock())
        .rule(DetectBot::deny(["CURL"]).mode(Mode::DryRun))
        .rule(per_minute(0x7fff_ffff).mode(Mode::DryRun))
        .build()
        .unwrap();
    let rocket = rocket()
        .attach(ArcjetFairing::new(arcjet))
        .mount("/", routes![hello]);
    let answer = App::start(rocket)
        .await
        .get_with("/", &[("user-agent", "curl/8")])
        .await;
    assert_eq!((answer.status.as_u16(), answer.header("ratelimit")), (200, ""));
}

#[rocket::async_test]
async fn the_application_answers_itself() {
    let arcjet = arcjet(&clock())
        .rule(DetectBot::deny(["CURL"]))
        .rule(per_minute(1))
        .build()
        .unwrap();
    let fairing = ArcjetFairing::new(arcjet).on_deny(|decision, request| {
        if decision.reason().is_bot() {
            let from = request.uri().path().as_str().to_owned();
            return Either::Left(Redirect::to(format!("/bots?from={from}")));
        }
        if request.headers().contains("x-default") {
            return Either::Right(Either::Left(Denied::new(decision.clone(), request)));
        }
        Either::Right(Either::Right((Status::TooManyRequests, "slow down")))
    });
    let app = App::start(rocket().attach(fairing).mount("/", routes![hello])).await;
    let bot = app.get_with("/a/b?c", &[("user-agent", "curl/8")]).await;
    assert_eq!(
        (bot.status.as_u16(), bot.header("location")),
        (303, "/bots?from=/a/b")
    );
    assert_eq!(bot.header("retry-after"), "");

    assert_eq!(app.get("/").await.status, 200);
    let limited = app.get("/").await;
    assert_eq!((limited.status.as_u16(), &*limited.body), (429, "slow down"));
    assert_eq!(
        (limited.header("retry-after"), limited.header("ratelimit")),
        ("60", "limit=1, remaining=0, reset=60")
    );
    let default = app
        .get_with("/", &[("user-agent", FIREFOX), ("x-default", "1")])
        .await;
    assert_eq!(default.body, "Too many requests. Please try again later.\n");
    assert_eq!(default.header("retry-after"), "60");
}
