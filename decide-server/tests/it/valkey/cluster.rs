//! A cluster of three servers: decisions in one slot, decisions over several, a slot that moves, a node that freezes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arcjet_decide_server::{TimeSource, ValkeyConfig, ValkeyStore};
use arcjet_engine::Timestamp;
use arcjet_engine::limit::{LimitCheck, LimitKey, LimitOutcome, LimitStore as _, Quota, StoreError};
use redis::Value;

use super::server::ValkeyServer;
use crate::limits::suite::{fresh_key, live, per_minute};

const NOW: Timestamp = Timestamp::from_millis(1_699_999_980_000);
const PATIENCE: Duration = Duration::from_secs(60);

struct ClusterOfThree {
    nodes: Vec<ValkeyServer>,
}

impl ClusterOfThree {
    async fn start() -> Self {
        let arguments = ["--cluster-enabled", "yes", "--cluster-node-timeout", "60000"];
        let nodes: Vec<_> = (0..3).map(|_| ValkeyServer::start(&arguments)).collect();
        for (nth, node) in nodes.iter().enumerate() {
            let (first, last) = [(0, 5460), (5461, 10922), (10923, 16383)][nth];
            let () = node.run(&format!("CLUSTER ADDSLOTSRANGE {first} {last}")).await;
            let () = node.run(&format!("CLUSTER SET-CONFIG-EPOCH {}", nth + 1)).await;
        }
        for node in &nodes[1..] {
            let () = nodes[0]
                .run(&format!("CLUSTER MEET 127.0.0.1 {}", node.port))
                .await;
        }
        let cluster = Self { nodes };
        for node in &cluster.nodes {
            let started = Instant::now();
            loop {
                let info: String = node.run("CLUSTER INFO").await;
                if info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3") {
                    break;
                }
                assert!(started.elapsed() < PATIENCE, "{info}");
            }
        }
        cluster
    }

    fn config(&self) -> ValkeyConfig {
        // One node is enough to find the others.
        let url = format!("valkey+cluster://127.0.0.1:{}", self.nodes[1].port);
        let config: ValkeyConfig = url.parse().unwrap();
        config.deadline(Duration::from_secs(10)).time(TimeSource::Caller)
    }

    fn store(&self) -> ValkeyStore {
        ValkeyStore::new(self.config()).unwrap()
    }

    /// Which node keeps a key.
    async fn node_of(&self, store: &ValkeyStore, key: LimitKey) -> usize {
        for node in &self.nodes {
            let () = node.run("FLUSHALL").await;
        }
        one(store, key, per_minute(1)).await.unwrap();
        for (nth, node) in self.nodes.iter().enumerate() {
            let keys: Vec<String> = node.run("KEYS *").await;
            if !keys.is_empty() {
                return nth;
            }
        }
        panic!("no node keeps the key");
    }
}

async fn one(store: &ValkeyStore, key: LimitKey, quota: Quota) -> Result<LimitOutcome, StoreError> {
    Ok(store.check(&[live(key, quota)], NOW).await?[0])
}

async fn remaining(store: &ValkeyStore, key: LimitKey, quota: Quota) -> u32 {
    let peek = LimitCheck {
        requested: quota.max() + 1,
        ..live(key, quota)
    };
    store.check(&[peek], NOW).await.unwrap()[0].remaining
}

