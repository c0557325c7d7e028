//! Rules that read bodies, and handlers that get them nevertheless.

use std::time::Duration;

use arcjet_rocket::{
    Arcjet, ArcjetDecision, ArcjetFairing, Denied, InspectError, Inspected, InspectedStream, Shield,
};
use rocket::data::{Capped, Data, ToByteUnit as _};
use rocket::form::Form;
use rocket::http::Status;
use rocket::response::stream::ReaderStream;
use rocket::serde::Deserialize;
use rocket::serde::json::Json;
use rocket::{FromForm, Request, catch, catchers, post, routes};

use crate::app::{App, arcjet, clock, per_minute, rocket};

const FORM: &str = "application/x-www-form-urlencoded";
const ATTACK: &str = "%3Cscript%3Ealert(document.cookie)%3C/script%3E";

#[derive(FromForm, Deserialize)]
#[serde(crate = "rocket::serde")]
struct Comment {
    name: String,
    text: String,
}

#[post("/blind", data = "<comment>")]
fn blind(comment: Form<Comment>) -> String {
    comment.text.len().to_string()
}

#[post("/form", data = "<comment>")]
fn form(comment: Inspected<Form<Comment>>) -> String {
    format!("{} {}", comment.name, comment.text.len())
}

#[post("/json", data = "<comment>")]
fn json(comment: Inspected<Json<Comment>>) -> String {
    format!("{} {}", comment.name, comment.text.len())
}

#[post("/text", data = "<text>")]
fn text(text: Inspected<&str>) -> &str {
    text.into_inner()
}

#[post("/bytes", data = "<bytes>")]
fn bytes(bytes: Inspected<Capped<Vec<u8>>>) -> String {
    format!("{} {}", bytes.len(), bytes.is_complete())
}

#[post("/stream", data = "<body>")]
fn stream(body: Inspected<InspectedStream<'_>>) -> ReaderStream![InspectedStream<'_>] {
    ReaderStream::one(body.into_inner())
}

#[post("/both", data = "<comment>")]
fn both(
    comment: Result<Inspected<Form<Comment>>, InspectError<rocket::form::Errors<'_>>>,
) -> (Status, String) {
    match comment {
        Ok(comment) => (Status::Ok, comment.text.len().to_string()),
        Err(InspectError::Denied(denied)) => (Status::ImATeapot, denied.to_string()),
        Err(error) => (Status::BadRequest, error.to_string()),
    }
}

#[post("/passed", data = "<comment>")]
fn passed(comment: Result<Inspected<String>, InspectError<std::io::Error>>) -> Result<String, Denied> {
    match comment {
        Err(InspectError::Denied(denied)) => Err(denied),
        comment => Ok(comment.unwrap().into_inner()),
    }
}

#[post("/left", data = "<_comment>")]
fn left(decision: ArcjetDecision<'_>, _comment: Inspected<String>) -> String {
    let limit = decision.rate_limits().next().unwrap();
    limit.remaining.to_string()
}

fn rules() -> Arcjet {
    arcjet(&clock())
        .rule(Shield::new().suspicion(1000, Duration::from_secs(60)))
        .rule(per_minute(100))
        .build()
        .unwrap()
}

async fn app(fairing: ArcjetFairing) -> App {
    let routes = routes![blind, form, json, text, bytes, stream, both, passed, left];
    App::start(rocket().attach(fairing).mount("/", routes)).await
}

/// A form with an attack behind so many bytes.
fn late_attack(bytes: usize) -> String {
    format!("name=jo&text={}{ATTACK}", "a".repeat(bytes))
}

#[rocket::async_test]
async fn the_fairing_sees_512_bytes() {
    let app = app(ArcjetFairing::new(rules())).await;
    assert_eq!(app.post("/blind", FORM, &late_attack(100)).await.status, 403);
    // What is behind them is for `Inspected`.
    assert_eq!(app.post("/blind", FORM, &late_attack(600)).await.status, 200);
}

