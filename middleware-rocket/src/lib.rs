//! Attack and bot detection, rate limits and more for [Rocket](https://rocket.rs) 0.5, decided by
//! [`arcjet_engine`] inside this process or on a decision server.
//!
//! ```no_run
//! use arcjet_rocket::{Arcjet, ArcjetFairing, DetectBot, FixedWindow};
//! use std::time::Duration;
//!
//! #[rocket::get("/")]
//! fn hello() -> &'static str {
//!     "hello"
//! }
//!
//! #[rocket::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let arcjet = Arcjet::builder()
//!         .rule(DetectBot::allow(["CATEGORY:SEARCH_ENGINE"]))
//!         .rule(FixedWindow::new(100, Duration::from_secs(60)))
//!         .build()?;
//!     rocket::build().attach(ArcjetFairing::new(arcjet)).mount("/", rocket::routes![hello]).launch().await?;
//!     Ok(())
//! }
//! ```
//!
//! `curl` is a bot that is not on the list: it gets 403. A browser gets 100 answers a minute, each with the headers
//! `RateLimit` and `RateLimit-Policy`, and then 429 with `Retry-After`.
//!
//! # The fairing
//!
//! [`ArcjetFairing`] judges every request before it is routed, also those for which there is no route. A denied one never
//! reaches a handler. Response fairings run for it, among them Rocket's `Shield`.
//!
//! A fairing of Rocket can't answer. This one adds `__arcjet=denied` to the query of a denied request, and a route of its own,
//! which comes before all others, answers what is so marked and denied. Method and path stay: logs show them, and catchers
//! for a part of the application catch what is theirs. In a request that is not denied those words mean nothing.
//!
//! Attach it after fairings that change addresses: one that comes later and drops the mark lets the handler run, and
//! only the response can still be replaced, which is logged as an error.
//!
//! # The client's address
//!
//! It is [`Request::remote`](rocket::Request::remote), never what a header says; Rocket's own `client_ip` believes
//! `X-Real-IP` from anybody. Behind a proxy or load balancer, name it:
//! [`Arcjet::builder().trusted_proxies(["10.0.0.0/8"])`](ArcjetBuilder::trusted_proxies). In tests with `rocket::local`, give
//! each request a `remote`. Without an address, rules that need it report an error instead of a result: such requests are
//! allowed, or denied under [`FailPolicy::Closed`].
//!
//! # Rules of single routes
//!
//! [`Protected`] is a request guard with rules of its own, which come on top of the fairing's.
//!
//! # Decisions in handlers
//!
//! [`ArcjetDecision`] gives a handler what was decided about its request. The fairing's client is managed: `&State<Arcjet>`,
//! unless the application manages an `Arcjet` itself.
//!
//! # Rules in handlers
//!
//! A limit per user can only be judged where the user is known. [`ArcjetRequest`] describes the request, takes what the
//! handler knows, and judges it. A denial returns as an error that is the answer, and [`Decided`] adds the decision's headers
//! to the handler's own response. [`Arcjet::with_only`] makes a client of its own for that, so that the rules of the
//! fairing, which have judged this request, don't count it again:
//!
//! ```
//! use arcjet_rocket::{Arcjet, ArcjetRequest, Decided, Denied, TokenBucket};
//! use rocket::{State, post, routes};
//! use std::time::Duration;
//!
//! struct PerUser(Arcjet);
//!
//! #[post("/ask")]
//! async fn ask(request: ArcjetRequest, per_user: &State<PerUser>) -> Result<Decided<&'static str>, Denied> {
//!     let user_id = "42"; // from the session
//!     let request = request.with_characteristic("userId", user_id).with_requested(50);
//!     let decision = request.protect(&per_user.0).await?;
//!     Ok(Decided(decision, "the answer"))
//! }
//!
//! # let arcjet = Arcjet::builder().build()?;
//! let bucket = TokenBucket::new(2_000, 500, Duration::from_secs(3600)).characteristics(["userId"]);
//! let rocket = rocket::build().manage(PerUser(arcjet.with_only(bucket)?)).mount("/", routes![ask]);
//! # let _ = rocket;
//! # Ok::<(), arcjet_rocket::ConfigError>(())
//! ```
//!
//! # Bodies
//!
//! A fairing sees the first 512 bytes of a body, and rules that read bodies judge those. Routes that take bodies in which an
//! attack could come later take them as [`Inspected`], which has the rules judge as far as they read. Bodies that
//! handlers take otherwise are judged by their first 512 bytes only.
//!
//! Rocket itself waits for the first 14 bytes of every body before any fairing runs, without a deadline.
//!
//! # Answers to denied requests
//!
//! [`Denied`] is the answer, whatever catchers there are, unless [`ArcjetFairing::on_deny`] sets another one, or
//! [`ArcjetFairing::with_catchers`] leaves it to the application's catchers. So are denials answered that come from a guard,
//! [`Protected`] or [`Inspected`]. Rules in [`Mode::DryRun`] never deny and show no headers; their results are in the
//! decision.
//!
//! # What Rocket keeps from rules
//!
//! Header values that are not UTF-8 are dropped by Rocket, requests with methods that it doesn't know or addresses that it can't
//! read are answered with 400 before any fairing runs, and the version of HTTP is known only if it is 2.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a failed unwrap fails the test"))]

mod decision;
mod denied;
mod deny_route;
mod describe;
mod fairing;
mod from_body;
mod headers;
mod inspected;
mod multipart;
mod peek;
mod protected;
mod request;
#[cfg(test)]
mod slow_body;
mod stream;
mod verdict;

pub use arcjet_engine as engine;
#[doc(no_inline)]
pub use arcjet_engine::{
    Arcjet, ArcjetBuilder, Conclusion, ConfigError, Decision, DetectBot, DetectPromptInjection, EmailType,
    FailPolicy, Filter, FixedWindow, Mode, ProtectSignup, Reason, RequestDetails, SensitiveInfo, Shield,
    ShieldCategory, SlidingWindow, TokenBucket, ValidateEmail,
};

#[cfg(feature = "redact")]
pub use arcjet_engine::redact;
pub use decision::{ArcjetDecision, Decided, MissingFairing};
pub use denied::Denied;
pub use fairing::ArcjetFairing;
pub use from_body::FromBody;
pub use inspected::{InspectError, Inspected};
pub use protected::Protected;
pub use request::ArcjetRequest;
pub use stream::InspectedStream;

/// The examples of the read-me file are tested as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;

/// And those of the guide.
#[cfg(doctest)]
#[doc = include_str!("../../docs/frameworks/rocket.md")]
struct Guide;
