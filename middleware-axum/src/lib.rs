//! Bot detection and rate limits for [axum](https://docs.rs/axum) and every other tower service, decided by
//! [`arcjet_engine`] inside this process or on a decision server.
//!
//! ```no_run
//! use arcjet_axum::{Arcjet, ArcjetLayer, DetectBot, FixedWindow};
//! use axum::{Router, routing::get};
//! use std::{net::SocketAddr, time::Duration};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let arcjet = Arcjet::builder()
//!         .rule(DetectBot::allow(["CATEGORY:SEARCH_ENGINE"]))
//!         .rule(FixedWindow::new(100, Duration::from_secs(60)))
//!         .build()?;
//!     let app = Router::new().route("/", get(|| async { "hello" })).layer(ArcjetLayer::new(arcjet));
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
//! }
//! ```
//!
//! `curl` is a bot that is not on the list: it gets 403. A browser gets 100 answers a minute, each with the headers
//! `RateLimit` and `RateLimit-Policy`, and then 429 with `Retry-After`.
//!
//! # The client's address
//!
//! Most rules tell clients apart by address, so the layer must know it:
//!
//! - Serve the router with `into_make_service_with_connect_info::<SocketAddr>()`, as above. Without it the layer logs
//!   one warning, and rules that need the address report an error instead of a result: such requests are allowed, or
//!   denied under [`FailPolicy::Closed`].
//! - Behind a proxy or load balancer, name it:
//!   [`Arcjet::builder().trusted_proxies(["10.0.0.0/8"])`](ArcjetBuilder::trusted_proxies). `X-Forwarded-For` counts only
//!   if it comes from there; otherwise any client could claim any address.
//! - With another server, or with connection information of your own type, say where the address is with
//!   [`ArcjetLayer::peer_from`].
//! - In tests without a socket, add `axum::extract::connect_info::MockConnectInfo` outside this layer.
//!
//! # Where the layer belongs
//!
//! `Router::layer` calls run from the last to the first, layers in a `tower::ServiceBuilder` from the first to the last.
//!
//! - Inside tracing and metrics, so that they see denied requests. They find the [`Decision`] of a denied request in
//!   the response's extensions.
//! - Inside CORS, so that browsers can read the answer to a denied request, and pre-flight requests are not counted.
//! - Outside what is expensive: authentication with a database, decompression, large bodies.
//! - `Router::layer` also protects the fallback, so that scans for paths that don't exist are judged;
//!   `Router::route_layer` does not.
//!
//! A request should pass one layer only: rules that are in two layers count it twice. For routes with rules of their own,
//! give each its own layer with a client derived by [`Arcjet::with_rule`]; they share the sandbox, the counters and
//! the deny cache.
//!
//! ```
//! # use arcjet_axum::{Arcjet, ArcjetLayer, DetectBot, FixedWindow};
//! # use axum::{Router, routing::{get, post}};
//! # use std::time::Duration;
//! let arcjet = Arcjet::builder().rule(DetectBot::deny(["CATEGORY:AI"])).build()?;
//! let strict = arcjet.with_rule(FixedWindow::new(5, Duration::from_secs(60)))?;
//! let app: Router = Router::new()
//!     .route("/", get(|| async { "page" }).layer(ArcjetLayer::new(arcjet)))
//!     .route("/login", post(|| async { "in" }).layer(ArcjetLayer::new(strict)));
//! # let _ = app;
//! # Ok::<(), arcjet_axum::ConfigError>(())
//! ```
//!
//! # Decisions in handlers
//!
//! [`ArcjetDecision`] gives a handler what was decided about its request. The layer also leaves its client in the
//! request, for `axum::Extension<Arcjet>`.
//!
//! # Rules in handlers
//!
//! A limit per user can only be judged where the user is known. [`ArcjetRequest`] describes the request, takes what the
//! handler knows, and judges it. A denial returns as an error that is the answer, and the decision adds its headers
//! to the handler's own response. [`Arcjet::with_only`] makes a client of its own for that, so that the rules of the
//! layer, which have judged this request, don't count it again:
//!
//! ```
//! use arcjet_axum::{Arcjet, ArcjetRequest, Denied, TokenBucket};
//! use axum::{Router, extract::State, response::IntoResponse, routing::post};
//! use std::time::Duration;
//!
//! async fn ask(State(per_user): State<Arcjet>, request: ArcjetRequest) -> Result<impl IntoResponse, Denied> {
//!     let user_id = "42"; // from the session
//!     let decision = request.with_characteristic("userId", user_id).with_requested(50).protect(&per_user).await?;
//!     Ok((decision, "the answer"))
//! }
//!
//! # let arcjet = Arcjet::builder().build()?;
//! let bucket = TokenBucket::new(2_000, 500, Duration::from_secs(3600)).characteristics(["userId"]);
//! let app: Router = Router::new().route("/ask", post(ask)).with_state(arcjet.with_only(bucket)?);
//! # let _ = app;
//! # Ok::<(), arcjet_axum::ConfigError>(())
//! ```
//!
//! # Answers to denied requests
//!
//! [`Denied`] is the answer unless [`ArcjetLayer::on_deny`] sets another one. Rules in
//! [`Mode::DryRun`] never deny and show no headers; their results are in the decision.
//!
//! # Headers for browsers
//!
//! [`SecurityHeadersLayer`] adds a content security policy and what else makes browsers careful: nosecone's defaults, typed.
//!
//! # Other tower services
//!
//! The layer serves every `Service<http::Request<B>>` whose response converts with axum's `IntoResponse`, as those of
//! hyper and tonic do. The service is generic over the request body, so a direct caller names it:
//! `ServiceExt::<Request<Body>>::ready(&mut service)`.
//!
//! Rules read bodies of axum's type. What was read must be put back, and a service for `Request<hyper::body::Incoming>`
//! takes nothing else; so turn the body into axum's outside the layer:
//!
//! ```
//! # use arcjet_axum::{Arcjet, ArcjetLayer, Shield};
//! # use http_body_util::Full;
//! # use std::convert::Infallible;
//! use axum::{body::{Body, Bytes}, http::{Request, Response}};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # type Incoming = Full<Bytes>;
//! let arcjet = Arcjet::builder().rule(Shield::new()).build()?;
//! let service = ServiceBuilder::new()
//!     .map_request(|request: Request<Incoming>| request.map(Body::new))
//!     .layer(ArcjetLayer::new(arcjet))
//!     .service(service_fn(|request: Request<Body>| async move {
//!         Ok::<_, Infallible>(Response::new(request.into_body()))
//!     }));
//! # let attack = Request::post("/").body(Full::from("q=<script>alert(document.cookie)</script>"))?;
//! # assert_eq!(service.oneshot(attack).await?.status(), 403);
//! # Ok(())
//! # }
//! ```
//!
//! For servers of tonic, see `docs/frameworks/tonic.md` in the repository; the cargo feature `tonic` knows their types.

