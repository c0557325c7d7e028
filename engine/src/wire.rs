//! The messages of the wire protocol, generated from `engine/proto` by `cargo xtask proto`.
//!
//! For programs that speak the protocol themselves, such as the decision server. **Not covered by semantic versioning**:
//! the types follow the protocol of the official SDKs and their generator, and change with them. Applications meet neither;
//! they use the crate's own types.

/// `proto.decide.v2`: what the guard SDKs (JavaScript, Python, Go) speak.
#[cfg(feature = "wire")]
#[allow(
    missing_docs,
    deprecated,
    rustdoc::all,
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::needless_pass_by_value,
    clippy::str_to_string,
    clippy::use_self,
    reason = "generated code"
)]
pub mod v2 {
    include!("wire/generated/decide.v2.rs");
    #[cfg(feature = "wire-json")]
    include!("wire/generated/decide.v2.serde.rs");
}

/// `proto.decide.v1alpha1`: what the request SDKs (JavaScript, Python, Go) speak.
///
/// Maps are `BTreeMap`s: decoding the ten or so headers of a request takes the same time as with a `HashMap` (1.2 us against
/// 1.4 us), keys that an attacker chooses need no keyed hash, and equal messages encode to equal bytes.
#[allow(
    missing_docs,
    rustdoc::all,
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::needless_pass_by_value,
    clippy::str_to_string,
    clippy::use_self,
    reason = "generated code"
)]
#[cfg_attr(
    not(feature = "wire"),
    allow(
        dead_code,
        unreachable_pub,
        reason = "the gRPC client needs a part of the messages"
    )
)]
pub mod v1alpha1 {
    include!("wire/generated/decide.v1alpha1.rs");
    #[cfg(feature = "wire-json")]
    include!("wire/generated/decide.v1alpha1.serde.rs");
    #[cfg(feature = "remote")]
    include!("wire/generated/decide.v1alpha1.client.rs");
}
