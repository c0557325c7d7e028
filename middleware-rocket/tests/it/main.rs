//! The fairing and the guards as applications use them: most tests run a real Rocket server on a port.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
#![allow(
    clippy::needless_pass_by_value,
    reason = "handlers own what their guards made"
)]

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
