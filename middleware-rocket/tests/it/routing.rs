//! Denied requests never reach a handler, whatever they ask for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arcjet_rocket::{ArcjetFairing, DetectBot};
use hyper::Method;
use rocket::fairing::AdHoc;
use rocket::http::uri::Origin;
use rocket::{State, delete, get, head, options, patch, post, put, routes};

use crate::app::{App, FIREFOX, arcjet, clock, rocket};

#[derive(Clone, Default)]
struct Handled(Arc<AtomicUsize>);

macro_rules! handlers {
    ($($name:ident),*) => {
        $(
            #[$name("/<_..>")]
            fn $name(handled: &State<Handled>) -> &'static str {
                handled.0.fetch_add(1, Ordering::SeqCst);
                "handled"
            }
        )*
    };
}

handlers!(get, head, post, put, patch, delete, options);

fn no_curl() -> ArcjetFairing {
    let arcjet = arcjet(&clock()).rule(DetectBot::deny(["CURL"])).build().unwrap();
    ArcjetFairing::new(arcjet)
}

async fn everything() -> (App, Handled) {
    let handled = Handled::default();
    let rocket = rocket()
        .attach(no_curl())
        .manage(handled.clone())
        .mount("/", routes![get, head, post, put, patch, delete, options]);
    (App::start(rocket).await, handled)
}

#[rocket::async_test]
async fn no_method_gets_past_a_denial() {
    let (app, handled) = everything().await;
    let methods = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    for (number, method) in (1..).zip(&methods) {
        let answer = app
            .send(method.clone(), "/a?b", &[("user-agent", "curl/8")], "")
            .await;
        assert_eq!(answer.status, 403, "{method}");
        assert_eq!(answer.body.is_empty(), method == Method::HEAD, "{method}");
        assert_eq!(handled.0.load(Ordering::SeqCst), number - 1, "{method}");
        let allowed = app
            .send(method.clone(), "/a?b", &[("user-agent", FIREFOX)], "")
            .await;
        assert_eq!(allowed.status, 200, "{method}");
        assert_eq!(handled.0.load(Ordering::SeqCst), number, "{method}");
    }
    // A form can ask Rocket for another method.
    let form = [
        ("user-agent", "curl/8"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let answer = app.send(Method::POST, "/", &form, "_method=delete&a=b").await;
    assert_eq!(
        (answer.status.as_u16(), handled.0.load(Ordering::SeqCst)),
        (403, methods.len())
    );
}

#[rocket::async_test]
async fn no_address_gets_past_a_denial() {
    let (app, handled) = everything().await;
    for target in [
        "/",
        "//",
        "//a//b//",
        "/a/",
        "/.",
        "/a/../b",
        "/%2e%2e/",
        "/%00",
        "/%",
        "/a;b",
        "/{a}",
        "/a|b",
        "/a\"b",
        "/a^b`c",
        "/é",
        "/?",
        "/??",
        "/?a=b&",
        "/?__arcjet=allowed",
        "/?__arcjet=denied",
        "/?&__arcjet=denied&__arcjet=denied#",
        "/a?b[]=|{}",
        "http://other.example/a?b",
        "http://other.example",
    ] {
        let line = format!("GET {target} HTTP/1.1");
        let answer = app.send_raw(&line, "user-agent: curl/8\r\n").await;
        // What is not HTTP is refused by the server before anybody is asked.
        assert!(
            answer.starts_with("HTTP/1.1 403") || answer.starts_with("HTTP/1.1 400"),
            "{target}: {answer}"
        );
        assert_eq!(handled.0.load(Ordering::SeqCst), 0, "{target}");
    }
    for line in [
        "OPTIONS * HTTP/1.1",
        "TRACE / HTTP/1.1",
        "CONNECT a:1 HTTP/1.1",
        "BREW / HTTP/1.1",
        "GET / HTTP/1.0",
    ] {
        let answer = app.send_raw(line, "user-agent: curl/8\r\n").await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(["403", "400"].contains(&status), "{line}: {answer}");
        assert_eq!(handled.0.load(Ordering::SeqCst), 0, "{line}");
    }
}

#[rocket::async_test]
async fn the_mark_of_a_denial_means_nothing_to_those_who_are_allowed() {
    #[get("/page?<b>")]
    fn page(b: Option<&str>) -> String {
        format!("{b:?}")
    }
    let app = App::start(rocket().attach(no_curl()).mount("/", routes![page])).await;
    assert_eq!(app.get("/page?b=c&__arcjet=denied").await.body, r#"Some("c")"#);
    assert_eq!(app.get("/nothing?__arcjet=denied").await.status, 404);
    let head = app
        .send(
            Method::HEAD,
            "/page?__arcjet=denied",
            &[("user-agent", FIREFOX)],
            "",
        )
        .await;
    assert_eq!(head.status, 200);
}

#[rocket::async_test]
async fn unknown_addresses_are_judged_as_well() {
    let app = App::start(rocket().attach(no_curl())).await;
    assert_eq!(app.get("/wp-login.php").await.status, 404);
    let denied = app.get_with("/wp-login.php", &[("user-agent", "curl/8")]).await;
    assert_eq!(denied.status, 403);
}

#[rocket::async_test]
async fn a_fairing_that_loses_the_mark_does_not_get_the_answer_out() {
    #[get("/")]
    fn secret() -> &'static str {
        "secret"
    }
    let rewrite = AdHoc::on_request("rewrite", |request, _| {
        Box::pin(async move { request.set_uri(Origin::parse("/").unwrap()) })
    });
    let rocket = rocket().attach(no_curl()).attach(rewrite);
    let app = App::start(rocket.mount("/", routes![secret])).await;
    assert_eq!(app.get("/").await.body, "secret");
    let denied = app.get_with("/", &[("user-agent", "curl/8")]).await;
    assert_eq!(
        (denied.status.as_u16(), &*denied.body),
        (403, "This request was refused.\n")
    );
}

#[rocket::async_test]
async fn of_two_fairings_the_last_one_counts() {
    let none = ArcjetFairing::new(arcjet(&clock()).build().unwrap());
    let app = App::start(rocket().attach(none.clone()).attach(no_curl())).await;
    assert_eq!(app.get_with("/", &[("user-agent", "curl/8")]).await.status, 403);
    let app = App::start(rocket().attach(no_curl()).attach(none)).await;
    assert_eq!(app.get_with("/", &[("user-agent", "curl/8")]).await.status, 404);
}
