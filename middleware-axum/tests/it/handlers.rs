//! What handlers get and do: extractors, rules of their own, decisions as parts of responses.

use arcjet_axum::{Arcjet, ArcjetDecision, ArcjetLayer, ArcjetRequest, Denied, DetectBot, Mode};
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Extension, Router};

use crate::app::{App, FIREFOX, arcjet, clock, per_minute};

#[tokio::test]
async fn a_handler_sees_the_decision() {
    let arcjet = arcjet(&clock())
        .rule(per_minute(5))
        .rule(DetectBot::deny(["CURL"]).mode(Mode::DryRun))
        .build()
        .unwrap();
    let show = |decision: ArcjetDecision| async move {
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
    };
    let app = App::start(
        Router::new()
            .route("/", get(show))
            .layer(ArcjetLayer::new(arcjet)),
    )
    .await;
    let answer = app.get_with("/", &[("user-agent", "curl/8")]).await;
    // The dry run is visible to the application, and only to it.
    assert_eq!(
        answer.body,
        "true 127.0.0.1 fixed_window:run:allow detect_bot:dry_run:deny"
    );
}

#[tokio::test]
async fn a_missing_layer_is_a_clear_fault_unless_it_is_optional() {
    let protected = ArcjetLayer::new(arcjet(&clock()).build().unwrap());
    let optional = |decision: Option<ArcjetDecision>| async move { format!("{}", decision.is_some()) };
    let app = App::start(
        Router::new()
            .route("/required", get(|_: ArcjetDecision| async {}))
            .route("/optional", get(optional))
            .route("/protected", get(optional).layer(protected)),
    )
    .await;
    let fault = app.get("/required").await;
    assert_eq!(fault.status, 500);
    assert!(fault.body.contains("`ArcjetLayer`"), "{}", fault.body);
    assert_eq!(app.get("/optional").await.body, "false");
    assert_eq!(app.get("/protected").await.body, "true");
}

#[derive(Clone)]
struct PerUser(Arcjet);

/// A limit per user, counted apart from the layer's limit per address.
async fn order(
    State(PerUser(per_user)): State<PerUser>,
    request: ArcjetRequest,
) -> Result<impl IntoResponse, Denied> {
    let user = request.query().trim_start_matches("user=").to_owned();
    let decision = request
        .with_characteristic("userId", user)
        .protect(&per_user)
        .await?;
    Ok((decision, "ordered"))
}

#[tokio::test]
async fn a_handler_judges_with_what_only_it_knows() {
    let layered = arcjet(&clock()).rule(per_minute(100)).build().unwrap();
    let per_user = layered
        .with_only(per_minute(1).characteristics(["userId"]))
        .unwrap();
    let router = Router::new()
        .route("/order", get(order))
        .with_state(PerUser(per_user))
        .route(
            "/left",
            get(|decision: ArcjetDecision| async move {
                decision
                    .rate_limits()
                    .map(|limit| limit.remaining.to_string())
                    .collect::<String>()
            }),
        )
        .layer(ArcjetLayer::new(layered));
    let app = App::start(router).await;

    let first = app.get("/order?user=ann").await;
    assert_eq!((first.status.as_u16(), &*first.body), (200, "ordered"));
    // The handler's limit is nearer to the client than the layer's.
    assert_eq!(first.header("ratelimit"), "limit=1, remaining=0, reset=60");
    assert_eq!(first.header("ratelimit-policy"), "1;w=60");

    let accept_json = [("user-agent", FIREFOX), ("accept", "application/json")];
    let denied = app.get_with("/order?user=ann", &accept_json).await;
    assert_eq!(
        (denied.status.as_u16(), denied.header("retry-after")),
        (429, "60")
    );
    assert_eq!(
        denied.body,
        r#"{"code":"too_many_requests","message":"too many requests"}"#
    );
    assert_eq!(denied.header("ratelimit"), "limit=1, remaining=0, reset=60");

    assert_eq!(app.get("/order?user=bob").await.status, 200);
    // Four requests, and the layer counted each of them once.
    assert_eq!(app.get("/left").await.body, "96");
}

#[tokio::test]
async fn a_handler_judges_without_a_layer_and_keeps_the_word() {
    let arcjet = arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap();
    let lenient = |State(arcjet): State<Arcjet>, request: ArcjetRequest| async move {
        let decision = arcjet.protect(&request).await;
        format!(
            "{} {} {}",
            request.path(),
            request.details().query(),
            decision.is_denied()
        )
    };
    let app = App::start(Router::new().route("/a", get(lenient)).with_state(arcjet)).await;
    assert_eq!(
        app.get_with("/a?b=c", &[("user-agent", "curl/8")]).await.body,
        "/a b=c true"
    );
}

#[tokio::test]
async fn the_layers_client_is_in_the_request() {
    let arcjet = arcjet(&clock()).rule(per_minute(9)).build().unwrap();
    let again = |Extension(arcjet): Extension<Arcjet>, request: ArcjetRequest| async move {
        let twice = request
            .protect(&arcjet)
            .await
            .map(|decision| decision.rate_limits().next().map(|limit| limit.remaining));
        format!("{:?}", twice.ok().flatten())
    };
    let app = App::start(
        Router::new()
            .route("/", get(again))
            .layer(ArcjetLayer::new(arcjet)),
    )
    .await;
    assert_eq!(app.get("/").await.body, "Some(7)");
}
