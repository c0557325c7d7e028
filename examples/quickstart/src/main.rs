//! A protected axum app: a page, an API and a login, each with its own rules. See the README for what to try.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use arcjet_axum::{
    Arcjet, ArcjetDecision, ArcjetLayer, ArcjetRequest, ConfigError, Denied, DetectBot, EmailType,
    SensitiveInfo, Shield, SlidingWindow, TokenBucket, ValidateEmail,
};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{any, get, post};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    // Every decision is logged; RUST_LOG changes that.
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,arcjet_engine=debug"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();

    let app = app(&client()?)?;
    let listener = listen().await?;
    print_what_to_try(listener.local_addr()?);
    // The rules tell clients apart by address, so the app must be told addresses.
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let stop = async { _ = tokio::signal::ctrl_c().await };
    Ok(axum::serve(listener, service)
        .with_graceful_shutdown(stop)
        .await?)
}

/// The client that those of all routes derive from. Decides in this process, unless a decision server is named.
fn client() -> Result<Arcjet, Box<dyn Error>> {
    // Every route is searched for attacks: path, query, headers, cookies and bodies.
    let mut builder = Arcjet::builder().rule(Shield::new());
    #[cfg(feature = "custom-rule")]
    {
        // A rule of our own, in WebAssembly; examples/custom-rule says how it is made.
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../custom-rule/decoy.wasm");
        let decoy = arcjet_axum::engine::CustomRule::from_file(file);
        builder = builder.rule(decoy.config(r#"{"paths": ["/wp-login.php"], "seconds": 10}"#));
    }
    if let Ok(url) = std::env::var("ARCJET_DECIDE_URL") {
        let key = std::env::var("ARCJET_KEY").map_err(|_| "ARCJET_DECIDE_URL is set: set ARCJET_KEY too")?;
        builder = builder.decide_at(url, key);
    }
    Ok(builder.build()?)
}

fn app(arcjet: &Arcjet) -> Result<Router, ConfigError> {
    // The page is for people and for search engines and link previews; no other known bot may read it.
    let page = arcjet.with_rule(DetectBot::allow(["CATEGORY:SEARCH_ENGINE", "CATEGORY:PREVIEW"]))?;
    // The API is for programs, of which each client address may make 30 requests in any 10 seconds.
    let api = arcjet.with_rule(SlidingWindow::new(30, Duration::from_secs(10)))?;
    // Guessing passwords: 3 attempts at once, and one more every 20 seconds.
    let login = arcjet.with_rule(TokenBucket::new(3, 1, Duration::from_secs(20)))?;
    // What handlers find in bodies, they judge themselves; the layer has judged the request already.
    let in_handlers = Content {
        email: arcjet.with_only(ValidateEmail::deny([EmailType::Disposable]))?,
        comment: arcjet.with_only(SensitiveInfo::deny(["CREDIT_CARD_NUMBER"]))?,
    };

    Ok(Router::new()
        .route("/", get(show_page).layer(ArcjetLayer::new(page)))
        .route("/api/quota", get(show_quota).layer(ArcjetLayer::new(api)))
        .route("/search", get(search).layer(ArcjetLayer::new(arcjet.clone())))
        .route("/signup", post(sign_up).layer(ArcjetLayer::new(arcjet.clone())))
        .route("/comments", post(comment).layer(ArcjetLayer::new(arcjet.clone())))
        .route("/login", post(log_in).layer(ArcjetLayer::new(login)))
        // Scanners ask for what is not there.
        .fallback(any(nothing).layer(ArcjetLayer::new(arcjet.clone())))
        .with_state(in_handlers))
}

/// The rules of handlers.
#[derive(Clone)]
struct Content {
    email: Arcjet,
    comment: Arcjet,
}

async fn show_page() -> Html<&'static str> {
    Html("<!doctype html><title>Quickstart</title><h1>Hello, human</h1>\n")
}

/// Handlers can read what was decided about their request.
async fn show_quota(decision: ArcjetDecision) -> String {
    let left = decision.rate_limits().map(|limit| limit.remaining).min();
    format!(
        "{} requests left, decision {}\n",
        left.unwrap_or_default(),
        decision.id()
    )
}

async fn nothing() -> StatusCode {
    StatusCode::NOT_FOUND
}

async fn search() -> &'static str {
    "nothing found\n"
}

/// The body is an e-mail address. A denial is an error that is the answer.
async fn sign_up(
    State(content): State<Content>,
    request: ArcjetRequest,
    email: String,
) -> Result<String, Denied> {
    let email = email.trim();
    request.with_email(email).protect(&content.email).await?;
    Ok(format!("welcome, {email}\n"))
}

/// The body is a comment, which shall not give away a credit card.
async fn comment(
    State(content): State<Content>,
    request: ArcjetRequest,
    text: String,
) -> Result<&'static str, Denied> {
    request
        .with_sensitive_text(text)
        .protect(&content.comment)
        .await?;
    Ok("published\n")
}

async fn log_in() -> (StatusCode, &'static str) {
    (StatusCode::UNAUTHORIZED, "wrong name or password\n")
}

async fn listen() -> Result<TcpListener, Box<dyn Error>> {
    let port = match std::env::var("PORT") {
        Err(std::env::VarError::NotPresent) => 3000,
        Ok(text) => text
            .parse::<u16>()
            .map_err(|_| format!("PORT is `{text}`; accepted: 0 to 65535"))?,
        Err(error) => return Err(format!("PORT: {error}; accepted: 0 to 65535").into()),
    };
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let listener = TcpListener::bind(address).await;
    Ok(listener.map_err(|error| format!("can't listen on {address}: {error}; set PORT to a free port"))?)
}

fn print_what_to_try(address: SocketAddr) {
    println!(
        "\
Listening on http://{address}. Try, in any order and as often as you like:

  A browser may read the page: 200
    curl -i -A 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0' http://{address}/

  curl is a bot: 403
    curl -i http://{address}/

  Attacks are denied wherever they are: 403
    curl -i 'http://{address}/search?q=1%27+UNION+SELECT+password+FROM+users--'

  A comment may be about anything but credit cards: 200, 403
    curl -i -d 'I like trains' http://{address}/comments
    curl -i -d 'my card is 4111 1111 1111 1111' http://{address}/comments

  An address that lasts for minutes is no address: 200, 403
    curl -i -d 'jane@company.example' http://{address}/signup
    curl -i -d 'jane@mailinator.com' http://{address}/signup

  The API is for programs: 200, with RateLimit and RateLimit-Policy (429 after 30 within 10 seconds)
    curl -i http://{address}/api/quota

  Guessing passwords: 401 while there are attempts left, then 429 with Retry-After
    for n in 1 2 3 4 5; do curl -i -X POST http://{address}/login; done
"
    );
}
