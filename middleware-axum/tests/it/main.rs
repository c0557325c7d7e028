//! The layer and the extractors as applications use them: most tests run a real axum server on a port.

mod answers;
mod app;
mod handlers;
mod order;
mod peer;
mod tower_contract;
mod transport;
