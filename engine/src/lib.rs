//! Request security for Rust web applications: the engine behind the middlewares `arcjet-axum` and others.
//!
//! A client, [`Arcjet`], is built once with typed rules and judges every request:
//!
//! 1. It determines who the client is: the address behind trusted proxies, and a fingerprint for each rule.
//! 2. It looks into the deny cache: who was denied a moment ago is denied again for next to nothing.
//! 3. It runs the local rules (bot detection) as WebAssembly in a sandbox, in one call.
//! 4. It asks the decider about rate limits: inside this process unless [`ArcjetBuilder::decide_at`] names a server.
//!
//! The outcome is a [`Decision`] with the result and the reason of every rule. [`Arcjet::protect`] never fails: a fault
//! follows the [`FailPolicy`] and is visible in the decision.
//!
//! ```
//! use arcjet_engine::{Arcjet, DetectBot, RequestDetails, SlidingWindow};
//! use std::time::Duration;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), arcjet_engine::ConfigError> {
//! let arcjet = Arcjet::builder()
//!     .rule(DetectBot::allow(["CATEGORY:SEARCH_ENGINE"]))
//!     .rule(SlidingWindow::new(60, Duration::from_secs(60)))
//!     .build()?;
//!
//! let request = RequestDetails::builder("GET", "/")
//!     .header("user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
//!     .peer("203.0.113.7".parse().unwrap())
//!     .build();
//! let decision = arcjet.protect(&request).await;
//! assert!(decision.is_allowed());
//! assert_eq!(decision.rate_limits().next().map(|limit| limit.remaining), Some(59));
//! # Ok(())
//! # }
//! ```
//!
//! # Cargo features
//!
//! | feature | default | what it brings |
//! |---|---|---|
//! | `remote` | yes | the gRPC client for a decision server |
//! | `ip-data` | yes | tables of countries and hosting providers for [`reputation`], 0.5 MB |
//! | `mmdb` | no | users' own databases of addresses in MaxMind's format |
//! | `remote-tls` | yes | `https` addresses for it: rustls with ring, and the system's certificate authorities |
//! | `compressed-bodies` | no | unpacks compressed bodies for the rules, [`ArcjetBuilder`]`::inspect_compressed_bodies` |
//! | `custom-rules` | no | rules of your own in WebAssembly, `CustomRule`; brings a compiler along |
//! | `redact` | no | `redact()` and `unredact()` for any text |
//! | `dns` | no | asks the DNS whether the domain of an e-mail address takes mail, and whether a bot is what it says it is |
//! | `replay` | no | judges recorded requests, for `arcjet-decide replay`; not covered by semantic versioning |
//! | `wire`, `wire-json` | no | the wire protocol, for servers; not covered by semantic versioning |
//! | `cross-compile` | no | builds for another processor than the build machine's |

mod adapter;
mod answer;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
mod body;
mod cache;
mod client;
mod client_ip;
#[cfg(not(feature = "wire"))]
mod decider;
#[cfg(feature = "wire")]
#[doc(hidden)]
pub mod decider;
mod decision;
#[cfg(feature = "dns")]
pub mod dns;
mod error;
mod evaluation;
mod fingerprint;
mod id;
pub mod limit;
#[cfg(feature = "wire")]
pub mod observation;
#[cfg(feature = "redact")]
pub mod redact;
#[cfg(feature = "replay")]
#[doc(hidden)]
pub mod replay;
pub mod reputation;
mod request;
mod rule;
mod sandbox;
pub mod security_headers;
mod telemetry;
mod time;
pub mod verification;
#[cfg(feature = "wire")]
#[doc(hidden)]
pub mod wire;
#[cfg(all(feature = "remote", not(feature = "wire")))]
mod wire;

pub use answer::{AnswerFormat, RateLimitHeaders, Refusal};
pub use body::{BodyArrival, BodyInspection, BodyWindow};
pub use client::{Arcjet, ArcjetBuilder};
pub use client_ip::{ForwardedHeader, Platform};
#[cfg(feature = "remote-tls")]
pub use decider::remote::DecideTls;
pub use decision::{
    BotReason, ClientIp, Conclusion, CustomReason, Decision, DecisionId, EmailReason, ErrorReason,
    ErrorSource, FailPolicy, FilterReason, IpDetails, IpFlag, MissingInput, PromptInjectionReason,
    Provenance, RateLimitReason, Reason, RuleResult, RuleState, SensitiveInfoReason, SensitiveSpan,
    ShieldDetection, ShieldReason, SuspicionPoints, ThreatIntelligence,
};
pub use error::ConfigError;
pub use fingerprint::Fingerprint;
pub use request::{RequestDetails, RequestDetailsBuilder};
#[cfg(feature = "custom-rules")]
pub use rule::CustomRule;
pub use rule::{
    Characteristic, DetectBot, DetectPromptInjection, EmailLevel, EmailType, Filter, FixedWindow,
    MissingUserAgent, Mode, ProtectSignup, Rule, RuleId, RuleKind, SensitiveInfo, Shield, ShieldCategory,
    SlidingWindow, TokenBucket, ValidateEmail,
};
pub use sandbox::{Isolation, SandboxConfig};
pub use time::{Clock, ManualClock, Timestamp};

/// The examples of the read-me file are tested as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;

/// And those of the page about the client's address.
#[cfg(doctest)]
#[doc = include_str!("../../docs/client-ip.md")]
struct ClientIpPage;

/// And those of the page about sensitive information.
#[cfg(all(doctest, feature = "redact"))]
#[doc = include_str!("../../docs/rules/sensitive-info.md")]
struct SensitiveInfoPage;

/// And those of the pages about rate limits and about going live.
#[cfg(doctest)]
#[doc = include_str!("../../docs/rules/rate-limits.md")]
#[doc = include_str!("../../docs/deployment.md")]
struct GuidePages;
