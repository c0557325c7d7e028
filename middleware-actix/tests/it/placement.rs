//! The middleware among other middlewares, on apps, scopes and resources.

use actix_cors::Cors;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Service as _, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{Compat, Condition, DefaultHeaders, Logger, NormalizePath};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpMessage as _, HttpResponse, error, web};
use arcjet_actix::{ArcjetMiddleware, Decision, DetectBot};

use crate::app::{FIREFOX, arcjet, clock, per_minute, start};

const CURL: (&str, &str) = ("user-agent", "curl/8.5.0");

fn no_curl() -> ArcjetMiddleware {
    ArcjetMiddleware::new(arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap())
}

/// What a middleware for logs does: look at what comes back.
fn note<B>(mut response: ServiceResponse<B>) -> ServiceResponse<B> {
    let of_request = response.request().extensions().get::<Decision>().cloned();
    let of_response = response.response().extensions().get::<Decision>().cloned();
    let reason = |decision: Option<Decision>| {
        let reason = decision.map_or("unknown", |decision| decision.reason().as_str());
        HeaderValue::from_static(reason)
    };
    for (name, decision) in [("x-request", of_request), ("x-response", of_response)] {
        let name = HeaderName::from_static(name);
        response.headers_mut().insert(name, reason(decision));
    }
    response
}

#[tokio::test]
async fn outer_middlewares_see_what_was_denied() {
    for protect in [no_curl(), no_curl().on_deny(|_, _| HttpResponse::Forbidden())] {
        let app = start(move || {
            App::new()
                .route("/", web::get().to(async || "hello"))
                .wrap(protect.clone())
                .wrap_fn(|request, next| {
                    let response = next.call(request);
                    async { Ok(note(response.await?)) }
                })
                .wrap(Cors::default().allowed_origin("https://shop.example"))
                .wrap(Logger::default())
        })
        .await;
        let origin = ("origin", "https://shop.example");
        let denied = app.get_with("/", &[CURL, origin]).await;
        assert_eq!(denied.status, 403);
        assert_eq!(
            (denied.header("x-request"), denied.header("x-response")),
            ("bot", "bot")
        );
        assert_eq!(denied.header("access-control-allow-origin"), origin.1);
        let allowed = app.get_with("/", &[("user-agent", FIREFOX), origin]).await;
        assert_eq!(
            (allowed.header("x-request"), allowed.header("x-response")),
            ("none", "unknown")
        );
        assert_eq!(allowed.header("access-control-allow-origin"), origin.1);
    }
}

#[tokio::test]
async fn what_is_inside_does_not_see_what_was_denied() {
    let protect = ArcjetMiddleware::new(arcjet(&clock()).rule(per_minute(1)).build().unwrap());
    let app = start(move || {
        App::new()
            .route("/", web::get().to(async || "hello"))
            .wrap_fn(|request, next| {
                assert!(request.extensions().contains::<Decision>());
                let response = next.call(request);
                async { Ok(note(response.await?)) }
            })
            .wrap(protect.clone())
    })
    .await;
    assert_eq!(app.get("/").await.header("x-request"), "rate_limit");
    assert_eq!(app.get("/").await.header("x-request"), "");
}

#[tokio::test]
async fn it_wraps_apps_scopes_and_resources_alone_and_in_other_wrappers() {
    let protect = no_curl();
    let app = start(move || {
        let hello = async || "hello";
        App::new()
            .service(
                web::scope("/scope")
                    .wrap(protect.clone())
                    .route("/", web::get().to(hello)),
            )
            .service(web::resource("/resource").wrap(protect.clone()).get(hello))
            .service(
                web::scope("/compat")
                    .wrap(Compat::new(protect.clone()))
                    .route("/", web::get().to(hello)),
            )
            .service(
                web::resource("/on")
                    .wrap(Condition::new(true, protect.clone()))
                    .get(hello),
            )
            .service(
                web::resource("/off")
                    .wrap(Condition::new(false, protect.clone()))
                    .get(hello),
            )
            .service(
                web::resource("/bodies")
                    .wrap(DefaultHeaders::new().add(("x-default", "1")))
                    .wrap(protect.clone())
                    .wrap(Compat::new(Logger::default()))
                    .get(hello),
            )
            .route("/free", web::get().to(hello))
    })
    .await;
    for (path, status) in [
        ("/scope/", 403),
        ("/resource", 403),
        ("/compat/", 403),
        ("/on", 403),
        ("/off", 200),
        ("/bodies", 403),
        ("/free", 200),
        // A scope's middleware judges what the scope has no route for.
        ("/scope/wp-login.php", 403),
        ("/wp-login.php", 404),
    ] {
        assert_eq!(app.get_with(path, &[CURL]).await.status, status, "{path}");
        let browser = if path.ends_with("php") { 404 } else { 200 };
        assert_eq!(app.get(path).await.status, browser, "{path}");
    }
}

