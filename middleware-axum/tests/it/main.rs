//! The layer and the extractors as applications use them: most tests run a real axum server on a port.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod answers;
mod app;
mod bodies;
mod expectations;
#[cfg(feature = "tonic")]
mod grpc;
mod handlers;
mod order;
mod peer;
mod security_headers;
mod tower_contract;
mod transport;
