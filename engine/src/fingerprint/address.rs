//! Fingerprints of addresses and nothing else, by which most limits count.

use std::cell::RefCell;
use std::net::IpAddr;

use sha2::{Digest as _, Sha256};

use super::Fingerprint;
use crate::client_ip::AddressText;

/// How many addresses a thread remembers, a power of two.
const SLOTS: usize = 64;

thread_local! {
    /// The latest address of each slot. Who asks asks again soon: a page loads what belongs to it, a connection stays open.
    static RECENT: RefCell<[Option<(IpAddr, Fingerprint)>; SLOTS]> = const { RefCell::new([None; SLOTS]) };
}

/// The fingerprint of an address.
pub(crate) fn fingerprint(ip: IpAddr) -> Fingerprint {
    RECENT.with_borrow_mut(|recent| {
        let slot = &mut recent[slot(ip)];
        match slot {
            Some((known, fingerprint)) if *known == ip => *fingerprint,
            _ => slot.insert((ip, digest(ip))).1,
        }
    })
}

fn digest(ip: IpAddr) -> Fingerprint {
    let hash = Sha256::new_with_prefix("ip").chain_update(AddressText::of(ip).as_str());
    Fingerprint(hash.finalize().into())
}

fn slot(ip: IpAddr) -> usize {
    let bits = match ip {
        IpAddr::V4(ip) => ip.to_bits().into(),
        // The network and the end.
        IpAddr::V6(ip) => (ip.to_bits() >> 64) as u64 ^ ip.to_bits() as u64,
    };
    // Fibonacci hashing: the upper bits depend on all.
    (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64) >> (u64::BITS - SLOTS.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::FingerprintPlan;
    use crate::request::RequestDetails;
    use proptest::prelude::*;

    fn address() -> impl Strategy<Value = IpAddr> {
        // Few enough to meet in slots again and again.
        prop_oneof![
            (0u32..400).prop_map(|bits| IpAddr::V4(bits.into())),
            (0u128..400).prop_map(|bits| IpAddr::V6((bits << 60).into())),
        ]
    }

    proptest! {
        #[test]
        fn what_is_remembered_is_what_a_plan_computes(addresses in prop::collection::vec(address(), 1..600)) {
            let plan = FingerprintPlan::new(Vec::new()).unwrap();
            let request = RequestDetails::default();
            for ip in addresses {
                let computed = plan.fingerprint(&request, AddressText::of(ip).as_str());
                prop_assert_eq!(Ok(fingerprint(ip)), computed, "{}", ip);
            }
        }
    }
}