mod body;
mod decision;
mod denied;
mod describe;
mod future;
mod grpc;
mod headers;
mod layer;
mod request;
mod security_headers;
mod service;

pub use arcjet_engine as engine;
#[doc(no_inline)]
pub use arcjet_engine::{
    Arcjet, ArcjetBuilder, Conclusion, ConfigError, Decision, DetectBot, DetectPromptInjection, EmailType,
    FailPolicy, Filter, FixedWindow, Mode, ProtectSignup, Reason, RequestDetails, SensitiveInfo, Shield,
    ShieldCategory, SlidingWindow, TokenBucket, ValidateEmail,
};

#[cfg(feature = "redact")]
pub use arcjet_engine::redact;
pub use decision::{ArcjetDecision, MissingLayer};
pub use denied::Denied;
pub use future::ResponseFuture;
pub use layer::ArcjetLayer;
pub use request::ArcjetRequest;
pub use security_headers::{SecurityHeadersFuture, SecurityHeadersLayer, SecurityHeadersService};
pub use service::ArcjetService;

/// The examples of the guide are tested as well.
#[cfg(doctest)]
#[doc = include_str!("../../docs/frameworks/axum.md")]
struct AxumGuide;

/// And those of the guide for tonic.
#[cfg(all(doctest, feature = "tonic"))]
#[doc = include_str!("../../docs/frameworks/tonic.md")]
struct TonicGuide;

/// The examples of the read-me file are tested as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;

/// And those of the page about headers for browsers.
#[cfg(doctest)]
#[doc = include_str!("../../docs/security-headers.md")]
struct SecurityHeadersPage;
