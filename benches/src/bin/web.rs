//! Serves the application of the benchmarks: `web <protection>`, on two threads. Prints its address and runs until it
//! is killed.

use std::error::Error;
use std::net::SocketAddr;

use arcjet_benches::{Protection, announce, app, bind};

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).unwrap_or_default();
    let protection = Protection::from_name(&name).ok_or_else(|| format!("no protection `{name}`"))?;
    let service = app(protection)?.into_make_service_with_connect_info::<SocketAddr>();
    let listener = bind().await?;
    announce(&listener)?;
    Ok(axum::serve(listener, service).await?)
}
