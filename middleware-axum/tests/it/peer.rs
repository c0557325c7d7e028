//! Where the client's address comes from, and what happens without one.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arcjet_axum::{ArcjetDecision, ArcjetLayer, ArcjetRequest, FailPolicy, Reason};
use axum::Router;
use axum::routing::get;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::app::{App, arcjet, clock, per_minute};

/// Counts warnings of the crate that name the remedy.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN && metadata.target().starts_with("arcjet_axum")
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut |_: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            if format!("{value:?}").contains("into_make_service_with_connect_info::<SocketAddr>()") {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

// One thread, so that the subscriber of this test hears the server.
#[tokio::test(flavor = "current_thread")]
async fn a_missing_address_is_an_error_of_the_rule_and_one_warning() {
    let warnings = Warnings::default();
    let _guard = tracing::subscriber::set_default(warnings.clone());
    let show = |decision: ArcjetDecision| async move {
        match decision.reason() {
            Reason::Error(error) => error.message.clone(),
            _ => String::new(),
        }
    };
    let arcjet = arcjet(&clock()).rule(per_minute(1)).build().unwrap();
    let app = App::start_without_peers(
        Router::new()
            .route("/", get(show))
            .layer(ArcjetLayer::new(arcjet)),
    )
    .await;
    for _ in 0..3 {
        let answer = app.get("/").await;
        assert_eq!((answer.status.as_u16(), answer.header("ratelimit")), (200, ""));
        assert!(answer.body.contains("ip.src"), "{}", answer.body);
    }
    assert_eq!(warnings.0.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_missing_address_denies_where_errors_deny() {
    let arcjet = arcjet(&clock())
        .rule(per_minute(1))
        .fail_policy(FailPolicy::Closed)
        .build()
        .unwrap();
    let router = Router::new()
        .route("/", get(|| async {}))
        .layer(ArcjetLayer::new(arcjet));
    assert_eq!(App::start_without_peers(router).await.get("/").await.status, 403);
}

#[tokio::test]
async fn the_application_can_name_another_source() {
    let arcjet = arcjet(&clock()).rule(per_minute(1)).build().unwrap();
    let layer = ArcjetLayer::new(arcjet).peer_from(|request| {
        request
            .headers
            .get("x-socket")?
            .to_str()
            .ok()?
            .parse::<IpAddr>()
            .ok()
    });
    let show = |request: ArcjetRequest| async move { format!("{:?}", request.peer()) };
    let app = App::start(Router::new().route("/", get(show)).layer(layer)).await;
    let from = async |ip| app.get_with("/", &[("x-socket", ip)]).await;
    assert_eq!(from("203.0.113.7").await.body, "Some(203.0.113.7)");
    assert_eq!(from("203.0.113.7").await.status, 429);
    assert_eq!(from("203.0.113.8").await.status, 200);
}
