//! One client for all workers.

use std::collections::HashSet;
use std::thread;

use actix_web::{App, web};
use arcjet_actix::ArcjetMiddleware;

use crate::app::{arcjet, clock, per_minute, start_workers};

#[tokio::test]
async fn all_workers_share_the_counts() {
    let protect = ArcjetMiddleware::new(arcjet(&clock()).rule(per_minute(40)).build().unwrap());
    let worker = async || format!("{:?}", thread::current().id());
    let app = move || App::new().wrap(protect.clone()).route("/", web::get().to(worker));
    let app = start_workers(app, 4).await;
    let close = [("connection", "close")];
    let mut workers = HashSet::new();
    for request in 1..=40 {
        // A new connection, which the server gives to the next worker.
        let answer = app.get_with("/", &close).await;
        assert_eq!(answer.status, 200, "request {request}");
        workers.insert(answer.body);
    }
    assert!(workers.len() > 1, "one worker did everything");
    assert_eq!(app.get_with("/", &close).await.status, 429);
}
