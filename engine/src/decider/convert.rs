//! Between wire and domain. Wire types are met here, in the gRPC client and in the protocol's decider, nowhere else.

mod decision;
mod ip;
mod request;
mod rule;

pub(super) use decision::decision_to_wire;
#[cfg(feature = "remote")]
pub(super) use decision::{WireResult, result_from_wire};
#[cfg(feature = "remote")]
pub(super) use ip::ip_details_from_wire;
#[cfg(feature = "wire")]
pub(super) use ip::ip_details_to_wire;
#[cfg(feature = "wire")]
pub(super) use request::{has_sensitive_text, request_from_wire};
#[cfg(feature = "remote")]
pub(super) use request::{request_for_report, request_for_rules};
#[cfg(feature = "remote")]
pub(super) use rule::rule_to_wire;
#[cfg(feature = "wire")]
pub(super) use rule::{FromWire, rule_from_wire};
