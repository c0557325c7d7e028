//! A master and a replica behind a sentinel: the store follows the master.

use std::time::{Duration, Instant};

use arcjet_decide_server::{ValkeyConfig, ValkeyStore};
use redis::Value;

use super::failures::{ask, until};
use super::server::ValkeyServer;
use crate::limits::suite::fresh_key;

const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_is_followed() {
    let mut master = ValkeyServer::start(&[]);
    let replica = ValkeyServer::start(&["--replicaof", "127.0.0.1", &master.port.to_string()]);
    let sentinel = ValkeyServer::start(&["--sentinel"]);
    let watched = format!("SENTINEL MONITOR counts 127.0.0.1 {} 1", master.port);
    let () = sentinel.run(&watched).await;
    let () = sentinel
        .run("SENTINEL SET counts down-after-milliseconds 500")
        .await;
    let () = sentinel.run("SENTINEL SET counts failover-timeout 5000").await;
    // The sentinel learns of the replica from the master.
    let started = Instant::now();
    loop {
        let replicas: Value = sentinel.run("SENTINEL REPLICAS counts").await;
        if matches!(&replicas, Value::Array(replicas) if !replicas.is_empty()) {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "the sentinel found no replica");
    }

    let url = format!("valkey+sentinel://127.0.0.1:1,127.0.0.1:{}/counts", sentinel.port);
    let config: ValkeyConfig = url.parse().unwrap();
    let store = ValkeyStore::new(config.deadline(Duration::from_secs(2))).unwrap();
    let key = fresh_key();
    until(&store, key, true).await;
    let keys: Vec<String> = master.run("KEYS *").await;
    assert_eq!(keys.len(), 1);

    // Asked for: the old master stays, as a replica that refuses to write.
    // It may take the sentinel a moment to find the replica worthy.
    let started = Instant::now();
    while sentinel.try_run::<()>("SENTINEL FAILOVER counts").await.is_err() {
        assert!(started.elapsed() < PATIENCE, "the sentinel refuses to fail over");
    }
    wait_for_role(&replica, "master").await;
    wait_for_role(&master, "slave").await;
    until(&store, key, true).await;

    // Back by force: the present master dies.
    drop(replica);
    wait_for_role(&master, "master").await;
    until(&store, key, true).await;
    master.kill();
    until(&store, key, false).await;
}

#[tokio::test]
async fn an_unknown_name_is_an_error() {
    let sentinel = ValkeyServer::start(&["--sentinel"]);
    let url = format!("valkey+sentinel://127.0.0.1:{}/nobody", sentinel.port);
    let store = ValkeyStore::new(url.parse().unwrap()).unwrap();
    until(&store, fresh_key(), false).await;
}

#[tokio::test]
async fn sentinels_have_a_password_of_their_own() {
    let master = ValkeyServer::start(&[]);
    let sentinel = ValkeyServer::start(&["--sentinel"]);
    let watched = format!("SENTINEL MONITOR counts 127.0.0.1 {} 1", master.port);
    let () = sentinel.run(&watched).await;
    let () = sentinel.run("ACL SETUSER decide on >secret +@all").await;
    let () = sentinel.run("ACL SETUSER default off").await;
    let url = format!("valkey+sentinel://127.0.0.1:{}/counts", sentinel.port);
    let with = |options: &str| {
        let config: ValkeyConfig = format!("{url}{options}").parse().unwrap();
        ValkeyStore::new(config.deadline(Duration::from_secs(10))).unwrap()
    };
    let store = with("?sentinel_user=decide&sentinel_password=secret");
    assert!(ask(&store, fresh_key()).await.is_ok());
    for options in [
        "",
        "?sentinel_user=decide&sentinel_password=wrong",
        "?sentinel_password=secret",
    ] {
        assert!(ask(&with(options), fresh_key()).await.is_err(), "{options}");
    }
}

async fn wait_for_role(server: &ValkeyServer, role: &str) {
    let started = Instant::now();
    loop {
        // A server that is changing roles drops its connections.
        if let Ok(info) = server.try_run::<String>("INFO replication").await
            && info.contains(&format!("role:{role}"))
        {
            return;
        }
        assert!(
            started.elapsed() < PATIENCE,
            "{} never became {role}",
            server.port
        );
    }
}
