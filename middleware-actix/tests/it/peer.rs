//! Whose address counts.

use std::net::IpAddr;

use actix_web::{App, web};
use arcjet_actix::{ArcjetMiddleware, ArcjetRequest, FailPolicy};

use crate::app::{FIREFOX, arcjet, clock, per_minute, start};

async fn show(request: ArcjetRequest) -> String {
    format!("{:?}", request.peer())
}

#[tokio::test]
async fn forwarding_headers_of_strangers_do_not_count() {
    let arcjet = arcjet(&clock()).rule(per_minute(1)).build().unwrap();
    let protect = ArcjetMiddleware::new(arcjet);
    let app = start(move || App::new().wrap(protect.clone()).route("/", web::get().to(show))).await;
    let as_client = async |ip: &str| {
        let forwarded = format!("for={ip}");
        app.get_with(
            "/",
            &[
                ("user-agent", FIREFOX),
                ("x-forwarded-for", ip),
                ("forwarded", &forwarded),
                ("x-real-ip", ip),
            ],
        )
        .await
    };
    assert_eq!(as_client("203.0.113.7").await.body, "Some(127.0.0.1)");
    assert_eq!(as_client("203.0.113.8").await.status, 429);
}

#[tokio::test]
async fn the_application_can_name_another_source() {
    let arcjet = arcjet(&clock()).rule(per_minute(1)).build().unwrap();
    let protect = ArcjetMiddleware::new(arcjet).peer_from(|request| {
        request
            .headers()
            .get("x-socket")?
            .to_str()
            .ok()?
            .parse::<IpAddr>()
            .ok()
    });
    let app = start(move || App::new().wrap(protect.clone()).route("/", web::get().to(show))).await;
    let from = async |ip| app.get_with("/", &[("x-socket", ip)]).await;
    assert_eq!(from("203.0.113.7").await.body, "Some(203.0.113.7)");
    assert_eq!(from("203.0.113.7").await.status, 429);
    assert_eq!(from("203.0.113.8").await.status, 200);
}

#[tokio::test]
async fn a_missing_address_allows_or_denies_as_errors_do() {
    for (policy, status) in [(FailPolicy::Open, 200), (FailPolicy::Closed, 403)] {
        let arcjet = arcjet(&clock()).rule(per_minute(1)).fail_policy(policy);
        let protect = ArcjetMiddleware::new(arcjet.build().unwrap()).peer_from(|_| None);
        let app = start(move || App::new().wrap(protect.clone()).route("/", web::get().to(show))).await;
        for _ in 0..2 {
            let answer = app.get("/").await;
            assert_eq!(answer.status, status, "{policy:?}");
            // What the middleware did not find, a handler doesn't either.
            assert!(status == 403 || answer.body == "None", "{}", answer.body);
        }
    }
}
