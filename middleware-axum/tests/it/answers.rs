//! Answers of the application's own. What clients get otherwise is in `conformance`, for all frameworks.

use arcjet_axum::{ArcjetLayer, Denied, DetectBot};
use axum::Router;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;

use crate::app::{Answer, App, arcjet, clock, per_minute};

const CURL: (&str, &str) = ("user-agent", "curl/8.5.0");

fn router(layer: ArcjetLayer) -> Router {
    Router::new().route("/", get(|| async { "hello" })).layer(layer)
}

fn limit_headers(answer: &Answer) -> (u16, &str, &str, &str) {
    let [limit, policy, retry] =
        ["ratelimit", "ratelimit-policy", "retry-after"].map(|name| answer.header(name));
    (answer.status.as_u16(), limit, policy, retry)
}

#[tokio::test]
async fn the_answer_can_be_the_applications_own() {
    let arcjet = arcjet(&clock())
        .rule(per_minute(1))
        .rule(DetectBot::deny(["CURL", "WGET"]))
        .build()
        .unwrap();
    let layer = ArcjetLayer::new(arcjet).on_deny(|decision, request| {
        let wget = request.headers["user-agent"] != CURL.1;
        match decision.reason() {
            reason if reason.is_bot() && wget => {
                Denied::new(decision.clone(), &request.headers).into_response()
            }
            reason if reason.is_bot() => Redirect::to("/bots").into_response(),
            _ => (
                axum::http::StatusCode::TOO_MANY_REQUESTS,
                [("ratelimit", "mine")],
                "slow down",
            )
                .into_response(),
        }
    });
    let app = App::start(router(layer)).await;
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
    // The layer adds what is missing and keeps what is there.
    assert_eq!(limit_headers(&limited), (429, "mine", "", "60"));
    assert_eq!(limited.body, "slow down");
}
