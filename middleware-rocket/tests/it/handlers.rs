//! What handlers get and do: guards, rules of their own, decisions on their responses.

use arcjet_rocket::{
    Arcjet, ArcjetDecision, ArcjetFairing, ArcjetRequest, Decided, Denied, DetectBot, Mode, Protected,
};
use rocket::error::ErrorKind;
use rocket::{State, get, routes};

use crate::app::{App, FIREFOX, arcjet, clock, per_minute, rocket};

#[get("/")]
fn show(decision: ArcjetDecision<'_>) -> String {
    let ip = decision.client_ip().map(|ip| ip.as_str().to_owned());
    let states: Vec<_> = decision
        .results()
        .iter()
        .map(|result| {
            format!(
                "{}:{}:{}",
                result.rule(),
                result.state().as_str(),
                result.conclusion().as_str()
            )
        })
        .collect();
    format!(
        "{} {} {}",
        decision.is_allowed(),
        ip.unwrap_or_default(),
        states.join(" ")
    )
}

#[rocket::async_test]
async fn a_handler_sees_the_decision() {
    let arcjet = arcjet(&clock())
        .rule(per_minute(5))
        .rule(DetectBot::deny(["CURL"]).mode(Mode::DryRun))
        .build()
        .unwrap();
    let rocket = rocket()
        .attach(ArcjetFairing::new(arcjet))
        .mount("/", routes![show]);
    let answer = App::start(rocket)
        .await
        .get_with("/", &[("user-agent", "curl/8")])
        .await;
    // The dry run is visible to the application, and only to it.
    assert_eq!(
        answer.body,
        "true 127.0.0.1 fixed_window:run:allow detect_bot:dry_run:deny"
    );
}

#[rocket::async_test]
async fn an_application_that_lacks_the_fairing_does_not_launch() {
    let error = rocket().mount("/", routes![show]).ignite().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::SentinelAborts(_)),
        "{:?}",
        error.kind()
    );
}

struct PerUser(Arcjet);

/// A limit per user, counted apart from the fairing's limit per address.
#[get("/order?<user>")]
async fn order(
    user: &str,
    request: ArcjetRequest,
    per_user: &State<PerUser>,
) -> Result<Decided<&'static str>, Denied> {
    let decision = request
        .with_characteristic("userId", user)
        .protect(&per_user.0)
        .await?;
    Ok(Decided(decision, "ordered"))
}

#[get("/left")]
fn left(decision: ArcjetDecision<'_>) -> String {
    decision
        .rate_limits()
        .map(|limit| limit.remaining.to_string())
        .collect()
}

#[rocket::async_test]
async fn a_handler_judges_with_what_only_it_knows() {
    let all = arcjet(&clock()).rule(per_minute(100)).build().unwrap();
    let per_user = all.with_only(per_minute(1).characteristics(["userId"])).unwrap();
    let rocket = rocket()
        .attach(ArcjetFairing::new(all))
        .manage(PerUser(per_user))
        .mount("/", routes![order, left]);
    let app = App::start(rocket).await;

    let first = app.get("/order?user=ann").await;
    assert_eq!((first.status.as_u16(), &*first.body), (200, "ordered"));
    // The handler's limit is nearer to the client than the fairing's.
    assert_eq!(first.header("ratelimit"), "limit=1, remaining=0, reset=60");
    assert_eq!(first.header("ratelimit-policy"), "1;w=60");

    let accept_json = [("user-agent", FIREFOX), ("accept", "application/json")];
    let denied = app.get_with("/order?user=ann", &accept_json).await;
    assert_eq!(
        (denied.status.as_u16(), denied.header("retry-after")),
        (429, "60")
    );
    assert_eq!(
        denied.body,
        r#"{"code":"too_many_requests","message":"too many requests"}"#
    );
    assert_eq!(denied.header("ratelimit"), "limit=1, remaining=0, reset=60");

    assert_eq!(app.get("/order?user=bob").await.status, 200);
    // Four requests, and the fairing counted each of them once.
    assert_eq!(app.get("/left").await.body, "96");
}

#[get("/again")]
async fn again(arcjet: &State<Arcjet>, request: ArcjetRequest) -> String {
    let decision = arcjet.protect(&request).await;
    format!(
        "{} {:?}",
        request.path(),
        decision.rate_limits().next().map(|limit| limit.remaining)
    )
}

#[rocket::async_test]
async fn the_fairings_client_is_managed_unless_the_application_manages_one() {
    let nine = arcjet(&clock()).rule(per_minute(9)).build().unwrap();
    let two = arcjet(&clock()).rule(per_minute(2)).build().unwrap();
    let with_fairing = || {
        rocket()
            .attach(ArcjetFairing::new(nine.clone()))
            .mount("/", routes![again])
    };
    let app = App::start(with_fairing()).await;
    assert_eq!(app.get("/again").await.body, "/again Some(7)");
    let app = App::start(with_fairing().manage(two.clone())).await;
    assert_eq!(app.get("/again").await.body, "/again Some(1)");
    // And a handler can do without a fairing.
    let app = App::start(rocket().manage(two).mount("/", routes![again])).await;
    assert_eq!(app.get("/again").await.body, "/again Some(0)");
}

struct Login(Arcjet);

impl AsRef<Arcjet> for Login {
    fn as_ref(&self) -> &Arcjet {
        &self.0
    }
}

#[get("/login")]
fn log_in(rules: Protected<Login>) -> String {
    format!("{}", rules.rate_limits().count())
}

#[rocket::async_test]
async fn a_route_has_rules_of_its_own() {
    let all = arcjet(&clock()).rule(per_minute(100)).build().unwrap();
    let login = Login(all.with_only(per_minute(1)).unwrap());
    let rocket = rocket()
        .attach(ArcjetFairing::new(all))
        .manage(login)
        .mount("/", routes![log_in, left]);
    let app = App::start(rocket).await;
    let first = app.get("/login").await;
    assert_eq!((first.status.as_u16(), &*first.body), (200, "1"));
    assert_eq!(first.header("ratelimit"), "limit=1, remaining=0, reset=60");
    let denied = app.get("/login").await;
    assert_eq!(
        (denied.status.as_u16(), &*denied.body),
        (429, "Too many requests. Please try again later.\n")
    );
    assert_eq!(denied.header("retry-after"), "60");
    assert_eq!(denied.header("ratelimit"), "limit=1, remaining=0, reset=60");
    assert_eq!(app.get("/left").await.body, "97");
}

#[rocket::async_test]
async fn a_route_with_rules_that_nobody_manages_does_not_launch() {
    let fairing = ArcjetFairing::new(arcjet(&clock()).build().unwrap());
    let rocket = rocket().attach(fairing).mount("/", routes![log_in]);
    let error = rocket.ignite().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SentinelAborts(_)));
}
