//! Headers for browsers, on allowed and on denied responses and on errors.

use actix_web::dev::ServiceResponse;
use actix_web::web::{self, ReqData};
use actix_web::{App, HttpResponse, error};
use arcjet_actix::engine::security_headers::{
    ContentSecurityPolicy, CspNonce, Directive, SecurityHeaders, Source,
};
use arcjet_actix::{ArcjetMiddleware, DetectBot, SecurityHeadersMiddleware};

use crate::app::{arcjet, clock, start};

#[tokio::test]
async fn every_response_has_them_unless_a_handler_knows_better() {
    let arcjet = arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap();
    let (protect, secure) = (
        ArcjetMiddleware::new(arcjet),
        SecurityHeadersMiddleware::default(),
    );
    let framed = async || {
        HttpResponse::Ok()
            .insert_header(("x-frame-options", "DENY"))
            .finish()
    };
    let app = start(move || {
        App::new()
            .route("/", web::get().to(async || ""))
            .route("/framed", web::get().to(framed))
            .service(
                web::resource("/error")
                    .wrap_fn(|_, _| async { Err::<ServiceResponse, _>(error::ErrorConflict("inner")) })
                    .get(async || "never"),
            )
            .wrap(protect.clone())
            .wrap(secure.clone())
    })
    .await;
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
    for (path, status) in [("/nowhere", 404), ("/error", 409)] {
        let answer = app.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("referrer-policy")),
            (status, "no-referrer")
        );
    }
}

#[tokio::test]
async fn pages_and_policies_share_a_nonce_that_is_new_each_time() {
    let policy = ContentSecurityPolicy::empty().set(Directive::ScriptSrc, [Source::NONCE]);
    let headers = SecurityHeaders::builder()
        .content_security_policy(policy)
        .build()
        .unwrap();
    let secure = SecurityHeadersMiddleware::new(headers);
    let page = async |nonce: ReqData<CspNonce>| nonce.to_string();
    let app = start(move || App::new().wrap(secure.clone()).route("/", web::get().to(page))).await;
    let [one, other] = [app.get("/").await, app.get("/").await];
    for answer in [&one, &other] {
        let expected = format!("script-src 'nonce-{}';", answer.body);
        assert_eq!(answer.header("content-security-policy"), expected);
    }
    assert_ne!(one.body, other.body);
}
