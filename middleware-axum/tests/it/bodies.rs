//! Rules that read bodies, and handlers that get them nevertheless.

use arcjet_axum::{
    Arcjet, ArcjetLayer, ArcjetRequest, Denied, EmailType, SensitiveInfo, Shield, ValidateEmail,
};
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::post;

use crate::app::{App, FIREFOX, arcjet, clock};

const ATTACK: &str = "comment=%3Cscript%3Ealert(document.cookie)%3C/script%3E";

async fn echo(body: String) -> String {
    body
}

async fn app(rule: Shield) -> App {
    let arcjet = arcjet(&clock()).rule(rule).build().unwrap();
    let router = Router::new()
        .route("/", post(echo))
        .layer(ArcjetLayer::new(arcjet));
    App::start(router).await
}

#[tokio::test]
async fn an_attack_in_a_body_is_denied_and_other_bodies_arrive_whole() {
    let app = app(Shield::new()).await;
    let form = [
        ("user-agent", FIREFOX),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(app.post("/", &form, ATTACK).await.status, 403);
    let long = format!("comment={}", "harmless+words+".repeat(20_000));
    let answer = app.post("/", &form, &long).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, long);
}

#[tokio::test]
async fn what_no_rule_reads_is_not_searched() {
    let app = app(Shield::new().body_limit(0)).await;
    let form = [
        ("user-agent", FIREFOX),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(app.post("/", &form, ATTACK).await.body, ATTACK);
}

#[tokio::test]
async fn handlers_judge_what_they_have_read() {
    async fn sign_up(
        State((email, text)): State<(Arcjet, Arcjet)>,
        request: ArcjetRequest,
        body: String,
    ) -> Result<impl IntoResponse, Denied> {
        let (address, about) = body.split_once('\n').unwrap();
        request.clone().with_email(address).protect(&email).await?;
        request.with_sensitive_text(about).protect(&text).await?;
        Ok("welcome")
    }
    let client = arcjet(&clock()).build().unwrap();
    let email = client
        .with_only(ValidateEmail::deny([EmailType::Disposable]))
        .unwrap();
    let text = client
        .with_only(SensitiveInfo::deny(["CREDIT_CARD_NUMBER"]))
        .unwrap();
    let app = App::start(Router::new().route("/", post(sign_up)).with_state((email, text))).await;
    let browser = [("user-agent", FIREFOX)];
    for (body, status) in [
        ("jane@company.example\nI like trains", 200),
        ("jane@mailinator.com\nI like trains", 403),
        ("jane@company.example\nMy card is 4111 1111 1111 1111", 403),
    ] {
        assert_eq!(app.post("/", &browser, body).await.status, status, "{body}");
    }
}
