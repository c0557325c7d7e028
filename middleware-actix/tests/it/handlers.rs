//! What handlers get and do: extractors, rules of their own, headers of their own decisions.

use actix_web::{App, Responder, web};
use arcjet_actix::{
    Arcjet, ArcjetDecision, ArcjetMiddleware, ArcjetRequest, Denied, DetectBot, EmailType, Mode,
    SensitiveInfo, ValidateEmail,
};

use crate::app::{FIREFOX, arcjet, clock, per_minute, start};

#[tokio::test]
async fn a_handler_sees_the_decision() {
    async fn show(decision: ArcjetDecision) -> String {
        let ip = decision.client_ip().map(|ip| ip.as_str().to_owned());
        let states: Vec<_> = decision
            .results()
            .iter()
            .map(|result| {
                format!(
                    "{}:{}:{}",
                    result.rule(),
                    result.state().as_str(),
                    result.conclusion().as_str()
                )
            })
            .collect();
        format!(
            "{} {} {}",
            decision.is_allowed(),
            ip.unwrap_or_default(),
            states.join(" ")
        )
    }
    let rules = arcjet(&clock())
        .rule(per_minute(5))
        .rule(DetectBot::deny(["CURL"]).mode(Mode::DryRun));
    let protect = ArcjetMiddleware::new(rules.build().unwrap());
    let app = start(move || App::new().wrap(protect.clone()).route("/", web::get().to(show))).await;
    let answer = app.get_with("/", &[("user-agent", "curl/8")]).await;
    // The dry run is visible to the application, and only to it.
    assert_eq!(
        answer.body,
        "true 127.0.0.1 fixed_window:run:allow detect_bot:dry_run:deny"
    );
}

#[tokio::test]
async fn a_missing_middleware_is_a_clear_fault_unless_it_is_optional() {
    async fn required(_: ArcjetDecision) -> &'static str {
        "never"
    }
    async fn optional(decision: Option<ArcjetDecision>) -> String {
        decision.is_some().to_string()
    }
    let protect = ArcjetMiddleware::new(arcjet(&clock()).build().unwrap());
    let app = start(move || {
        App::new()
            .route("/required", web::get().to(required))
            .route("/optional", web::get().to(optional))
            .service(web::resource("/protected").wrap(protect.clone()).get(optional))
    })
    .await;
    let fault = app.get("/required").await;
    assert_eq!(fault.status, 500);
    assert!(fault.body.contains("`ArcjetMiddleware`"), "{}", fault.body);
    assert_eq!(app.get("/optional").await.body, "false");
    assert_eq!(app.get("/protected").await.body, "true");
}

/// A limit per user, counted apart from the middleware's limit per address.
async fn order(per_user: web::Data<Arcjet>, request: ArcjetRequest) -> Result<impl Responder, Denied> {
    let user = request.query().trim_start_matches("user=").to_owned();
    let decision = request
        .with_characteristic("userId", user)
        .protect(&per_user)
        .await?;
    Ok(decision.respond_with("ordered"))
}

#[tokio::test]
async fn a_handler_judges_with_what_only_it_knows() {
    async fn left(decision: ArcjetDecision) -> String {
        decision
            .rate_limits()
            .map(|limit| limit.remaining.to_string())
            .collect()
    }
    let wrapped = arcjet(&clock()).rule(per_minute(100)).build().unwrap();
    let per_user = wrapped
        .with_only(per_minute(1).characteristics(["userId"]))
        .unwrap();
    let (protect, per_user) = (ArcjetMiddleware::new(wrapped), web::Data::new(per_user));
    let app = start(move || {
        App::new()
            .app_data(per_user.clone())
            .route("/order", web::get().to(order))
            .route("/left", web::get().to(left))
            .wrap(protect.clone())
    })
    .await;

    let first = app.get("/order?user=ann").await;
    assert_eq!(first.body, "ordered");
    // The handler's limit is nearer to the client than the middleware's.
    assert_eq!(
        first.limit(),
        (200, "limit=1, remaining=0, reset=60", "1;w=60", "")
    );

    let accept_json = [("user-agent", FIREFOX), ("accept", "application/json")];
    let denied = app.get_with("/order?user=ann", &accept_json).await;
    assert_eq!(
        denied.limit(),
        (429, "limit=1, remaining=0, reset=60", "1;w=60", "60")
    );
    assert_eq!(
        denied.body,
        r#"{"code":"too_many_requests","message":"too many requests"}"#
    );

    assert_eq!(app.get("/order?user=bob").await.status, 200);
    // Four requests, and the middleware counted each of them once.
    assert_eq!(app.get("/left").await.body, "96");
}

#[tokio::test]
async fn a_handler_judges_without_a_middleware_and_keeps_the_word() {
    async fn lenient(arcjet: web::Data<Arcjet>, request: ArcjetRequest) -> String {
        let decision = arcjet.protect(&request).await;
        format!(
            "{} {} {}",
            request.path(),
            request.details().query(),
            decision.is_denied()
        )
    }
    let arcjet = arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap();
    let arcjet = web::Data::new(arcjet);
    let app = start(move || {
        App::new()
            .app_data(arcjet.clone())
            .route("/a", web::get().to(lenient))
    })
    .await;
    assert_eq!(
        app.get_with("/a?b=c", &[("user-agent", "curl/8")]).await.body,
        "/a b=c true"
    );
}

#[tokio::test]
async fn the_middlewares_client_is_in_the_request() {
    async fn again(arcjet: web::ReqData<Arcjet>, request: ArcjetRequest) -> String {
        let twice = request
            .protect(&arcjet)
            .await
            .map(|decision| decision.rate_limits().next().map(|limit| limit.remaining));
        format!("{:?}", twice.ok().flatten())
    }
    let arcjet = arcjet(&clock()).rule(per_minute(9)).build().unwrap();
    let protect = ArcjetMiddleware::new(arcjet);
    let app = start(move || App::new().wrap(protect.clone()).route("/", web::get().to(again))).await;
    assert_eq!(app.get("/").await.body, "Some(7)");
}

#[tokio::test]
async fn handlers_judge_what_they_have_read() {
    struct Content {
        email: Arcjet,
        text: Arcjet,
    }
    async fn sign_up(
        content: web::Data<Content>,
        request: ArcjetRequest,
        body: String,
    ) -> Result<&'static str, Denied> {
        let (address, about) = body.split_once('\n').unwrap();
        request
            .clone()
            .with_email(address)
            .protect(&content.email)
            .await?;
        request.with_sensitive_text(about).protect(&content.text).await?;
        Ok("welcome")
    }
    let client = arcjet(&clock()).build().unwrap();
    let content = web::Data::new(Content {
        email: client
            .with_only(ValidateEmail::deny([EmailType::Disposable]))
            .unwrap(),
        text: client
            .with_only(SensitiveInfo::deny(["CREDIT_CARD_NUMBER"]))
            .unwrap(),
    });
    let app = start(move || {
        App::new()
            .app_data(content.clone())
            .route("/", web::post().to(sign_up))
    })
    .await;
    let browser = [("user-agent", FIREFOX)];
    for (body, status) in [
        ("jane@company.example\nI like trains", 200),
        ("jane@mailinator.com\nI like trains", 403),
        ("jane@company.example\nMy card is 4111 1111 1111 1111", 403),
    ] {
        assert_eq!(app.post("/", &browser, body).await.status, status, "{body}");
    }
}
