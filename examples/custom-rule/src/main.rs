//! An axum app with a rule of its own. See the README for what to try.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use arcjet_axum::{Arcjet, ArcjetLayer};
use arcjet_engine::CustomRule;
use axum::Router;
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("custom-rule: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,arcjet_engine=debug"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();

    let arcjet = Arcjet::builder().rule(decoy()).build()?;
    // Around the whole router, so that paths without a route are judged, too.
    let app = Router::new()
        .route("/", get(async || "Hello\n"))
        .layer(ArcjetLayer::new(arcjet));
    let listener = listen().await?;
    print_what_to_try(listener.local_addr()?);
    // The rule's denials hold for an address, so the app must be told addresses.
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let stop = async { _ = tokio::signal::ctrl_c().await };
    Ok(axum::serve(listener, service)
        .with_graceful_shutdown(stop)
        .await?)
}

/// The rule of `rule/` (or of `rule-js/` or `rule-py/`): denies clients that ask for what only scanners ask for.
fn decoy() -> CustomRule {
    let file = std::env::var_os("RULE").map(PathBuf::from);
    let file = file.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/decoy.wasm").into());
    CustomRule::from_file(file)
        .name("decoy")
        .config(
            json!({
                "paths": ["/.env", "/.git/config", "/wp-login.php"],
                "seconds": 10,
                "pass": "our-own-scanner",
            })
            .to_string(),
        )
        .watch()
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
Listening on http://{address}. Try:

  Your own scanner may look for decoys: 404
    curl -i -H 'x-decoy-pass: our-own-scanner' http://{address}/.env

  Everyone may read the page: 200
    curl -i http://{address}/

  Whoever else asks for a decoy is denied: 403
    curl -i http://{address}/.env

  And stays so for 10 seconds, whatever it asks for: 403
    curl -i http://{address}/
"
    );
}
