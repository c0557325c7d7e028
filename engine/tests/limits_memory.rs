//! What a million active clients cost, read from the operating system. A binary of its own, so that nothing
//! else is in the measured process.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test's helpers may panic like the test itself"
)]

use std::time::Duration;

use arcjet_engine::Timestamp;
use arcjet_engine::limit::{LimitCheck, LimitKey, LimitStore, MemoryStore, Quota};

const CLIENTS: u64 = 1_000_000;

/// The resident memory of this process in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    1024 * line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
}

/// Distinct, uniformly distributed keys without a table of them (two rounds of a 64-bit mixer).
fn key(client: u64) -> LimitKey {
    let mix = |mut bits: u64| {
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    };
    let high = mix(client.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    LimitKey::new(u128::from(high) << 64 | u128::from(mix(high ^ 0x5851_f42d_4c95_7f2d)))
}

#[tokio::test]
async fn a_million_active_clients_fit_into_100_mb() {
    let quota = Quota::sliding_window(100, Duration::from_secs(3600)).unwrap();
    let now = Timestamp::from_millis(1_700_049_600_000);
    let store = MemoryStore::default();
    let count = async |client| {
        let check = LimitCheck {
            key: key(client),
            quota,
            requested: 1,
            dry_run: false,
        };
        store.check(&[check], now).await.unwrap()[0].remaining
    };

    let before = resident();
    for client in 0..CLIENTS {
        assert_eq!(count(client).await, 99);
    }
    let used = resident() - before;
    println!("{used} bytes for {CLIENTS} clients, {} each", used / CLIENTS);
    assert!(used < 100_000_000, "{used} bytes");
    // Less than the bare keys and states would mean that the measurement is wrong.
    assert!(used > 32 * CLIENTS, "{used} bytes");

    assert_eq!((store.len() as u64, store.evictions()), (CLIENTS, 0));
    for client in (0..CLIENTS).step_by(97) {
        assert_eq!(count(client).await, 98);
    }
}
