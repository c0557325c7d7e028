//! Where the client's address comes from.

use arcjet_rocket::{ArcjetDecision, ArcjetFairing, ArcjetRequest, FailPolicy};
use rocket::local::asynchronous::Client;
use rocket::{get, routes};

use crate::app::{App, FIREFOX, arcjet, clock, per_minute, rocket};

#[get("/")]
fn address(decision: ArcjetDecision<'_>, request: ArcjetRequest) -> String {
    let ip = decision.client_ip().map(|ip| ip.as_str().to_owned());
    format!("{} {:?}", ip.unwrap_or_default(), request.peer())
}

#[rocket::async_test]
async fn only_the_connection_and_named_proxies_are_believed() {
    let claims = [
        ("user-agent", FIREFOX),
        ("x-real-ip", "192.0.2.1"),
        ("x-forwarded-for", "192.0.2.2"),
    ];
    let direct = arcjet(&clock()).build().unwrap();
    let routed = || rocket().mount("/", routes![address]);
    let app = App::start(routed().attach(ArcjetFairing::new(direct))).await;
    assert_eq!(app.get_with("/", &claims).await.body, "127.0.0.1 Some(127.0.0.1)");
    let behind = arcjet(&clock()).trusted_proxies(["127.0.0.1"]).build().unwrap();
    let app = App::start(routed().attach(ArcjetFairing::new(behind))).await;
    assert_eq!(app.get_with("/", &claims).await.body, "192.0.2.2 Some(127.0.0.1)");
}

#[rocket::async_test]
async fn the_application_can_name_another_source() {
    let arcjet = arcjet(&clock()).rule(per_minute(1)).build().unwrap();
    let fairing =
        ArcjetFairing::new(arcjet).peer_from(|request| request.headers().get_one("x-socket")?.parse().ok());
    let app = App::start(rocket().attach(fairing).mount("/", routes![address])).await;
    let from = async |ip| app.get_with("/", &[("x-socket", ip)]).await;
    assert_eq!(from("203.0.113.7").await.body, "203.0.113.7 Some(203.0.113.7)");
    assert_eq!(from("203.0.113.7").await.status, 429);
    assert_eq!(from("203.0.113.8").await.status, 200);
}

#[rocket::async_test]
async fn a_missing_address_follows_the_fail_policy() {
    for (policy, status) in [(FailPolicy::Open, 200), (FailPolicy::Closed, 403)] {
        let arcjet = arcjet(&clock()).rule(per_minute(1)).fail_policy(policy);
        let fairing = ArcjetFairing::new(arcjet.build().unwrap());
        let rocket = rocket().attach(fairing).mount("/", routes![address]);
        let client = Client::untracked(rocket).await.unwrap();
        let response = client.get("/").dispatch().await;
        assert_eq!(response.status().code, status);
    }
}
