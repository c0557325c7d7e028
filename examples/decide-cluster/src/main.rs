//! Two decision servers that count in one Valkey, and an app whose replicas ask one of them each. The README says what to try.

mod valkey;

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arcjet_axum::{Arcjet, ArcjetRequest, Denied, DetectBot, FixedWindow};
use arcjet_decide_server::{Config, Keys, Store, serve};
use arcjet_engine::decider::protocol::ProtocolDecider;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

/// What the servers accept and the app shows.
const KEY: &str = "ajkey_example";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    // Ends with the program, if the program started it.
    let valkey = valkey::Valkey::find_or_start().await?;
    let mut replicas = Vec::new();
    for _ in 0..2 {
        let server = start_server(valkey.url()).await?;
        replicas.push(replica(server)?);
    }
    let app = app(replicas);

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let port: u16 = port
        .parse()
        .map_err(|_| format!("PORT is `{port}`; accepted: 0 to 65535"))?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("Listening on http://{}", listener.local_addr()?);
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let stop = async { _ = tokio::signal::ctrl_c().await };
    Ok(axum::serve(listener, service)
        .with_graceful_shutdown(stop)
        .await?)
}

/// What `arcjet-decide --store valkey://… --key ajkey_example` does, inside this program.
async fn start_server(valkey: &str) -> Result<SocketAddr, Box<dyn Error>> {
    let store = Store::open(valkey, 0)?;
    let config = Config::new(ProtocolDecider::builder().build_over(store)?).keys(Keys::new([KEY])?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(config, listener, std::future::pending()));
    Ok(address)
}

/// A replica of the app: bots it judges itself, the limit is counted by the server that it asks.
fn replica(server: SocketAddr) -> Result<Arcjet, Box<dyn Error>> {
    let client = Arcjet::builder()
        .rule(DetectBot::deny(["CURL"]))
        .rule(FixedWindow::new(10, Duration::from_secs(60)))
        .decide_at(format!("http://{server}"), KEY)
        .build()?;
    Ok(client)
}

#[derive(Clone)]
struct Replicas {
    clients: Arc<[Arcjet]>,
    next: Arc<AtomicUsize>,
}

fn app(clients: Vec<Arcjet>) -> Router {
    let replicas = Replicas {
        clients: clients.into(),
        next: Arc::default(),
    };
    Router::new().route("/", get(page)).with_state(replicas)
}

/// Requests go to the replicas in turn, as a load balancer would send them.
async fn page(State(replicas): State<Replicas>, request: ArcjetRequest) -> Result<impl IntoResponse, Denied> {
    let number = replicas.next.fetch_add(1, Ordering::Relaxed) % replicas.clients.len();
    let decision = request.protect(&replicas.clients[number]).await?;
    Ok((decision, format!("answered by replica {number}\n")))
}
