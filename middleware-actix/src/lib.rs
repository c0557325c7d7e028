//! Attack and bot detection, rate limits and more for [actix-web](https://docs.rs/actix-web), decided by
//! [`arcjet_engine`] inside this process or on a decision server.
//!
//! ```no_run
//! use actix_web::{App, HttpServer, web};
//! use arcjet_actix::{Arcjet, ArcjetMiddleware, DetectBot, FixedWindow};
//! use std::time::Duration;
//!
//! #[actix_web::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let arcjet = Arcjet::builder()
//!         .rule(DetectBot::allow(["CATEGORY:SEARCH_ENGINE"]))
//!         .rule(FixedWindow::new(100, Duration::from_secs(60)))
//!         .build()?;
//!     let protect = ArcjetMiddleware::new(arcjet);
//!     let app = move || App::new().wrap(protect.clone()).route("/", web::get().to(async || "hello"));
//!     Ok(HttpServer::new(app).bind("127.0.0.1:3000")?.run().await?)
//! }
//! ```
//!
//! `curl` is a bot that is not on the list: it gets 403. A browser gets 100 answers a minute, each with the headers
//! `RateLimit` and `RateLimit-Policy`, and then 429 with `Retry-After`.
//!
//! # One client for all workers
//!
//! `HttpServer` runs its closure once in every worker. Build the client and the middleware before it, as above, and move
//! a clone in: clones share counters, deny cache and connections. A client that is built inside the closure counts for
//! one worker alone, so that a limit of 100 would let a client pass 100 times for every core.
//!
//! # The client's address
//!
//! Most rules tell clients apart by address, so the middleware must know it:
//!
//! - It is [`HttpRequest::peer_addr`](actix_web::HttpRequest::peer_addr), the other end of the connection. Never
//!   `ConnectionInfo::realip_remote_addr`, which any client can set.
//! - Behind a proxy or load balancer, name it:
//!   [`Arcjet::builder().trusted_proxies(["10.0.0.0/8"])`](ArcjetBuilder::trusted_proxies). `X-Forwarded-For` counts only
//!   if it comes from there.
//! - On a Unix socket, say where the address is with [`ArcjetMiddleware::peer_from`]. Without an address the middleware
//!   logs one warning, and rules that need it report an error instead of a result: such requests are allowed, or
//!   denied under [`FailPolicy::Closed`].
//! - In tests without a socket, call `actix_web::test::TestRequest::peer_addr`.
//!
//! # Where the middleware belongs
//!
//! `wrap` calls run from the last to the first: the one that is written last sees a request first.
//!
//! - Inside logging and metrics, so that they see denied requests. They find the [`Decision`] of a request in
//!   its extensions (`ServiceResponse::request`), and that of a denied one in the response's as well.
//! - Inside CORS, so that browsers can read the answer to a denied request, and pre-flight requests are not counted.
//! - Outside what is expensive: sessions, authentication with a database, large bodies.
//! - Outside `NormalizePath`, which rewrites what rules are to see.
//! - On the `App`, so that scans for paths that don't exist are judged as well.
//!
//! ```
//! # use actix_cors::Cors;
//! # use actix_web::{App, middleware::{Logger, NormalizePath}};
//! # use arcjet_actix::{Arcjet, ArcjetMiddleware};
//! # let protect = ArcjetMiddleware::new(Arcjet::builder().build()?);
//! let app = App::new()
//!     .wrap(NormalizePath::trim())
//!     .wrap(protect.clone())
//!     .wrap(Cors::permissive())
//!     .wrap(Logger::default());
//! # let _ = app;
//! # Ok::<(), arcjet_actix::ConfigError>(())
//! ```
//!
//! A request should pass one middleware only: rules that are in two of them count it twice. For routes with rules of
//! their own, wrap each scope or resource with a client derived by [`Arcjet::with_rule`]; they share the sandbox, the
//! counters and the deny cache.
//!
//! ```
//! # use actix_web::{App, web};
//! # use arcjet_actix::{Arcjet, ArcjetMiddleware, DetectBot, FixedWindow};
//! # use std::time::Duration;
//! let arcjet = Arcjet::builder().rule(DetectBot::deny(["CATEGORY:AI"])).build()?;
//! let strict = ArcjetMiddleware::new(arcjet.with_rule(FixedWindow::new(5, Duration::from_secs(60)))?);
//! let pages = ArcjetMiddleware::new(arcjet);
//! let app = App::new()
//!     .service(web::resource("/").wrap(pages.clone()).get(async || "page"))
//!     .service(web::resource("/login").wrap(strict.clone()).post(async || "in"));
//! # let _ = app;
//! # Ok::<(), arcjet_actix::ConfigError>(())
//! ```
//!
//! # Decisions in handlers
//!
//! [`ArcjetDecision`] gives a handler what was decided about its request. The middleware also leaves its client in the
//! request, for `web::ReqData<Arcjet>`.
//!
//! # Rules in handlers
//!
//! A limit per user can only be judged where the user is known. [`ArcjetRequest`] describes the request, takes what the
//! handler knows, and judges it. A denial returns as an error that is the answer, and the decision adds its headers
//! to the handler's own response. [`Arcjet::with_only`] makes a client of its own for that, so that the rules of the
//! middleware, which have judged this request, don't count it again:
//!
//! ```
//! use actix_web::{App, Responder, web};
//! use arcjet_actix::{Arcjet, ArcjetRequest, Denied, TokenBucket};
//! use std::time::Duration;
//!
//! async fn ask(per_user: web::Data<Arcjet>, request: ArcjetRequest) -> Result<impl Responder, Denied> {
//!     let user_id = "42"; // from the session
//!     let decision = request.with_characteristic("userId", user_id).with_requested(50).protect(&per_user).await?;
//!     Ok(decision.respond_with("the answer"))
//! }
//!
//! # let arcjet = Arcjet::builder().build()?;
//! let bucket = TokenBucket::new(2_000, 500, Duration::from_secs(3600)).characteristics(["userId"]);
//! let per_user = web::Data::new(arcjet.with_only(bucket)?);
//! let app = App::new().app_data(per_user.clone()).route("/ask", web::post().to(ask));
//! # let _ = app;
//! # Ok::<(), arcjet_actix::ConfigError>(())
//! ```
//!
//! # Answers to denied requests
//!
//! [`Denied`] is the answer unless [`ArcjetMiddleware::on_deny`] sets another one. Rules in
//! [`Mode::DryRun`] never deny and show no headers; their results are in the decision.
//!
//! # Headers for browsers
//!
//! [`SecurityHeadersMiddleware`] adds a content security policy and what else makes browsers careful: nosecone's defaults,
//! typed.
//!
//! # Bodies
//!
//! If a rule reads bodies, as [`Shield`] does, the beginning of a body is read before the handler runs, and put
//! back as it came: the same chunks, an error where it was. What lies beyond the rules' window is never held, so uploads
//! stream through. What actix-web itself does with a body is unchanged: it answers `Expect: 100-continue` before any
//! middleware runs, and closes an HTTP/1.1 connection on which a denied request's body is still under way.

mod body;
mod decision;
mod denied;
mod describe;
mod future;
mod headers;
mod middleware;
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
pub use decision::{ArcjetDecision, DecisionResponder, MissingMiddleware};
pub use denied::Denied;
pub use future::ResponseFuture;
pub use middleware::ArcjetMiddleware;
pub use request::ArcjetRequest;
pub use security_headers::{SecurityHeadersFuture, SecurityHeadersMiddleware, SecurityHeadersService};
pub use service::ArcjetService;

/// The examples of the read-me file are tested as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;

/// So are those of the guide.
#[cfg(doctest)]
#[doc = include_str!("../../docs/frameworks/actix.md")]
struct Guide;
