//! The middleware and the extractors as applications use them: most tests run a real actix-web server on a port.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod answers;
mod app;
mod bodies;
mod handlers;
mod peer;
mod placement;
mod security_headers;
mod transport;
mod workers;
