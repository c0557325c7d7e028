//! Serves the application of the benchmarks on Rocket: `web_rocket <protection>`, on two threads. Prints its address and runs until it is
//! killed.

use std::error::Error;

use arcjet_benches::{Protection, rocket_app};

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).unwrap_or_default();
    let protection = Protection::from_name(&name).ok_or_else(|| format!("no protection `{name}`"))?;
    rocket_app(protection)?.launch().await?;
    Ok(())
}
