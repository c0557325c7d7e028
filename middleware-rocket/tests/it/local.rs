//! Tests of applications, as `rocket::local` has them.

use arcjet_rocket::{ArcjetFairing, DetectBot, Shield};
use rocket::form::Form;
use rocket::http::{ContentType, Header, Status};
use rocket::local::blocking::Client;
use rocket::{Build, Rocket, post, routes};

use crate::app::{FIREFOX, arcjet, clock, per_minute, rocket};

#[post("/", data = "<text>")]
fn publish(text: arcjet_rocket::Inspected<Form<String>>) -> String {
    text.len().to_string()
}

fn app() -> Rocket<Build> {
    let arcjet = arcjet(&clock())
        .rule(Shield::new())
        .rule(DetectBot::deny(["CURL"]))
        .rule(per_minute(3))
        .build()
        .unwrap();
    rocket()
        .attach(ArcjetFairing::new(arcjet))
        .mount("/", routes![publish])
}

#[test]
fn requests_without_a_server_are_judged() {
    let client = Client::tracked(app()).unwrap();
    let post = |user_agent, body: &str| {
        client
            .post("/")
            .remote("203.0.113.7:4711".parse().unwrap())
            .header(Header::new("User-Agent", user_agent))
            .header(ContentType::Form)
            .body(body)
            .dispatch()
    };
    assert_eq!(post("curl/8", "=hello").status(), Status::Forbidden);
    let allowed = post(FIREFOX, "=hello");
    assert_eq!(
        allowed.headers().get_one("RateLimit"),
        Some("limit=3, remaining=2, reset=60")
    );
    assert_eq!(allowed.into_string().as_deref(), Some("5"));
    let attack = format!("={}<script>alert(document.cookie)</script>", "a".repeat(1000));
    assert_eq!(post(FIREFOX, &attack).status(), Status::Forbidden);
    assert_eq!(post(FIREFOX, "=hello").status(), Status::Ok);
    assert_eq!(post(FIREFOX, "=hello").status(), Status::TooManyRequests);
}
