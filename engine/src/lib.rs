//! Stub.

#[cfg(feature = "wire")]
#[doc(hidden)]
pub mod wire;
#[cfg(all(feature = "remote", not(feature = "wire")))]
mod wire;