#[tokio::test]
async fn a_handlers_own_rate_limit_headers_stay() {
    let protect = ArcjetMiddleware::new(arcjet(&clock()).rule(per_minute(9)).build().unwrap());
    let own = async || {
        HttpResponse::Ok()
            .insert_header(("ratelimit", "limit=1, remaining=0, reset=1"))
            .finish()
    };
    let app = start(move || App::new().wrap(protect.clone()).route("/", web::get().to(own))).await;
    let answer = app.get("/").await;
    assert_eq!(answer.limit(), (200, "limit=1, remaining=0, reset=1", "", ""));
}

#[tokio::test]
async fn errors_of_handlers_and_of_inner_middlewares_say_where_the_client_stands() {
    let protect = ArcjetMiddleware::new(arcjet(&clock()).rule(per_minute(9)).build().unwrap());
    let app = start(move || {
        App::new()
            .route(
                "/handler",
                web::get().to(async || Err::<String, _>(error::ErrorConflict("handler"))),
            )
            .service(
                web::resource("/middleware")
                    .wrap_fn(|_, _| async { Err::<ServiceResponse, _>(error::ErrorConflict("middleware")) })
                    .get(async || "never"),
            )
            .wrap(protect.clone())
    })
    .await;
    for (path, remaining) in [("/handler", 8), ("/middleware", 7)] {
        let answer = app.get(path).await;
        let limit = format!("limit=9, remaining={remaining}, reset=60");
        assert_eq!(answer.limit(), (409, &*limit, "9;w=60", ""), "{path}");
    }
}

#[tokio::test]
async fn routes_derive_rules_of_their_own() {
    let base = arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap();
    let strict = ArcjetMiddleware::new(base.with_rule(per_minute(1)).unwrap());
    let page = ArcjetMiddleware::new(base);
    let app = start(move || {
        App::new()
            .service(web::resource("/page").wrap(page.clone()).get(async || ""))
            .service(web::resource("/login").wrap(strict.clone()).get(async || ""))
    })
    .await;
    let statuses = [
        app.get("/login").await.status.as_u16(),
        app.get("/login").await.status.as_u16(),
        app.get("/page").await.status.as_u16(),
        app.get_with("/login", &[CURL]).await.status.as_u16(),
    ];
    // The last one is denied by its limit, which is remembered, before it could be denied as a bot.
    assert_eq!(statuses, [200, 429, 200, 429]);
}

#[tokio::test]
async fn scopes_count_by_the_path_that_was_asked_for() {
    let limit = per_minute(1).characteristics(["http.request.uri.path"]);
    let protect = ArcjetMiddleware::new(arcjet(&clock()).rule(limit).build().unwrap());
    let app = start(move || {
        let users = || web::resource("/users").wrap(protect.clone()).get(async || "");
        App::new()
            .wrap(NormalizePath::trim())
            .service(web::scope("/v1").service(users()))
            .service(web::scope("/v2").service(users()))
    })
    .await;
    assert_eq!(app.get("/v1/users").await.status, 200);
    assert_eq!(app.get("/v2/users").await.status, 200);
    assert_eq!(app.get("/v1/users").await.status, 429);
}

#[actix_web::test]
async fn bodies_keep_their_types_and_tests_need_no_socket() {
    fn is_either<B: MessageBody>(_: &ServiceResponse<EitherBody<B, BoxBody>>) {}
    let protect = ArcjetMiddleware::new(arcjet(&clock()).rule(per_minute(1)).build().unwrap());
    let app = init_service(
        App::new()
            .wrap(protect)
            .route("/", web::get().to(async || "hello")),
    )
    .await;
    let send = || {
        let peer = std::net::SocketAddr::from(([203, 0, 113, 7], 4711));
        call_service(&app, TestRequest::get().peer_addr(peer).to_request())
    };
    let allowed = send().await;
    is_either(&allowed);
    assert!(allowed.status() == 200 && matches!(allowed.into_body(), EitherBody::Left { .. }));
    let denied = send().await;
    assert_eq!(denied.status(), 429);
    let decision = denied.response().extensions().get::<Decision>().cloned().unwrap();
    assert_eq!(
        decision.client_ip().and_then(|ip| ip.ip()),
        Some([203, 0, 113, 7].into())
    );
    assert!(matches!(denied.into_body(), EitherBody::Right { .. }));
}