#[rocket::async_test]
async fn an_inspected_body_is_judged_as_far_as_rules_read() {
    let app = app(ArcjetFairing::new(rules())).await;
    for bytes in [0, 600, 5_000, 20_000] {
        let denied = app.post("/form", FORM, &late_attack(bytes)).await;
        assert_eq!(denied.status, 403, "{bytes}");
        // The answer is that of the fairing, not of a catcher.
        assert_eq!(denied.body, "This request was refused.\n");
        assert_eq!(
            (denied.header("cache-control"), denied.header("content-type")),
            ("no-store", "text/plain; charset=utf-8")
        );
        // The limit comes after what the fairing itself denies.
        assert_eq!(denied.header("ratelimit").is_empty(), bytes == 0);
        assert_eq!(denied.header("x-frame-options"), "SAMEORIGIN");
    }
    let json = format!(
        r#"{{"name":"jo","text":"{}<script>alert(document.cookie)</script>"}}"#,
        "a".repeat(600)
    );
    assert_eq!(app.post("/json", "application/json", &json).await.status, 403);
    assert_eq!(app.post("/text", FORM, &late_attack(600)).await.status, 403);
    assert_eq!(app.post("/bytes", FORM, &late_attack(600)).await.status, 403);
    assert_eq!(app.post("/stream", FORM, &late_attack(600)).await.status, 403);
}

#[rocket::async_test]
async fn an_innocent_body_arrives_whole() {
    let app = app(ArcjetFairing::new(rules())).await;
    for length in [0, 1, 600, 5_000] {
        let text = "a".repeat(length);
        let form = format!("name=j%6F+d&text={text}");
        let answer = app.post("/form", FORM, &form).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body),
            (200, format!("jo d {length}"))
        );
        let json = format!(r#"{{"name":"jo","text":"{text}"}}"#);
        let answer = app.post("/json", "application/json", &json).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body),
            (200, format!("jo {length}"))
        );
        assert_eq!(app.post("/text", "text/plain", &text).await.body, text);
    }
    // More than the window, and more than the limit of the guard.
    let long = "harmless words ".repeat(70_000);
    assert_eq!(app.post("/stream", "text/plain", &long).await.body, long);
    let answer = app.post("/bytes", "text/plain", &long).await;
    assert_eq!(answer.body, format!("{} false", 8 << 10));
}

#[rocket::async_test]
async fn what_does_not_fit_fails_as_with_rockets_own_guards() {
    let app = app(ArcjetFairing::new(rules())).await;
    let long = format!("name=jo&text={}", "a".repeat(40_000));
    for (path, content_type, body, status) in [
        ("/form", FORM, "name=jo", 422),
        ("/form", FORM, &*long, 413),
        ("/form", "application/json", "{}", 415),
        ("/form", "multipart/form-data; boundary=x", "--x--\r\n", 422),
        ("/json", "application/json", r#"{"name":"jo"}"#, 422),
        ("/json", "application/json", "{", 400),
        ("/text", "text/plain", &*long, 413),
        ("/both", FORM, "name=jo", 400),
    ] {
        let answer = app.post(path, content_type, body).await;
        assert_eq!(answer.status, status, "{path} {content_type}");
    }
}

#[rocket::async_test]
async fn nothing_is_counted_twice() {
    let app = app(ArcjetFairing::new(rules())).await;
    for left in [99, 98] {
        let answer = app.post("/left", "text/plain", &"a".repeat(2_000)).await;
        assert_eq!(answer.body, left.to_string());
    }
}

#[rocket::async_test]
async fn a_handler_may_answer_a_denied_body_itself() {
    let app = app(ArcjetFairing::new(rules())).await;
    let own = app.post("/both", FORM, &late_attack(600)).await;
    assert_eq!(own.status, 418);
    assert!(
        own.body.starts_with("denied by shield (decision lreq_"),
        "{}",
        own.body
    );
    let passed = app.post("/passed", FORM, &late_attack(600)).await;
    assert_eq!(
        (passed.status.as_u16(), &*passed.body),
        (403, "This request was refused.\n")
    );
}

#[rocket::async_test]
async fn answers_of_the_application_are_for_denied_bodies_too() {
    #[catch(403)]
    fn forbidden(request: &Request<'_>) -> String {
        format!("caught {}", request.uri())
    }
    let own = ArcjetFairing::new(rules()).on_deny(|_, _| (Status::ImATeapot, "own"));
    let answer = app(own).await.post("/form", FORM, &late_attack(600)).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (418, "own"));

    let rocket = rocket()
        .attach(ArcjetFairing::new(rules()).with_catchers())
        .mount("/", routes![form])
        .register("/", catchers![forbidden]);
    let answer = App::start(rocket)
        .await
        .post("/form", FORM, &late_attack(600))
        .await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (403, "caught /form"));
}

