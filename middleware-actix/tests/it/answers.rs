//! Answers of the application's own. What clients get otherwise is in `conformance`, for all frameworks.

use actix_web::http::header::LOCATION;
use actix_web::{App, HttpResponse, web};
use arcjet_actix::{ArcjetMiddleware, Denied, DetectBot};

use crate::app::{Running, arcjet, clock, per_minute, start};

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
