//! What happens when the server forgets its scripts, freezes, dies, or refuses.

use std::error::Error as _;
use std::time::{Duration, Instant};

use arcjet_decide_server::{ValkeyConfig, ValkeyStore};
use arcjet_engine::Timestamp;
use arcjet_engine::limit::{LimitKey, LimitOutcome, LimitStore as _, Quota, StoreError};

use super::server::{ValkeyServer, free_port};
use crate::limits::suite::{fresh_key, live};

/// Longer than any of this may take, also on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);

fn per_day(max: u32) -> Quota {
    Quota::token_bucket(max, 1, Duration::from_secs(86_400)).unwrap()
}

pub(crate) async fn ask(store: &ValkeyStore, key: LimitKey) -> Result<LimitOutcome, StoreError> {
    let outcomes = store
        .check(&[live(key, per_day(100))], Timestamp::from_millis(0))
        .await?;
    Ok(outcomes[0])
}

/// Asks until the store answers, or does not, as wanted.
pub(crate) async fn until(store: &ValkeyStore, key: LimitKey, answers: bool) {
    let started = Instant::now();
    while ask(store, key).await.is_ok() != answers {
        assert!(
            started.elapsed() < PATIENCE,
            "the store never came to answers = {answers}"
        );
        tokio::task::yield_now().await;
    }
}

fn cause(error: &StoreError) -> String {
    error.source().unwrap().to_string()
}

#[tokio::test]
async fn forgotten_scripts_are_sent_again() {
    let server = ValkeyServer::start(&[]);
    let store = ValkeyStore::new(server.config()).unwrap();
    let key = fresh_key();
    assert_eq!(ask(&store, key).await.unwrap().remaining, 99);
    let () = server.run("SCRIPT FLUSH").await;
    assert_eq!(ask(&store, key).await.unwrap().remaining, 98);
    assert_eq!(ask(&store, key).await.unwrap().remaining, 97);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_server_fails_calls_in_time_then_at_once_and_recovers() {
    let server = ValkeyServer::start(&[]);
    let deadline = Duration::from_millis(200);
    let store = ValkeyStore::new(server.config().deadline(deadline).failures(3)).unwrap();
    let key = fresh_key();
    until(&store, key, true).await;
    server.freeze();
    for _ in 0..3 {
        let started = Instant::now();
        let error = ask(&store, key).await.unwrap_err();
        let waited = started.elapsed();
        assert!(error.is_transient());
        assert_eq!(cause(&error), "no answer within 200ms");
        // It is the deadline that ended it, and not a minute later.
        assert!(
            waited >= deadline && waited < deadline + Duration::from_secs(5),
            "{waited:?}"
        );
    }
    // The circuit is open: a hundred calls take less than one deadline would.
    let started = Instant::now();
    for _ in 0..100 {
        assert_eq!(cause(&ask(&store, key).await.unwrap_err()), "not connected");
    }
    assert!(started.elapsed() < 10 * deadline, "{:?}", started.elapsed());
    server.thaw();
    until(&store, key, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_fails_calls_at_once_and_is_found_again() {
    let mut server = ValkeyServer::start(&[]);
    let store = ValkeyStore::new(server.config()).unwrap();
    let key = fresh_key();
    assert_eq!(ask(&store, key).await.unwrap().remaining, 99);
    server.kill();
    // The deadline is ten seconds; these fail because the connection broke.
    let started = Instant::now();
    until(&store, key, false).await;
    assert!(ask(&store, key).await.unwrap_err().is_transient());
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    server.restart();
    until(&store, key, true).await;
    // It kept nothing on disk, so the count began anew.
    assert!(ask(&store, key).await.unwrap().remaining >= 97);
}

#[tokio::test]
async fn without_a_server_calls_fail_and_the_store_waits_for_one() {
    let url = format!("valkey://127.0.0.1:{}", free_port());
    let store = ValkeyStore::new(url.parse().unwrap()).unwrap();
    let error = ask(&store, fresh_key()).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
}

#[tokio::test]
async fn a_password_is_sent_and_never_shown() {
    let server = ValkeyServer::start(&["--requirepass", "hunter2"]);
    let with = |credentials: &str| {
        let url = format!("valkey://{credentials}127.0.0.1:{}", server.port);
        let config: ValkeyConfig = url.parse().unwrap();
        ValkeyStore::new(config.deadline(Duration::from_secs(10))).unwrap()
    };
    assert!(ask(&with(":hunter2@"), fresh_key()).await.is_ok());
    assert!(ask(&with("default:hunter2@"), fresh_key()).await.is_ok());
    for credentials in ["", ":hunter3@", "nobody:hunter2@"] {
        let store = with(credentials);
        let error = ask(&store, fresh_key()).await.unwrap_err();
        let shown = format!("{error:?} {error} {} {store:?}", cause(&error));
        assert!(!shown.contains("hunter"), "{shown}");
    }
}

/// What is no state counts as none, and does not make every decision of this client fail.
#[tokio::test]
async fn a_key_that_holds_something_else_is_written_over() {
    let server = ValkeyServer::start(&[]);
    let store = ValkeyStore::new(server.config()).unwrap();
    let key = fresh_key();
    ask(&store, key).await.unwrap();
    let keys: Vec<String> = server.run("KEYS *").await;
    let () = server.run(&format!("DEL {}", keys[0])).await;
    let () = server.run(&format!("LPUSH {} x", keys[0])).await;
    assert_eq!(ask(&store, key).await.unwrap().remaining, 99);
    let () = server.run(&format!("SET {} short", keys[0])).await;
    assert_eq!(ask(&store, key).await.unwrap().remaining, 99);
    assert_eq!(ask(&store, key).await.unwrap().remaining, 98);
}
