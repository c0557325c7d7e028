//! Stub.
pub mod limit;
pub mod time;
