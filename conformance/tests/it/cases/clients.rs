//! Who the client is.

use conformance::{App, Framework};
use hyper::Method;

use super::{arcjet, clock, per_minute};
use crate::client::{Answer, Asking, FIREFOX, Protocol};

async fn forwarded_for(asking: &Asking, path: &str, addresses: &str) -> Answer {
    let headers = [FIREFOX, ("x-forwarded-for", addresses)];
    asking.ask(Method::GET, path, &headers, "").await
}

pub(crate) async fn the_peer_is_the_client<F: Framework>(protocol: Protocol) {
    let app = App::new(arcjet(&clock()).rule(per_minute(9)).build().unwrap());
    let asking = Asking::serve::<F>(app, protocol).await;
    assert_eq!(asking.get("/decision").await.body, "allow 127.0.0.1 Peer");
}

pub(crate) async fn a_trusted_proxy_names_the_client<F: Framework>(protocol: Protocol) {
    let arcjet = arcjet(&clock())
        .rule(per_minute(2))
        .trusted_proxies(["127.0.0.1"])
        .build()
        .unwrap();
    let asking = Asking::serve::<F>(App::new(arcjet), protocol).await;
    let told = forwarded_for(&asking, "/decision", "203.0.113.7").await;
    assert_eq!(told.body, "allow 203.0.113.7 TrustedProxy");
    assert_eq!(forwarded_for(&asking, "/", "203.0.113.7").await.status, 200);
    assert_eq!(forwarded_for(&asking, "/", "203.0.113.7").await.status, 429);
    assert_eq!(forwarded_for(&asking, "/", "203.0.113.8").await.status, 200);
    // What the client itself claims, left of what the proxy saw, doesn't count.
    assert_eq!(
        forwarded_for(&asking, "/", "203.0.113.9, 203.0.113.7")
            .await
            .status,
        429
    );
}

pub(crate) async fn forwarding_headers_of_strangers_do_not_count<F: Framework>(protocol: Protocol) {
    let app = App::new(arcjet(&clock()).rule(per_minute(1)).build().unwrap());
    let asking = Asking::serve::<F>(app, protocol).await;
    assert_eq!(forwarded_for(&asking, "/", "203.0.113.7").await.status, 200);
    assert_eq!(forwarded_for(&asking, "/", "203.0.113.8").await.status, 429);
}
