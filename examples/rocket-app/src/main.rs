//! A protected Rocket app: a page, a login, an API with a limit per user, and a form. See the README for what to try.

#![allow(
    clippy::needless_pass_by_value,
    reason = "handlers own what their guards made"
)]

use std::error::Error;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::Duration;

use arcjet_rocket::{
    Arcjet, ArcjetFairing, ArcjetRequest, Decided, Denied, DetectBot, FixedWindow, Inspected, Protected,
    Shield, SlidingWindow, TokenBucket,
};
use rocket::fairing::AdHoc;
use rocket::form::Form;
use rocket::http::Status;
use rocket::{Build, Config, FromForm, Rocket, State, get, post, routes};

#[rocket::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rocket-app: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let config = Config {
        address: Ipv4Addr::LOCALHOST.into(),
        port: port()?,
        ..Config::debug_default()
    };
    let app = app(config)?;
    app.launch().await?;
    Ok(())
}

fn app(config: Config) -> Result<Rocket<Build>, Box<dyn Error>> {
    // Every request, whether there is a route for it or not: no attacks, no known bots but these, and at most 100 requests a
    // minute for each address.
    let all = Arcjet::builder()
        .rule(Shield::new())
        .rule(DetectBot::allow(["CATEGORY:SEARCH_ENGINE", "CATEGORY:PREVIEW"]))
        .rule(SlidingWindow::new(100, Duration::from_secs(60)))
        .build()?;
    // Guessing passwords: 3 attempts at once, and one more every 20 seconds.
    let login = Login(all.with_only(TokenBucket::new(3, 1, Duration::from_secs(20)))?);
    // Each user, wherever they are: 2 reports an hour.
    let per_user = FixedWindow::new(2, Duration::from_secs(3600)).characteristics(["userId"]);
    let per_user = PerUser(all.with_only(per_user)?);
    Ok(rocket::custom(config)
        .attach(ArcjetFairing::new(all))
        .attach(AdHoc::on_liftoff("address", |rocket| {
            Box::pin(async move { println!("Listening on http://127.0.0.1:{}", rocket.config().port) })
        }))
        .manage(login)
        .manage(per_user)
        .mount("/", routes![page, log_in, report, publish]))
}

/// The rules of the login.
struct Login(Arcjet);

impl AsRef<Arcjet> for Login {
    fn as_ref(&self) -> &Arcjet {
        &self.0
    }
}

/// The rules of single users.
struct PerUser(Arcjet);

#[get("/")]
fn page() -> &'static str {
    "hello, human\n"
}

/// A limit of this route only: the handler runs if its guard lets the request pass.
#[post("/login")]
fn log_in(_rules: Protected<Login>) -> (Status, &'static str) {
    (Status::Unauthorized, "wrong name or password\n")
}

/// A limit per user: the handler knows who it is, and the decision's headers go on its response.
#[get("/report/<user>")]
async fn report(
    user: &str,
    request: ArcjetRequest,
    per_user: &State<PerUser>,
) -> Result<Decided<String>, Denied> {
    let decision = request
        .with_characteristic("userId", user)
        .protect(&per_user.0)
        .await?;
    Ok(Decided(decision, format!("the report of {user}\n")))
}

#[derive(FromForm)]
struct Comment {
    text: String,
}

/// A form, judged beyond the 512 bytes that a fairing sees of it.
#[post("/comments", data = "<comment>")]
fn publish(comment: Inspected<Form<Comment>>) -> String {
    format!("published {} characters\n", comment.text.chars().count())
}

fn port() -> Result<u16, String> {
    match std::env::var("PORT") {
        Err(std::env::VarError::NotPresent) => Ok(3000),
        Ok(text) => text
            .parse()
            .map_err(|_| format!("PORT is `{text}`; accepted: 0 to 65535")),
        Err(error) => Err(format!("PORT: {error}; accepted: 0 to 65535")),
    }
}
