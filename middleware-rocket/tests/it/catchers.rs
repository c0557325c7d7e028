//! Catchers that answer denied requests.

use arcjet_rocket::{ArcjetDecision, ArcjetFairing, ArcjetRequest, DetectBot};
use rocket::http::Status;
use rocket::{Request, catch, catchers};

use crate::app::{App, FIREFOX, arcjet, clock, per_minute, rocket};

#[catch(default)]
fn anything(status: Status, request: &Request<'_>) -> String {
    let decision = ArcjetDecision::of(request).map(|decision| decision.reason().as_str());
    format!("{status} {} {decision:?}", request.uri().path())
}

#[catch(429)]
fn api(request: &Request<'_>) -> String {
    let seen = ArcjetRequest::new(request);
    format!("api {} {}", seen.path(), seen.query())
}

fn rules() -> arcjet_rocket::Arcjet {
    arcjet(&clock())
        .rule(DetectBot::deny(["CURL"]))
        .rule(per_minute(1))
        .build()
        .unwrap()
}

#[rocket::async_test]
async fn they_answer_if_they_are_asked_to() {
    let rocket = rocket()
        .attach(ArcjetFairing::new(rules()).with_catchers())
        .register("/", catchers![anything])
        .register("/api", catchers![api]);
    let app = App::start(rocket).await;
    let bot = app.get_with("/a", &[("user-agent", "curl/8")]).await;
    assert_eq!(bot.status, 403);
    assert_eq!(bot.body, r#"403 Forbidden /a Some("bot")"#);

    assert_eq!(app.get("/a").await.body, r#"404 Not Found /a Some("rate_limit")"#);
    // The catcher of the part of the application that the client asked for; and the address as the client sent it.
    for query in ["x=1", ""] {
        let limited = app.get(&format!("/api/users?{query}")).await;
        assert_eq!(limited.status, 429);
        assert_eq!(limited.body, format!("api /api/users {query}"));
        assert_eq!(limited.header("retry-after"), "60");
        assert_eq!(limited.header("ratelimit"), "limit=1, remaining=0, reset=60");
    }
    assert_eq!(app.get("/api").await.body, "api /api ");
}

#[rocket::async_test]
async fn rockets_own_catcher_has_the_headers_too() {
    let app = App::start(rocket().attach(ArcjetFairing::new(rules()).with_catchers())).await;
    app.get("/").await;
    let limited = app
        .get_with("/", &[("user-agent", FIREFOX), ("accept", "application/json")])
        .await;
    assert_eq!(limited.status, 429);
    assert!(
        limited.body.contains("\"reason\": \"Too Many Requests\""),
        "{}",
        limited.body
    );
    assert_eq!(limited.header("retry-after"), "60");
}

#[rocket::async_test]
async fn they_do_not_answer_denials_otherwise() {
    let rocket = rocket()
        .attach(ArcjetFairing::new(rules()))
        .register("/", catchers![anything]);
    let app = App::start(rocket).await;
    let bot = app.get_with("/a", &[("user-agent", "curl/8")]).await;
    assert_eq!(bot.body, "This request was refused.\n");
}
