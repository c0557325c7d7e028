//! Tests of the decision server over its port: protocols, limits on what a client may cost, and the official SDKs.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails, in helpers too")]

mod auth;
mod client;
mod connect;
mod decisions;
mod drain;
mod grpc;
mod hostile;
mod limits;
mod program;
mod random_input;
mod rust_client;
mod sdk;
mod server;
mod sites;
mod valkey;
