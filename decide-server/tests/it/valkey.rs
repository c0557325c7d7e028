//! The store over Valkey, against real servers that the tests start.

mod cluster;
mod equivalence;
mod failures;
mod sentinel;
pub(crate) mod server;
mod servers;
mod sharing;
mod suite;
mod tls;
