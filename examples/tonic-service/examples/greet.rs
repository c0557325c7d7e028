//! Asks the service as often as it takes to be denied: `cargo run -p tonic-service --example greet -- Ada`.

use greeter::GreetRequest;
use greeter::greeter_client::GreeterClient;

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
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let name = std::env::args().nth(1).unwrap_or_else(|| "Ada".to_owned());
    let mut client = GreeterClient::connect(format!("http://127.0.0.1:{port}")).await?;
    loop {
        match client.greet(GreetRequest { name: name.clone() }).await {
            Ok(reply) => println!("{}", reply.into_inner().text),
            Err(status) => {
                println!("{:?}: {}", status.code(), status.message());
                return Ok(());
            }
        }
    }
}
