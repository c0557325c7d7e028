//! Rate limits: the algorithms against a slow reference, and the behaviour that every store must show.

#![expect(
    clippy::unwrap_used,
    reason = "a test's helpers may panic like the test itself"
)]

#[path = "limits/memory.rs"]
mod memory;
#[path = "limits/properties.rs"]
mod properties;
#[path = "limits/reference.rs"]
mod reference;
#[path = "limits/suite.rs"]
mod suite;
