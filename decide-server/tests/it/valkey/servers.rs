//! Whole servers over one Valkey, asked by clients of ours.

use std::time::Duration;

use arcjet_engine::{Arcjet, Conclusion, Decision, FixedWindow, RequestDetails, RuleState};

use super::server::ValkeyServer;
use crate::program::Program;

const DAY: Duration = Duration::from_secs(86_400);
const PATIENCE: Duration = Duration::from_secs(30);

fn program(valkey: &ValkeyServer, deadline_ms: u32) -> Program {
    Program::start(|command| {
        command.env("ARCJET_DECIDE_KEYS", "ajkey_shared").env(
            "ARCJET_DECIDE_STORE",
            format!("{}?deadline_ms={deadline_ms}", valkey.url()),
        );
    })
}

/// A client without memory of denials, so that each request asks its server.
fn client(server: &Program, max: u32) -> Arcjet {
    Arcjet::builder()
        .rule(FixedWindow::new(max, DAY))
        .cache_capacity(0)
        .decide_at(format!("http://{}", server.address), "ajkey_shared")
        .decide_timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

async fn ask(client: &Arcjet, last_byte: u8) -> Decision {
    let request = RequestDetails::builder("GET", "/")
        .peer([203, 0, 113, last_byte].into())
        .build();
    client.protect(&request).await
}

/// Whether the limit itself judged.
fn is_judged(decision: &Decision) -> bool {
    decision.results()[0].state() == RuleState::Run && decision.conclusion() != Conclusion::Error
}

/// Asks until the limit judges, or no longer does.
async fn until(client: &Arcjet, judged: bool) {
    let asking = async {
        while is_judged(&ask(client, 254).await) != judged {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .expect("a decision as wanted in time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_admit_exactly_the_limit_together() {
    let valkey = ValkeyServer::start(&[]);
    let servers = [program(&valkey, 10_000), program(&valkey, 10_000)];
    let clients = [client(&servers[0], 500), client(&servers[1], 500)];
    for client in &clients {
        until(client, true).await;
    }
    let tasks: Vec<_> = (0..128)
        .map(|nth| {
            let client = clients[nth % 2].clone();
            tokio::spawn(async move {
                let mut allowed = 0;
                for _ in 0..8 {
                    let decision = ask(&client, 1).await;
                    assert!(is_judged(&decision), "{decision:?}");
                    allowed += u32::from(decision.is_allowed());
                }
                allowed
            })
        })
        .collect();
    let mut allowed = 0;
    for task in tasks {
        allowed += task.await.unwrap();
    }
    assert_eq!(allowed, 500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_counted_the_other_knows_when_it_is_gone() {
    let valkey = ValkeyServer::start(&[]);
    let (first, second) = (program(&valkey, 10_000), program(&valkey, 10_000));
    let clients = [client(&first, 3), client(&second, 3)];
    for client in &clients {
        until(client, true).await;
    }
    assert!(ask(&clients[0], 1).await.is_allowed() && ask(&clients[0], 1).await.is_allowed());
    first.signal("-KILL");
    until(&clients[0], false).await;
    // The policy is to allow what can't be judged, and no request fails.
    let alone = ask(&clients[0], 1).await;
    assert!(
        !alone.is_denied() && alone.conclusion() == Conclusion::Error,
        "{alone:?}"
    );
    assert!(ask(&clients[1], 1).await.is_allowed());
    assert!(ask(&clients[1], 1).await.is_denied());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_store_fails_no_request_and_loses_no_count() {
    let valkey = ValkeyServer::start(&[]);
    let server = program(&valkey, 200);
    let client = client(&server, 2);
    until(&client, true).await;
    // A machine that is busy with other tests may miss so short a deadline now and then.
    while !is_judged(&ask(&client, 1).await) {}
    valkey.freeze();
    for _ in 0..20 {
        let decision = ask(&client, 1).await;
        assert!(!decision.is_denied() && !is_judged(&decision), "{decision:?}");
    }
    valkey.thaw();
    until(&client, true).await;
    // At least one was counted before, and what was sent while it was frozen may have been.
    let left = async { while !(ask(&client, 1).await.is_denied()) {} };
    tokio::time::timeout(PATIENCE, left)
        .await
        .expect("the limit holds again");
}