/// Keys in random slots, as those of different clients are.
fn keys<const N: usize>() -> [LimitKey; N] {
    std::array::from_fn(|_| fresh_key())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn decisions_over_several_slots_count_all_or_nothing() {
    let cluster = ClusterOfThree::start().await;
    let store = cluster.store();

    // A denial in one slot: nothing is counted in the others.
    let [wide, narrow, shown] = keys();
    let checks = [
        live(wide, per_minute(10)),
        live(narrow, per_minute(1)),
        LimitCheck {
            dry_run: true,
            ..live(shown, per_minute(10))
        },
    ];
    let first = store.check(&checks, NOW).await.unwrap();
    assert_eq!(
        first.iter().map(|outcome| outcome.remaining).collect::<Vec<_>>(),
        [9, 0, 9]
    );
    for _ in 0..3 {
        let denied = store.check(&checks, NOW).await.unwrap();
        assert_eq!(
            denied
                .iter()
                .map(|outcome| (outcome.allowed, outcome.remaining))
                .collect::<Vec<_>>(),
            [(true, 9), (false, 0), (true, 9)]
        );
    }
    assert_eq!(remaining(&store, wide, per_minute(10)).await, 9);
    assert_eq!(remaining(&store, shown, per_minute(10)).await, 9);

    // Limits of one client are in one slot, whatever their keys.
    let [a, b] = keys().map(|key: LimitKey| key.in_group(7));
    store
        .check(&[live(a, per_minute(5)), live(b, per_minute(6))], NOW)
        .await
        .unwrap();
    let mut kept = Vec::new();
    for node in &cluster.nodes {
        let keys: Vec<String> = node.run("KEYS *{HAAAAAAAAAA}*").await;
        kept.push(keys.len());
    }
    kept.sort_unstable();
    assert_eq!(kept, [0, 0, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_limit_is_exceeded_and_nothing_stays_taken_by_denied_decisions() {
    let cluster = ClusterOfThree::start().await;
    let stores = [cluster.store(), cluster.store()].map(Arc::new);
    let minute = Duration::from_secs(60);
    let limits: [(LimitKey, Quota); 3] = [
        (fresh_key(), Quota::fixed_window(150, minute).unwrap()),
        (fresh_key(), Quota::sliding_window(100, minute).unwrap()),
        (fresh_key(), Quota::token_bucket(120, 1, minute).unwrap()),
    ];
    let tasks: Vec<_> = (0..64)
        .map(|nth| {
            let store = Arc::clone(&stores[nth % 2]);
            tokio::spawn(async move {
                let mut checks = limits.map(|(key, quota)| live(key, quota));
                checks.rotate_left(nth % 3);
                let mut admitted = 0;
                for _ in 0..5 {
                    let outcomes = store.check(&checks, NOW).await.unwrap();
                    admitted += u32::from(outcomes.iter().all(|outcome| outcome.allowed));
                }
                admitted
            })
        })
        .collect();
    let mut admitted = 0;
    for task in tasks {
        admitted += task.await.unwrap();
    }
    // Units that are on their way back may make a decision fail that would have passed; none passes that should not.
    assert!(admitted <= 100, "{admitted}");
    // All denied decisions have given back what they took: what is missing is what was admitted.
    for (key, quota) in limits {
        assert_eq!(
            remaining(&stores[0], key, quota).await,
            quota.max() - admitted,
            "{quota:?}"
        );
    }
    // Alone, the rest passes.
    let checks = limits.map(|(key, quota)| live(key, quota));
    while stores[0]
        .check(&checks, NOW)
        .await
        .unwrap()
        .iter()
        .all(|outcome| outcome.allowed)
    {
        admitted += 1;
    }
    assert_eq!(admitted, 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn exact_on_one_slot_under_concurrency() {
    let cluster = ClusterOfThree::start().await;
    let stores = [cluster.store(), cluster.store()].map(Arc::new);
    let keys: [LimitKey; 8] = keys();
    let tasks: Vec<_> = (0..128)
        .map(|nth| {
            let store = Arc::clone(&stores[nth % 2]);
            tokio::spawn(async move {
                let mut admitted = [0; 8];
                for round in 0..24 {
                    let at = (nth + round) % 8;
                    admitted[at] += u32::from(one(&store, keys[at], per_minute(100)).await.unwrap().allowed);
                }
                admitted
            })
        })
        .collect();
    let mut admitted = [0; 8];
    for task in tasks {
        for (sum, more) in admitted.iter_mut().zip(task.await.unwrap()) {
            *sum += more;
        }
    }
    assert_eq!(admitted, [100; 8]);
}

/// A slot on its way, and one that has moved, are found by redirections, without a failed decision.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_that_moves_is_followed() {
    let cluster = ClusterOfThree::start().await;
    let store = cluster.store();
    let key = fresh_key();
    let from = cluster.node_of(&store, key).await;
    let to = (from + 1) % 3;
    let [source, target] = [from, to].map(|nth| &cluster.nodes[nth]);
    let names: Vec<String> = source.run("KEYS *").await;
    let slot: u16 = source.run(&format!("CLUSTER KEYSLOT {}", names[0])).await;
    let source_id: String = source.run("CLUSTER MYID").await;
    let target_id: String = target.run("CLUSTER MYID").await;
    let () = target
        .run(&format!("CLUSTER SETSLOT {slot} IMPORTING {source_id}"))
        .await;
    let () = source
        .run(&format!("CLUSTER SETSLOT {slot} MIGRATING {target_id}"))
        .await;

    // Still there: answered by the source. Gone: the source says ASK.
    assert!(!one(&store, key, per_minute(1)).await.unwrap().allowed);
    let () = source
        .run(&format!("MIGRATE 127.0.0.1 {} {} 0 5000", target.port, names[0]))
        .await;
    assert!(!one(&store, key, per_minute(1)).await.unwrap().allowed);
    for node in [target, source] {
        let () = node
            .run(&format!("CLUSTER SETSLOT {slot} NODE {target_id}"))
            .await;
    }
    // Moved.
    for _ in 0..3 {
        assert!(!one(&store, key, per_minute(1)).await.unwrap().allowed);
    }
    let answer: Value = source.run("DBSIZE").await;
    assert_eq!(answer, Value::Int(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_node_fails_its_own_slots_only_and_recovers() {
    let cluster = ClusterOfThree::start().await;
    let config = cluster.config().deadline(Duration::from_millis(500)).failures(2);
    let store = ValkeyStore::new(config).unwrap();
    let patient = cluster.store();
    let [mut frozen, mut well] = [None; 2];
    while frozen.is_none() || well.is_none() {
        let key = fresh_key();
        let place = if cluster.node_of(&patient, key).await == 0 {
            &mut frozen
        } else {
            &mut well
        };
        *place = Some(key);
    }
    let (frozen, well) = (frozen.unwrap(), well.unwrap());
    let until = async |key, answers| {
        let started = Instant::now();
        while one(&store, key, per_minute(1000)).await.is_ok() != answers {
            assert!(started.elapsed() < PATIENCE, "never came to answers = {answers}");
            tokio::task::yield_now().await;
        }
    };
    until(frozen, true).await;
    until(well, true).await;
    cluster.nodes[0].freeze();
    until(frozen, false).await;
    until(well, true).await;
    // A decision that needs both fails, and leaves nothing behind where it could have counted.
    let before = remaining(&patient, well, per_minute(1000)).await;
    let both = [live(frozen, per_minute(1000)), live(well, per_minute(1000))];
    assert!(store.check(&both, NOW).await.is_err());
    assert_eq!(remaining(&patient, well, per_minute(1000)).await, before);
    cluster.nodes[0].thaw();
    until(frozen, true).await;
}
