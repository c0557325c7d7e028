//! Tests of the decision server over its port: protocols, limits on what a client may cost, and the official SDKs.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails, in helpers too")]

mod auth;
mod certificates;
mod client;
mod connect;
mod decisions;
mod dns;
mod drain;
mod grpc;
mod guard;
mod guard_sdk;
mod hostile;
mod limits;
mod load;
mod metrics;
mod probe;
mod program;
mod random_input;
mod reflection;
mod replay;
mod reputation;
mod rust_client;
mod rust_tls;
mod sdk;
mod server;
mod settings;
mod sites;
mod tls;
#[cfg(feature = "otlp")]
mod trace;
mod valkey;
