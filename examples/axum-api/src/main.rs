//! A JSON API: a limit for everybody, one per user, sign-ups, security headers. The README says what to try.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use arcjet_axum::{
    Arcjet, ArcjetDecision, ArcjetLayer, ArcjetRequest, ConfigError, Denied, DetectBot, EmailType,
    ProtectSignup, SecurityHeadersLayer, Shield, SlidingWindow, TokenBucket, ValidateEmail,
};
use axum::extract::{Form, Path, State};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let app = app()?;
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let port: u16 = port
        .parse()
        .map_err(|_| format!("PORT is `{port}`; accepted: 0 to 65535"))?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("Listening on http://{}", listener.local_addr()?);
    // The rules tell clients apart by address, so the app must be told addresses.
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let stop = async { _ = tokio::signal::ctrl_c().await };
    Ok(axum::serve(listener, service)
        .with_graceful_shutdown(stop)
        .await?)
}

/// The rules that handlers ask.
#[derive(Clone)]
struct Rules {
    per_user: Arcjet,
    sign_up: Arcjet,
}

fn app() -> Result<Router, ConfigError> {
    // Every request: attacks, bots that are no search engine, and a limit for each address.
    let arcjet = Arcjet::builder()
        .rule(Shield::new())
        .rule(DetectBot::allow(["CATEGORY:SEARCH_ENGINE"]))
        .rule(SlidingWindow::new(100, Duration::from_secs(60)))
        .build()?;

    // An answer costs as many tokens as the question has words: 20 at once, and 5 more every minute, for each user.
    let tokens = TokenBucket::new(20, 5, Duration::from_secs(60)).characteristics(["userId"]);
    // Sign-ups: 5 in 10 minutes from one address, from no bots, with an e-mail address that lasts.
    let sign_up = ProtectSignup {
        rate_limit: SlidingWindow::new(5, Duration::from_secs(600)),
        bots: DetectBot::allow(Vec::<String>::new()),
        email: ValidateEmail::deny([EmailType::Disposable, EmailType::Invalid]),
    };
    let rules = Rules {
        per_user: arcjet.with_only(tokens)?,
        sign_up: Arcjet::builder().rules(sign_up).build()?,
    };

    Ok(Router::new()
        .route("/", get(status))
        .route("/users/{user}/ask", post(ask))
        .route("/signup", post(sign_up_user))
        .with_state(rules)
        .layer(ArcjetLayer::new(arcjet))
        // Outside, so that denied requests get these headers too.
        .layer(SecurityHeadersLayer::default()))
}

/// Handlers can read what was decided about their request.
async fn status(decision: ArcjetDecision) -> Json<Value> {
    let left = decision.rate_limits().map(|limit| limit.remaining).min();
    Json(json!({ "decision": decision.id().to_string(), "requestsLeft": left }))
}

/// A limit that needs to know the user. A denial is an error that is the answer, and the decision adds its headers.
async fn ask(
    State(rules): State<Rules>,
    Path(user): Path<String>,
    request: ArcjetRequest,
    question: String,
) -> Result<impl IntoResponse, Denied> {
    let words = u32::try_from(question.split_whitespace().count()).unwrap_or(u32::MAX);
    let request = request.with_characteristic("userId", user).with_requested(words);
    let decision = request.protect(&rules.per_user).await?;
    Ok((decision, Json(json!({ "answer": 42 }))))
}

#[derive(Deserialize)]
struct SignUp {
    email: String,
}

async fn sign_up_user(
    State(rules): State<Rules>,
    request: ArcjetRequest,
    Form(form): Form<SignUp>,
) -> Result<Json<Value>, Denied> {
    request.with_email(&*form.email).protect(&rules.sign_up).await?;
    Ok(Json(json!({ "welcome": form.email })))
}
