//! Headers for browsers, on allowed and on denied responses.

use arcjet_rocket::engine::security_headers::{
    ContentSecurityPolicy, Directive, FrameOptions, SecurityHeaders, Source,
};
use arcjet_rocket::{ArcjetFairing, DetectBot, Nonce, SecurityHeadersFairing};
use rocket::error::ErrorKind;
use rocket::http::Header;
use rocket::{Responder, get, routes};

use crate::app::{App, arcjet, clock, rocket};

#[get("/")]
fn page() -> &'static str {
    "page"
}

#[derive(Responder)]
struct Framed(&'static str, Header<'static>);

#[get("/framed")]
fn framed() -> Framed {
    Framed("framed", Header::new("X-Frame-Options", "SAMEORIGIN"))
}

#[rocket::async_test]
async fn every_response_has_them_unless_a_handler_knows_better() {
    let arcjet = arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap();
    let headers = SecurityHeaders::builder().frame_options(FrameOptions::Deny);
    let headers = headers.build().unwrap();
    let rocket = rocket()
        .attach(SecurityHeadersFairing::new(headers.clone()))
        .attach(ArcjetFairing::new(arcjet))
        .mount("/", routes![page, framed]);
    let app = App::start(rocket).await;
    let page = app.get("/").await;
    for (name, value) in headers.fixed() {
        assert_eq!(page.header(name), value, "{name}");
    }
    // The one that only Rocket's own fairing sets.
    assert_eq!(page.header("permissions-policy"), "");
    let denied = app.get_with("/", &[("user-agent", "curl/8")]).await;
    assert_eq!(
        (denied.status.as_u16(), denied.header("x-frame-options")),
        (403, "DENY")
    );
    assert_eq!(app.get("/framed").await.header("x-frame-options"), "SAMEORIGIN");
    assert_eq!(app.get("/nowhere").await.header("referrer-policy"), "no-referrer");
}

#[get("/nonce")]
fn with_nonce(nonce: Nonce<'_>) -> String {
    nonce.to_string()
}

#[rocket::async_test]
async fn pages_and_policies_share_a_nonce_that_is_new_each_time() {
    let policy = ContentSecurityPolicy::empty().set(Directive::ScriptSrc, [Source::NONCE]);
    let headers = SecurityHeaders::builder().content_security_policy(policy);
    let fairing = SecurityHeadersFairing::new(headers.build().unwrap());
    let app = App::start(rocket().attach(fairing).mount("/", routes![with_nonce])).await;
    let [one, other] = [app.get("/nonce").await, app.get("/nonce").await];
    for answer in [&one, &other] {
        let expected = format!("script-src 'nonce-{}';", answer.body);
        assert_eq!(answer.header("content-security-policy"), expected);
    }
    assert_ne!(one.body, other.body);
}

#[rocket::async_test]
async fn a_nonce_that_no_policy_names_does_not_launch() {
    for rocket in [rocket(), rocket().attach(SecurityHeadersFairing::default())] {
        let error = rocket.mount("/", routes![with_nonce]).ignite().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::SentinelAborts(_)));
    }
}
