//! Serves the application of the benchmarks on actix-web: `web_actix <protection>`, on two workers. Prints its address and
//! runs until it is killed.

use std::error::Error;

use arcjet_benches::{Protection, serve_actix};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).unwrap_or_default();
    let protection = Protection::from_name(&name).ok_or_else(|| format!("no protection `{name}`"))?;
    let (address, server) = serve_actix(protection)?;
    println!("{address}");
    Ok(server.await?)
}
