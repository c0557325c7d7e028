//! Several stores over one server, as several decision servers have them.

use std::sync::Arc;

use arcjet_decide_server::ValkeyStore;
use arcjet_engine::Timestamp;
use arcjet_engine::limit::LimitStore as _;

use super::server::ValkeyServer;
use crate::limits::suite::{fresh_key, live, per_minute};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_stores_admit_exactly_the_limit_together() {
    let server = ValkeyServer::start(&[]);
    let stores = [server.store(), server.store()].map(Arc::new);
    let key = fresh_key();
    let tasks: Vec<_> = (0..128)
        .map(|nth| {
            let store = Arc::clone(&stores[nth % 2]);
            tokio::spawn(async move {
                let mut admitted = 0;
                for _ in 0..20 {
                    let outcomes = store.check(&[live(key, per_minute(1000))], NOW).await.unwrap();
                    admitted += u32::from(outcomes[0].allowed);
                }
                admitted
            })
        })
        .collect();
    let mut admitted = 0;
    for task in tasks {
        admitted += task.await.unwrap();
    }
    assert_eq!(admitted, 1000);
}

/// Two servers whose clocks differ by an hour still share one window: Valkey's.
#[tokio::test]
async fn the_servers_clock_counts() {
    let server = ValkeyServer::start(&[]);
    let stores = [(); 2].map(|()| ValkeyStore::new(server.config()).unwrap());
    let key = fresh_key();
    let (now, hour) = (Timestamp::from_millis(0), Timestamp::from_millis(3_600_000));
    // An hour, so that none ends within the test, unless it started in its last second.
    let quota =
        arcjet_engine::limit::Quota::token_bucket(2, 1, std::time::Duration::from_secs(3600)).unwrap();
    assert_eq!(
        stores[0].check(&[live(key, quota)], now).await.unwrap()[0].remaining,
        1
    );
    assert_eq!(
        stores[1].check(&[live(key, quota)], hour).await.unwrap()[0].remaining,
        0
    );
    assert!(!stores[0].check(&[live(key, quota)], hour).await.unwrap()[0].allowed);
}

/// Every key has a time to live, a little longer than its count matters.
#[tokio::test]
async fn counts_expire() {
    let server = ValkeyServer::start(&[]);
    let store = server.store();
    let start_of_a_minute = Timestamp::from_millis(1_699_999_980_000);
    store
        .check(&[live(fresh_key(), per_minute(5))], start_of_a_minute)
        .await
        .unwrap();
    let keys: Vec<String> = server.run("KEYS *").await;
    assert_eq!(keys.len(), 1);
    assert!(keys[0].starts_with("arcjet:v1:{"), "{keys:?}");
    let left: i64 = server.run(&format!("PTTL {}", keys[0])).await;
    assert!((60_000..=70_000).contains(&left), "{left}");
}

#[tokio::test]
async fn prefixes_keep_systems_apart() {
    let server = ValkeyServer::start(&[]);
    let key = fresh_key();
    for prefix in ["a", "b"] {
        let store = ValkeyStore::new(server.config().prefix(prefix)).unwrap();
        assert_eq!(
            store.check(&[live(key, per_minute(5))], NOW).await.unwrap()[0].remaining,
            4
        );
    }
}

#[tokio::test]
async fn a_database_of_its_own_is_used() {
    let server = ValkeyServer::start(&[]);
    let store = ValkeyStore::new(format!("{}/3", server.url()).parse().unwrap()).unwrap();
    store
        .check(&[live(fresh_key(), per_minute(5))], NOW)
        .await
        .unwrap();
    let keyspace: String = server.run("INFO keyspace").await;
    assert!(
        keyspace.contains("db3:keys=1") && !keyspace.contains("db0"),
        "{keyspace}"
    );
}

#[tokio::test]
async fn a_socket_of_this_machine_is_used() {
    let folder = super::server::fresh_folder();
    let path = folder.join("valkey.sock");
    let _server = ValkeyServer::start(&["--unixsocket", path.to_str().unwrap()]);
    let store = ValkeyStore::new(format!("valkey+unix://{}", path.display()).parse().unwrap()).unwrap();
    store
        .check(&[live(fresh_key(), per_minute(5))], NOW)
        .await
        .unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}
