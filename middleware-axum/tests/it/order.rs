//! The layer among other layers, nested routers and fallbacks.

use std::net::SocketAddr;

use arcjet_axum::{ArcjetLayer, Decision, DetectBot};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::extract::connect_info::MockConnectInfo;
use axum::http::HeaderValue;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use tower::ServiceExt as _;

use crate::app::{App, arcjet, clock, per_minute};

/// What a layer for logs does: look at what comes back.
async fn note_refusals(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(decision) = response.extensions().get::<Decision>() {
        let reason = HeaderValue::from_static(decision.reason().as_str());
        response.headers_mut().insert("x-refused-by", reason);
    }
    response
}

#[tokio::test]
async fn outer_layers_see_what_was_denied() {
    let arcjet = arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap();
    for layer in [
        ArcjetLayer::new(arcjet.clone()),
        ArcjetLayer::new(arcjet).on_deny(|_, _| "own"),
    ] {
        let router = Router::new()
            .route("/", get(|| async {}))
            .layer(layer)
            .layer(from_fn(note_refusals));
        let app = App::start(router).await;
        assert_eq!(
            app.get_with("/", &[("user-agent", "curl/8")])
                .await
                .header("x-refused-by"),
            "bot"
        );
        assert_eq!(app.get("/").await.header("x-refused-by"), "");
    }
}

#[tokio::test]
async fn inner_layers_do_not_see_what_was_denied() {
    let arcjet = arcjet(&clock()).rule(per_minute(1)).build().unwrap();
    let mark = |request: Request, next: Next| async move {
        assert!(request.extensions().get::<Decision>().is_some());
        let mut response = next.run(request).await;
        response
            .headers_mut()
            .insert("x-inner", HeaderValue::from_static("ran"));
        response
    };
    let router = Router::new()
        .route("/", get(|| async {}))
        .layer(from_fn(mark))
        .layer(ArcjetLayer::new(arcjet));
    let app = App::start(router).await;
    assert_eq!(app.get("/").await.header("x-inner"), "ran");
    assert_eq!(app.get("/").await.header("x-inner"), "");
}

#[tokio::test]
async fn a_handlers_own_rate_limit_headers_stay() {
    let arcjet = arcjet(&clock()).rule(per_minute(9)).build().unwrap();
    let router = Router::new()
        .route(
            "/",
            get(|| async { [("ratelimit", "limit=1, remaining=0, reset=1")] }),
        )
        .layer(ArcjetLayer::new(arcjet));
    let answer = App::start(router).await.get("/").await;
    assert_eq!(answer.header("ratelimit"), "limit=1, remaining=0, reset=1");
    assert_eq!(answer.header("ratelimit-policy"), "");
}

#[tokio::test]
async fn router_layers_judge_missing_routes_and_route_layers_do_not() {
    let arcjet = arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap();
    let routes = || Router::new().route("/", get(|| async {}));
    let curl = [("user-agent", "curl/8")];
    let whole = App::start(routes().layer(ArcjetLayer::new(arcjet.clone()))).await;
    assert_eq!(whole.get_with("/wp-login.php", &curl).await.status, 403);
    assert_eq!(whole.get("/wp-login.php").await.status, 404);
    let only_routes = App::start(routes().route_layer(ArcjetLayer::new(arcjet))).await;
    assert_eq!(only_routes.get_with("/wp-login.php", &curl).await.status, 404);
    assert_eq!(only_routes.get_with("/", &curl).await.status, 403);
}

#[tokio::test]
async fn routes_derive_rules_of_their_own() {
    let base = arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap();
    let strict = base.with_rule(per_minute(1)).unwrap();
    let router = Router::new()
        .route("/page", get(|| async {}).layer(ArcjetLayer::new(base)))
        .route("/login", get(|| async {}).layer(ArcjetLayer::new(strict)));
    let app = App::start(router).await;
    let statuses = [
        app.get("/login").await.status.as_u16(),
        app.get("/login").await.status.as_u16(),
        app.get("/page").await.status.as_u16(),
        app.get_with("/login", &[("user-agent", "curl/8")])
            .await
            .status
            .as_u16(),
    ];
    // The last one is denied by its limit, which is remembered, before it could be denied as a bot.
    assert_eq!(statuses, [200, 429, 200, 429]);
}

#[tokio::test]
async fn nested_routers_count_by_the_path_that_was_asked_for() {
    let limit = per_minute(1).characteristics(["http.request.uri.path"]);
    let arcjet = arcjet(&clock()).rule(limit).build().unwrap();
    let users = Router::new()
        .route("/users", get(|| async {}))
        .layer(ArcjetLayer::new(arcjet));
    let app = App::start(Router::new().nest("/v1", users.clone()).nest("/v2", users)).await;
    assert_eq!(app.get("/v1/users").await.status, 200);
    assert_eq!(app.get("/v2/users").await.status, 200);
    assert_eq!(app.get("/v1/users").await.status, 429);
}

#[tokio::test]
async fn tests_need_no_socket() {
    let arcjet = arcjet(&clock()).rule(per_minute(1)).build().unwrap();
    let router = Router::new()
        .route("/", get(|| async {}))
        .layer(ArcjetLayer::new(arcjet))
        .layer(MockConnectInfo(SocketAddr::from(([203, 0, 113, 7], 4711))));
    let send = || router.clone().oneshot(Request::new(Body::empty()));
    assert_eq!(send().await.unwrap().status(), 200);
    let denied = send().await.unwrap();
    assert_eq!(denied.status(), 429);
    let decision = denied.extensions().get::<Decision>().unwrap();
    assert_eq!(
        decision.client_ip().and_then(|ip| ip.ip()),
        Some([203, 0, 113, 7].into())
    );
}
