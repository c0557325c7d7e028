//! Headers for browsers, on allowed and on denied responses.

use arcjet_axum::engine::security_headers::{
    ContentSecurityPolicy, CspNonce, Directive, SecurityHeaders, Source,
};
use arcjet_axum::{ArcjetLayer, DetectBot, SecurityHeadersLayer};
use axum::response::Html;
use axum::routing::get;
use axum::{Extension, Router};

use crate::app::{App, arcjet, clock};

#[tokio::test]
async fn every_response_has_them_unless_a_handler_knows_better() {
    let arcjet = arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap();
    let router = Router::new()
        .route("/", get(|| async {}))
        .route("/framed", get(|| async { [("x-frame-options", "DENY")] }))
        .layer(ArcjetLayer::new(arcjet))
        .layer(SecurityHeadersLayer::default());
    let app = App::start(router).await;
    let page = app.get("/").await;
    for (name, value) in SecurityHeaders::default().fixed() {
        assert_eq!(page.header(name), value, "{name}");
    }
    let denied = app.get_with("/", &[("user-agent", "curl/8")]).await;
    assert_eq!(
        (denied.status.as_u16(), denied.header("x-content-type-options")),
        (403, "nosniff")
    );
    assert_eq!(app.get("/framed").await.header("x-frame-options"), "DENY");
    assert_eq!(app.get("/nowhere").await.header("referrer-policy"), "no-referrer");
}

#[tokio::test]
async fn pages_and_policies_share_a_nonce_that_is_new_each_time() {
    async fn page(Extension(nonce): Extension<CspNonce>) -> Html<String> {
        Html(nonce.to_string())
    }
    let policy = ContentSecurityPolicy::empty().set(Directive::ScriptSrc, [Source::NONCE]);
    let headers = SecurityHeaders::builder()
        .content_security_policy(policy)
        .build()
        .unwrap();
    let router = Router::new()
        .route("/", get(page))
        .layer(SecurityHeadersLayer::new(headers));
    let app = App::start(router).await;
    let [one, other] = [app.get("/").await, app.get("/").await];
    for answer in [&one, &other] {
        let expected = format!("script-src 'nonce-{}';", answer.body);
        assert_eq!(answer.header("content-security-policy"), expected);
    }
    assert_ne!(one.body, other.body);
}
