//! A protected gRPC service. See the README for what to try.

use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

use arcjet_axum::{Arcjet, ArcjetLayer, ArcjetRequest, Decision, DetectBot, FixedWindow};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};
use tracing_subscriber::EnvFilter;

use greeter::greeter_server::{Greeter, GreeterServer};
use greeter::{GreetReply, GreetRequest};

/// Generated from `proto/greeter.proto`.
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
mod greeter {
    tonic::include_proto!("greeter.v1");
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tonic-service: {error}");
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

    let minute = Duration::from_secs(60);
    let arcjet = Arcjet::builder()
        .rule(DetectBot::deny(["CURL"]))
        .rule(FixedWindow::new(100, minute))
        .build()?;
    let per_user = arcjet.with_only(FixedWindow::new(3, minute).characteristics(["userId"]))?;

    let listener = listen().await?;
    println!("Listening on http://{}", listener.local_addr()?);
    Server::builder()
        // So that clients of HTTP/1.1 get an answer, too.
        .accept_http1(true)
        .layer(ArcjetLayer::new(arcjet))
        .add_service(GreeterServer::new(Hello { per_user }))
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), async {
            _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    Ok(())
}

/// Greets each user a few times a minute.
struct Hello {
    per_user: Arcjet,
}

#[tonic::async_trait]
impl Greeter for Hello {
    async fn greet(&self, request: Request<GreetRequest>) -> Result<Response<GreetReply>, Status> {
        // What the layer decided, and the request as rules see it.
        if let Some(client) = request
            .extensions()
            .get::<Decision>()
            .and_then(Decision::client_ip)
        {
            println!("asked by {}", client.as_str());
        }
        let asked = request.extensions().get::<ArcjetRequest>().cloned();
        let asked = asked.ok_or_else(|| Status::internal("no ArcjetLayer"))?;
        // A real service takes the user from the session.
        let name = request.into_inner().name;
        asked
            .with_characteristic("userId", name.as_str())
            .protect(&self.per_user)
            .await?;
        Ok(Response::new(greeting(&name)))
    }

    type GreetAllStream = Pin<Box<dyn Stream<Item = Result<GreetReply, Status>> + Send>>;

    async fn greet_all(
        &self,
        request: Request<Streaming<GreetRequest>>,
    ) -> Result<Response<Self::GreetAllStream>, Status> {
        let replies = request
            .into_inner()
            .map(|asked| asked.map(|asked| greeting(&asked.name)));
        Ok(Response::new(Box::pin(replies)))
    }
}

fn greeting(name: &str) -> GreetReply {
    GreetReply {
        text: format!("Hello, {name}!"),
    }
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
