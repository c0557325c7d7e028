//! The layer in plain tower stacks: bounds, readiness, foreign body types.

use std::convert::Infallible;
use std::io;

use arcjet_axum::{ArcjetLayer, ArcjetService, Decision, DetectBot};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use axum::routing::get;
use http_body_util::{BodyExt as _, Full};
use tower::limit::ConcurrencyLimitLayer;
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};

use crate::app::{arcjet, clock};

type RequestOf<B> = Request<B>;

fn layer() -> ArcjetLayer {
    ArcjetLayer::new(arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap())
}

fn request<B>(user_agent: &str, body: B) -> RequestOf<B> {
    Request::builder()
        .header("user-agent", user_agent)
        .body(body)
        .unwrap()
}

/// What `Router::layer` asks for.
fn assert_layer_bounds<L, S>(layer: L) -> L
where
    L: Layer<S> + Clone + Send + Sync + 'static,
    L::Service: Service<Request<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    <L::Service as Service<Request<Body>>>::Response: axum::response::IntoResponse + 'static,
    <L::Service as Service<Request<Body>>>::Future: Send + 'static,
{
    layer
}

#[test]
fn fits_axum() {
    let layer = assert_layer_bounds::<_, axum::routing::Route>(layer());
    let _: Router = Router::new()
        .route("/", get(|| async {}).layer(layer.clone()))
        .layer(layer);
}

#[test]
fn types_are_send_sync_and_debug() {
    fn assert<T: Send + Sync + Clone + std::fmt::Debug>() {}
    assert::<ArcjetLayer>();
    assert::<ArcjetService<()>>();
    assert::<arcjet_axum::ArcjetDecision>();
    assert::<arcjet_axum::ArcjetRequest>();
    assert::<arcjet_axum::Denied>();
}

#[tokio::test]
async fn serves_foreign_bodies_and_errors() {
    let inner = service_fn(|request: Request<Full<&'static [u8]>>| async move {
        assert!(request.extensions().get::<Decision>().is_some());
        match request.uri().path() {
            "/broken" => Err(io::Error::other("broken")),
            _ => Ok(Response::new(Full::new(
                request.into_body().collect().await.unwrap().to_bytes(),
            ))),
        }
    });
    let service = ServiceBuilder::new().layer(layer()).service(inner);
    let response = service
        .clone()
        .oneshot(request("Firefox", Full::new(&b"ping"[..])))
        .await
        .unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "ping");
    let denied = service
        .clone()
        .oneshot(request("curl/8", Full::default()))
        .await
        .unwrap();
    assert_eq!(denied.status(), 403);
    let mut broken = request("Firefox", Full::default());
    *broken.uri_mut() = "/broken".parse().unwrap();
    assert_eq!(service.oneshot(broken).await.unwrap_err().to_string(), "broken");
}

/// Calling a clone of the service that was polled ready would panic here: only the original holds the permit.
#[tokio::test]
async fn calls_the_service_that_was_polled_ready() {
    let inner = service_fn(|_: Request<Body>| async { Ok::<_, Infallible>(Response::new(Body::empty())) });
    let mut service = ServiceBuilder::new()
        .layer(layer())
        .layer(ConcurrencyLimitLayer::new(1))
        .service(inner);
    // A denied request gives its permit back, too, or the third one would wait for ever.
    for (user_agent, status) in [("Firefox", 200), ("curl/8", 403), ("Firefox", 200)] {
        let ready = ServiceExt::<Request<Body>>::ready(&mut service).await.unwrap();
        let response = ready.call(request(user_agent, Body::empty())).await.unwrap();
        assert_eq!(response.status(), status);
    }
}

/// The layer puts this future on the heap for every request; a large one is copied there.
#[test]
fn the_future_of_a_decision_is_small() {
    let arcjet = arcjet(&clock()).build().unwrap();
    let details = arcjet_axum::RequestDetails::builder("GET", "/").build();
    let size = std::mem::size_of_val(&arcjet.protect(&details));
    assert!(size <= 1024, "{size} bytes");
}