#[rocket::async_test]
async fn what_no_rule_reads_is_passed_on() {
    let limit_only = arcjet(&clock()).rule(per_minute(9)).build().unwrap();
    let app = app(ArcjetFairing::new(limit_only)).await;
    assert_eq!(app.post("/form", FORM, &late_attack(600)).await.status, 200);
    let unread = arcjet(&clock())
        .rule(Shield::new().body_limit(0))
        .build()
        .unwrap();
    let app = self::app(ArcjetFairing::new(unread)).await;
    assert_eq!(app.post("/form", FORM, &late_attack(0)).await.status, 200);
}

#[rocket::async_test]
async fn data_reaches_handlers_that_take_it_raw() {
    #[post("/", data = "<data>")]
    async fn raw(data: Data<'_>) -> std::io::Result<String> {
        Ok(data.open(1.mebibytes()).into_string().await?.into_inner())
    }
    let rocket = rocket()
        .attach(ArcjetFairing::new(rules()))
        .mount("/", routes![raw]);
    let body = "words ".repeat(2_000);
    assert_eq!(
        App::start(rocket).await.post("/", "text/plain", &body).await.body,
        body
    );
}

#[derive(FromForm)]
struct Upload<'r> {
    title: String,
    file: rocket::fs::TempFile<'r>,
}

#[post("/upload", data = "<upload>")]
fn upload(upload: Inspected<Form<Upload<'_>>>) -> String {
    format!("{} {}", upload.title, upload.file.len())
}

/// A form in parts: a file, and after it a title.
fn in_parts(file_name: &str, file: &str, title: &str) -> String {
    format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\
         Content-Type: text/plain\r\n\r\n{file}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n{title}\r\n--x--\r\n"
    )
}

#[rocket::async_test]
async fn the_fields_of_a_form_in_parts_are_judged_wherever_they_are() {
    const PARTS: &str = "multipart/form-data; boundary=x";
    const SCRIPT: &str = "<script>alert(document.cookie)</script>";
    let long = "harmless words ".repeat(10_000);
    let rocket = || rocket().mount("/", routes![upload]);
    let app = App::start(rocket().attach(ArcjetFairing::new(rules()))).await;
    let answer = app
        .post("/upload", PARTS, &in_parts("a.txt", &long, "trains"))
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.body),
        (200, format!("trains {}", long.len()))
    );
    for body in [
        in_parts("a.txt", &long, SCRIPT),
        in_parts("a.txt", &"a".repeat(2_000), SCRIPT),
        in_parts("a.txt", "a", SCRIPT),
        in_parts(&format!("{SCRIPT}{}", "a".repeat(600)), &long, "trains"),
    ] {
        let denied = app.post("/upload", PARTS, &body).await;
        assert_eq!(
            (denied.status.as_u16(), &*denied.body),
            (403, "This request was refused.\n"),
            "{}",
            body.len()
        );
    }
    let unread = arcjet(&clock()).rule(per_minute(9)).build().unwrap();
    let app = App::start(rocket().attach(ArcjetFairing::new(unread))).await;
    let body = in_parts("a.txt", "a", SCRIPT);
    assert_eq!(app.post("/upload", PARTS, &body).await.status, 200);
}
