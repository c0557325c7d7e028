//! The decision server of Arcjet for Rust: rate limits and all other rules for applications that ask over the network.
//!
//! One port speaks the protocols that the official Arcjet SDKs and the engine's own client use, for the services
//! `proto.decide.v1alpha1.DecideService` (requests) with its methods `Decide` and `Report`, and `proto.decide.v2.DecideService`
//! (guarded calls) with its methods `Guard`, `GetGuardPolicy` and `Capture`:
//!
//! - **Connect**, unary, as `application/proto` or `application/json`, with gzip request bodies (the SDKs for JavaScript,
//!   Python and Go; curl);
//! - **gRPC** (the engine's client), and gRPC health checks;
//!
//! over HTTP/1.1 and HTTP/2, with TLS or without (h2c with prior knowledge), and `GET /healthz` and `GET /metrics` beside them.
//!
//! What a decision says comes from [`ProtocolDecider`](arcjet_engine::decider::protocol::ProtocolDecider); this crate is
//! the way in and out: framing, authentication, limits on what a client may cost, metrics and a graceful end.
//!
//! ```no_run
//! use arcjet_decide_server::{Config, Store, serve};
//! use arcjet_engine::decider::protocol::ProtocolDecider;
//!
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8787").await?;
//! let config = Config::new(ProtocolDecider::builder().build_over(Store::default())?);
//! serve(config, listener, async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await?;
//! # Ok(()) }
//! ```
//!
//! # What bounds its memory
//! A body may be [`Config::max_body_bytes`] long, compressed and decompressed; all bodies that are being received may hold
//! [`Config::max_buffered_bytes`]; connections, streams and headers are counted ([`Config::max_connections`]), and a request
//! has [`Config::request_timeout`] to arrive and be answered. The limits' own store is bounded by the decider.

mod auth;
mod body;
mod code;
mod config;
mod connect;
pub mod data;
mod deadline;
mod endpoint;
mod grpc;
mod load;
mod metrics;
mod reflection;
pub mod replay;
mod reputation;
pub mod rules_file;
mod server;
pub mod settings;
mod site;
mod sites;
mod store;
mod tls;
#[cfg(feature = "otlp")]
mod trace;
#[cfg(not(feature = "otlp"))]
#[path = "trace/off.rs"]
mod trace;

/// The service stub, generated from `engine/proto` by `cargo xtask proto`.
mod generated {
    #![allow(
        unreachable_pub,
        clippy::all,
        clippy::allow_attributes_without_reason,
        clippy::needless_pass_by_value,
        clippy::str_to_string,
        clippy::use_self,
        reason = "generated code"
    )]
    include!("generated/decide.v1alpha1.server.rs");

    pub mod v2 {
        include!("generated/decide.v2.server.rs");
    }
}

pub use auth::{InvalidKey, InvalidKeyHash, KeyHash, Keys};
pub use config::Config;
pub use endpoint::{Endpoint, ResponseBody};
pub use reputation::{ReputationConfig, keep_fresh};
pub use rules_file::{Faults, RuleTable, RulesFile};
pub use server::{ConnectionConfig, Listener, Listeners, ServeError, serve};
pub use sites::{SiteConfig, Sites};
pub use store::{Leased, Store, TimeSource, ValkeyConfig, ValkeyStore};
pub use tls::{ClientCertificates, Tls, TlsConfig, TlsError};
#[cfg(feature = "otlp")]
pub use trace::{TraceConfig, TraceError, Tracer};
