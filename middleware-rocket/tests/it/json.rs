//! JSON beyond what the fairing sees of it.

use arcjet_rocket::{ArcjetFairing, Inspected, Shield};
use rocket::serde::Deserialize;
use rocket::serde::json::Json;
use rocket::{post, routes};

use crate::app::{App, arcjet, clock, rocket};

#[derive(Deserialize)]
#[serde(crate = "rocket::serde")]
struct Comment<'r> {
    name: &'r str,
    text: String,
}

#[post("/", data = "<comment>")]
fn publish(comment: Inspected<Json<Comment<'_>>>) -> String {
    format!("{} {}", comment.name, comment.text.len())
}

#[rocket::async_test]
async fn json_is_judged_parsed_and_refused_as_by_rockets_own_guard() {
    let arcjet = arcjet(&clock()).rule(Shield::new()).build().unwrap();
    let rocket = rocket().attach(ArcjetFairing::new(arcjet));
    let app = App::start(rocket.mount("/", routes![publish])).await;
    let post = async |body: &str| {
        let answer = app.post("/", "application/json", body).await;
        (answer.status.as_u16(), answer.body)
    };
    let comment = |text: &str| format!(r#"{{"name":"jo","text":"{text}"}}"#);
    for length in [0, 600, 100_000] {
        let text = "a".repeat(length);
        assert_eq!(post(&comment(&text)).await, (200, format!("jo {length}")));
    }
    for length in [0, 600, 5_000] {
        let attack = format!("{}<script>alert(document.cookie)</script>", "a".repeat(length));
        assert_eq!(post(&comment(&attack)).await.0, 403, "{length}");
    }
    assert_eq!(post(r#"{"name":"jo"}"#).await.0, 422);
    assert_eq!(post("{").await.0, 400);
}
