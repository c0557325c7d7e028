//! How a benchmark's server begins: on a free port of the loopback interface, which it prints.

use std::io;
use std::net::Ipv4Addr;

use tokio::net::TcpListener;

/// Listens on a free port of the loopback interface.
///
/// # Errors
///
/// There is none.
pub async fn bind() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

/// Prints the line that `cargo xtask bench` waits for: the address alone.
///
/// # Errors
///
/// The listener has no address.
pub fn announce(listener: &TcpListener) -> io::Result<()> {
    println!("{}", listener.local_addr()?);
    Ok(())
}
