//! Rules that read bodies, and handlers that get them nevertheless.

use arcjet_engine::Shield;
use bytes::Bytes;
use conformance::{App, Framework};
use hyper::Method;
use tokio::time::timeout;

use super::{arcjet, clock};
use crate::client::{Asking, FIREFOX, FORM, PATIENCE, Protocol, fed};

const ATTACK: &str = "comment=%3Cscript%3Ealert(document.cookie)%3C/script%3E";

pub(crate) async fn an_attack_in_a_body_is_denied<F: Framework>(protocol: Protocol) {
    let asking = shielded::<F>(Shield::new(), protocol).await;
    let answer = asking.ask(Method::POST, "/echo", &[FIREFOX, FORM], ATTACK).await;
    assert_eq!(answer.status, 403);
    assert_eq!(asking.app.seen.requests(), 0);
}

pub(crate) async fn a_body_arrives_whole<F: Framework>(protocol: Protocol) {
    let asking = shielded::<F>(Shield::new(), protocol).await;
    for length in [0, 1, 511, 512, 513, 8_000, 300_000] {
        let body = "harmless+words+".chars().cycle().take(length).collect::<String>();
        let answer = asking.ask(Method::POST, "/echo", &[FIREFOX, FORM], &body).await;
        assert!(
            answer.status == 200 && answer.body == body,
            "{length}: {}",
            answer.status
        );
    }
}

pub(crate) async fn what_no_rule_reads_is_not_searched<F: Framework>(protocol: Protocol) {
    let asking = shielded::<F>(Shield::new().body_limit(0), protocol).await;
    let answer = asking.ask(Method::POST, "/echo", &[FIREFOX, FORM], ATTACK).await;
    assert_eq!((answer.status, &*answer.body), (200, ATTACK));
}

pub(crate) async fn a_body_that_breaks_off_harms_nobody<F: Framework>(protocol: Protocol) {
    let asking = shielded::<F>(Shield::new(), protocol).await;
    let (sender, body) = fed(2);
    sender
        .send(Ok(Bytes::from_static(b"comment=half")))
        .await
        .unwrap();
    sender
        .send(Err(std::io::ErrorKind::ConnectionReset.into()))
        .await
        .unwrap();
    let exchange = asking.exchange(Method::POST, "/count", &[FIREFOX, FORM], body);
    // Whether there is an answer depends on who notices first.
    let _ = timeout(PATIENCE, exchange).await.expect("the end in time");
    assert_eq!(asking.get("/").await.status, 200);
}

async fn shielded<F: Framework>(shield: Shield, protocol: Protocol) -> Asking {
    let app = App::new(arcjet(&clock()).rule(shield).build().unwrap());
    Asking::serve::<F>(app, protocol).await
}
