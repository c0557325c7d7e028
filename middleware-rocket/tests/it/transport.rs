//! What differs between versions of HTTP, and answers that don't end.

use arcjet_rocket::{ArcjetFairing, ArcjetRequest, DetectBot};
use http_body_util::BodyExt as _;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rocket::futures::stream;
use rocket::response::stream::{Event, EventStream};
use rocket::{get, routes};

use crate::app::{App, FIREFOX, arcjet, clock, rocket};

#[get("/<_..>")]
fn show(request: ArcjetRequest) -> String {
    format!(
        "{} {} {} {} {}",
        request.method(),
        request.path(),
        request.query(),
        request.host(),
        request.protocol()
    )
}

fn fairing() -> ArcjetFairing {
    ArcjetFairing::new(arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap())
}

#[rocket::async_test]
async fn a_request_is_described_as_it_was_sent() {
    let routed = || rocket().attach(fairing()).mount("/", routes![show]);
    let app = App::start(routed()).await;
    let target = "/a%20b/?x=1&y=%20";
    let host = app.address.to_string();
    assert_eq!(
        app.get(target).await.body,
        format!("GET /a%20b/ x=1&y=%20 {host} ")
    );
    let app = App::start_http2(routed()).await;
    let host = app.address.to_string();
    assert_eq!(
        app.get(target).await.body,
        format!("GET /a%20b/ x=1&y=%20 {host} HTTP/2.0")
    );
    assert_eq!(
        app.get_with(target, &[("user-agent", "curl/8")]).await.status,
        403
    );
}

#[rocket::async_test]
async fn events_arrive_as_they_happen() {
    #[get("/")]
    fn events() -> EventStream![] {
        let first = stream::iter([Event::data("first")]);
        EventStream::from(stream::StreamExt::chain(first, stream::pending()))
    }
    let app = App::start(rocket().attach(fairing()).mount("/", routes![events])).await;
    let stream = tokio::net::TcpStream::connect(app.address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::get("/")
        .header("host", "localhost")
        .header("user-agent", FIREFOX)
        .body(String::new())
        .unwrap();
    let mut body = sender.send_request(request).await.unwrap().into_body();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("data:first") {
        seen.extend(body.frame().await.unwrap().unwrap().into_data().unwrap());
    }
}
