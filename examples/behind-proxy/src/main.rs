//! An app behind a proxy on the same machine. The README says what to try.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use arcjet_axum::{Arcjet, ArcjetDecision, ArcjetLayer, ConfigError, DetectBot, FixedWindow};
use axum::Router;
use axum::routing::get;

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
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let stop = async { _ = tokio::signal::ctrl_c().await };
    Ok(axum::serve(listener, service)
        .with_graceful_shutdown(stop)
        .await?)
}

fn app() -> Result<Router, ConfigError> {
    let arcjet = Arcjet::builder()
        .rule(DetectBot::deny(["CURL"]))
        .rule(FixedWindow::new(5, Duration::from_secs(60)))
        // Only what the proxy says counts, and only because it is named here. Without this line all clients would be one:
        // the proxy.
        .trusted_proxies(["127.0.0.1"])
        .build()?;
    Ok(Router::new()
        .route("/", get(who_is_it))
        .layer(ArcjetLayer::new(arcjet)))
}

/// Who the client is, and how that is known.
async fn who_is_it(decision: ArcjetDecision) -> String {
    match decision.client_ip() {
        Some(client) => format!("{} ({:?})\n", client.as_str(), client.provenance()),
        None => "nobody knows\n".to_owned(),
    }
}
