//! Rate limits: the algorithms against a slow reference, and the behaviour that every store must show.

#[path = "limits/memory.rs"]
mod memory;
#[path = "limits/properties.rs"]
mod properties;
#[path = "limits/reference.rs"]
mod reference;
#[path = "limits/suite.rs"]
mod suite;
