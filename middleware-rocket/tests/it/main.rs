//! The fairing and the guards as applications use them: most tests run a real Rocket server on a port.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod answers;
mod app;
mod bodies;
mod catchers;
mod handlers;
#[cfg(feature = "json")]
mod json;
mod local;
mod peer;
mod routing;
mod security_headers;
mod transport;
